//! What payment tells the others: domain change -> event.

use prost::Message;
use stoa_api::payment::v1::{PaymentAlarmRaised, PaymentIntentCreated, PaymentOperationChanged};
use stoa_events::NewEvent;
use stoa_types::Money;

use crate::domain::{Operation, Payment};
use crate::grpc::convert;

/// An intent was made.
pub(crate) fn intent_created(payment: &Payment) -> NewEvent {
    let message = PaymentIntentCreated {
        payment_id: payment.id.to_string(),
        order_id: text(payment.order_id.as_ref()),
        credit_id: text(payment.credit_id.as_ref()),
        kind: convert::intent_kind(payment.kind).into(),
        amount: Some(
            Money {
                minor: payment.amount,
                currency: payment.currency,
            }
            .into(),
        ),
    };
    event(
        payment,
        "stoa.payment.v1.PaymentIntentCreated",
        message.encode_to_vec(),
    )
}

/// An operation came to an end, became UNKNOWN or waits for the customer.
pub(crate) fn operation_changed(payment: &Payment, operation: &Operation) -> NewEvent {
    let message = PaymentOperationChanged {
        payment_id: payment.id.to_string(),
        order_id: text(payment.order_id.as_ref()),
        credit_id: text(payment.credit_id.as_ref()),
        operation_id: operation.id.to_string(),
        kind: convert::operation_kind(operation.kind).into(),
        state: convert::shown_state(payment, operation).into(),
        amount: Some(
            Money {
                minor: operation.amount,
                currency: payment.currency,
            }
            .into(),
        ),
        failure_code: operation.failure_code.clone(),
        late: operation.late,
        reported: operation.reported,
    };
    event(
        payment,
        "stoa.payment.v1.PaymentOperationChanged",
        message.encode_to_vec(),
    )
}

/// Somebody must look at an operation.
pub(crate) fn alarm_raised(payment: &Payment, operation: &Operation) -> NewEvent {
    let message = PaymentAlarmRaised {
        payment_id: payment.id.to_string(),
        order_id: text(payment.order_id.as_ref()),
        credit_id: text(payment.credit_id.as_ref()),
        operation_id: operation.id.to_string(),
        reported: operation.reported,
    };
    event(
        payment,
        "stoa.payment.v1.PaymentAlarmRaised",
        message.encode_to_vec(),
    )
}

fn event(payment: &Payment, event_type: &'static str, payload: Vec<u8>) -> NewEvent {
    NewEvent {
        aggregate_kind: "payment",
        aggregate_id: payment.id.to_string(),
        aggregate_version: payment.event_version,
        event_type,
        payload,
        channel: Some(payment.channel_id),
    }
}

fn text<T: ToString>(id: Option<&T>) -> String {
    id.map(ToString::to_string).unwrap_or_default()
}
