//! Rows of the hot statements, out of the database and back into it.

use serde_json::{Value, json};
use stoa_store::{Row, StoreError};
use stoa_types::{
    ChannelId, CreditId, Currency, OperationId, OrderId, PaymentId, Timestamp, Uuid, WorkflowId,
};

use crate::domain::{
    Action, ActionKind, Flow, IntentKind, Operation, OperationKind, OperationState, Payment, Sums,
};

/// A column that holds what this binary cannot read.
pub(crate) fn unreadable(column: &str) -> StoreError {
    StoreError::Column {
        column: column.to_owned(),
        why: "unknown value".to_owned(),
    }
}

fn word<T>(row: &Row, column: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
    let text: String = row.get(column)?;
    parse(&text).ok_or_else(|| unreadable(column))
}

pub(crate) fn payment(row: &Row) -> Result<Payment, StoreError> {
    let order_id: Option<Uuid> = row.get("order_id")?;
    let credit_id: Option<Uuid> = row.get("credit_id")?;
    Ok(Payment {
        id: PaymentId::from_uuid(row.get("id")?),
        kind: word(row, "kind", IntentKind::parse)?,
        flow: word(row, "flow", Flow::parse)?,
        order_id: order_id.map(OrderId::from_uuid),
        credit_id: credit_id.map(CreditId::from_uuid),
        channel_id: ChannelId::from_uuid(row.get("channel_id")?),
        owner: row.get("owner")?,
        currency: word(row, "currency", |code| Currency::parse(code).ok())?,
        amount: row.get("amount")?,
        sums: sums(row)?,
        token: row.get("token")?,
        provider: row.get("provider")?,
        action: action(row)?,
        decline_code: row.get("decline_code")?,
        create_key: row.get("create_key")?,
        version: row.get("version")?,
        event_version: row.get("event_version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

fn action(row: &Row) -> Result<Option<Action>, StoreError> {
    let kind: Option<String> = row.get("action_kind")?;
    let Some(kind) = kind else { return Ok(None) };
    Ok(Some(Action {
        kind: ActionKind::parse(&kind).ok_or_else(|| unreadable("action_kind"))?,
        uri: row.get("action_uri")?,
        until: row.get("action_until")?,
    }))
}

fn sums(row: &Row) -> Result<Sums, StoreError> {
    Ok(Sums {
        authorize_pending: row.get("authorize_pending")?,
        authorized: row.get("authorized")?,
        authorized_excess: row.get("authorized_excess")?,
        capture_pending: row.get("capture_pending")?,
        captured: row.get("captured")?,
        void_pending: row.get("void_pending")?,
        voided: row.get("voided")?,
        captured_excess: row.get("captured_excess")?,
        refund_pending: row.get("refund_pending")?,
        refunded: row.get("refunded")?,
        refunded_excess: row.get("refunded_excess")?,
        credit_pending: row.get("credit_pending")?,
        credited: row.get("credited")?,
        credited_excess: row.get("credited_excess")?,
    })
}

pub(crate) fn operation(row: &Row) -> Result<Operation, StoreError> {
    let payment_id: Option<Uuid> = row.get("payment_id")?;
    let target: Option<Uuid> = row.get("target")?;
    let workflow_id: Option<Uuid> = row.get("workflow_id")?;
    Ok(Operation {
        id: OperationId::from_uuid(row.get("id")?),
        payment_id: payment_id.map(PaymentId::from_uuid),
        kind: word(row, "kind", OperationKind::parse)?,
        state: word(row, "state", OperationState::parse)?,
        amount: row.get("amount")?,
        create_key: row.get("create_key")?,
        target: target.map(OperationId::from_uuid),
        provider_id: row.get("provider_id")?,
        failure_code: row.get("failure_code")?,
        attempts: i32::try_from(row.get::<i64>("attempts")?).map_err(|_| unreadable("attempts"))?,
        first_sent_at: row.get::<Option<Timestamp>>("first_sent_at")?,
        last_sent_at: row.get::<Option<Timestamp>>("last_sent_at")?,
        abandoned: row.get::<i64>("abandoned")? != 0,
        late: row.get::<i64>("late")? != 0,
        reported: row.get::<i64>("reported")? != 0,
        workflow_id: workflow_id.map(WorkflowId::from_uuid),
        actor: row.get("actor")?,
        correlation_id: row.get("correlation_id")?,
        traceparent: row.get("traceparent")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// A new payment, in the order of `insert_payments`. Arrays: an engine finds the nth of a list faster
/// than a name in an object.
pub(crate) fn new_payment(payment: &Payment) -> Value {
    json!([
        payment.id.hex(),
        payment.kind.name(),
        payment.order_id.map(OrderId::hex),
        payment.credit_id.map(CreditId::hex),
        payment.channel_id.hex(),
        payment.owner,
        payment.currency.code(),
        payment.amount,
        payment.state().name(),
        payment.token,
        payment.provider,
        payment.create_key,
        payment.version,
        payment.event_version,
        payment.created_at.micros(),
        payment.flow.name(),
    ])
}

/// What may change of a payment, in the order of `update_payments`.
pub(crate) fn changed_payment(payment: &Payment) -> Value {
    let sums = &payment.sums;
    let action = payment.action.as_ref();
    json!([
        payment.id.hex(),
        payment.state().name(),
        sums.authorize_pending,
        sums.authorized,
        sums.authorized_excess,
        sums.capture_pending,
        sums.captured,
        sums.void_pending,
        sums.voided,
        sums.captured_excess,
        sums.refund_pending,
        sums.refunded,
        sums.refunded_excess,
        sums.credit_pending,
        sums.credited,
        sums.credited_excess,
        payment.token,
        payment.decline_code,
        payment.version,
        payment.event_version,
        payment.updated_at.micros(),
        action.map(|action| action.kind.name()),
        action.map(|action| action.uri.as_str()),
        action.map(|action| action.until.micros()),
    ])
}

/// A new operation, in the order of `insert_operations`.
pub(crate) fn new_operation(operation: &Operation) -> Value {
    json!([
        operation.id.hex(),
        operation.payment_id.map(PaymentId::hex),
        operation.kind.name(),
        operation.state.name(),
        operation.amount,
        operation.create_key,
        operation.target.map(OperationId::hex),
        operation.provider_id,
        operation.failure_code,
        operation.attempts,
        operation.first_sent_at.map(Timestamp::micros),
        operation.last_sent_at.map(Timestamp::micros),
        operation.abandoned,
        operation.late,
        operation.workflow_id.map(WorkflowId::hex),
        operation.actor,
        operation.correlation_id.simple().to_string(),
        operation.traceparent,
        operation.created_at.micros(),
        operation.updated_at.micros(),
        operation.reported,
    ])
}

/// What may change of an operation, in the order of `update_operations`.
pub(crate) fn changed_operation(operation: &Operation) -> Value {
    json!([
        operation.id.hex(),
        operation.state.name(),
        operation.provider_id,
        operation.failure_code,
        operation.attempts,
        operation.first_sent_at.map(Timestamp::micros),
        operation.last_sent_at.map(Timestamp::micros),
        operation.abandoned,
        operation.late,
        operation.workflow_id.map(WorkflowId::hex),
        operation.updated_at.micros(),
    ])
}
