//! Payment's words as messages.

use stoa_api::convert::to_timestamp;
use stoa_api::payment::v1 as pb;
use stoa_api::type_::v1 as types;
use stoa_store::Etag;
use stoa_types::{Currency, Money};

use crate::domain::{
    Account, ActionKind, Flow, IntentKind, Operation, OperationKind, OperationState, Payment,
    PaymentState,
};
use crate::store::read::{Balance, Entry};

pub(crate) const fn intent_kind(kind: IntentKind) -> pb::IntentKind {
    match kind {
        IntentKind::Payment => pb::IntentKind::Payment,
        IntentKind::Credit => pb::IntentKind::Credit,
    }
}

pub(crate) const fn operation_kind(kind: OperationKind) -> pb::OperationKind {
    match kind {
        OperationKind::Authorize => pb::OperationKind::Authorize,
        OperationKind::Capture => pb::OperationKind::Capture,
        OperationKind::Void => pb::OperationKind::Void,
        OperationKind::Refund => pb::OperationKind::Refund,
        OperationKind::Credit => pb::OperationKind::Credit,
    }
}

const fn operation_state(state: OperationState) -> pb::OperationState {
    match state {
        OperationState::Pending => pb::OperationState::Pending,
        OperationState::Unknown => pb::OperationState::Unknown,
        OperationState::Succeeded => pb::OperationState::Succeeded,
        OperationState::Failed => pb::OperationState::Failed,
        OperationState::Canceled => pb::OperationState::Canceled,
    }
}

/// How an operation stands, as it is shown: what waits for the customer is no mere UNKNOWN.
pub(crate) fn shown_state(payment: &Payment, operation: &Operation) -> pb::OperationState {
    if payment.waits_with(operation) {
        return pb::OperationState::RequiresAction;
    }
    operation_state(operation.state)
}

const fn flow(flow: Flow) -> pb::MethodFlow {
    match flow {
        Flow::AuthorizeCapture => pb::MethodFlow::AuthorizeCapture,
        Flow::Sale => pb::MethodFlow::Sale,
    }
}

/// What the customer must do, while that is what the payment waits for.
fn next_action(payment: &Payment) -> Option<pb::NextAction> {
    let action = payment
        .action
        .as_ref()
        .filter(|_| payment.state() == PaymentState::RequiresAction)?;
    let kind = match action.kind {
        ActionKind::Redirect => pb::NextActionKind::Redirect,
        ActionKind::InApp => pb::NextActionKind::ConfirmInApp,
    };
    Some(pb::NextAction {
        kind: kind.into(),
        redirect_uri: action.uri.clone(),
        expire_time: Some(to_timestamp(action.until)),
    })
}

const fn payment_state(state: PaymentState) -> pb::PaymentState {
    match state {
        PaymentState::Created => pb::PaymentState::Created,
        PaymentState::Processing => pb::PaymentState::Processing,
        PaymentState::RequiresAction => pb::PaymentState::RequiresAction,
        PaymentState::Authorized => pb::PaymentState::Authorized,
        PaymentState::Captured => pb::PaymentState::Captured,
        PaymentState::Declined => pb::PaymentState::Declined,
        PaymentState::Voided => pb::PaymentState::Voided,
        PaymentState::Refunded => pb::PaymentState::Refunded,
        PaymentState::Credited => pb::PaymentState::Credited,
    }
}

/// The state that a search names; none for "any".
pub(crate) fn wanted_state(state: pb::PaymentState) -> Option<PaymentState> {
    PaymentState::ALL
        .into_iter()
        .find(|known| payment_state(*known) == state)
}

const fn account(account: Account) -> pb::LedgerAccount {
    match account {
        Account::Provider => pb::LedgerAccount::Provider,
        Account::Sales => pb::LedgerAccount::Sales,
        Account::Refunds => pb::LedgerAccount::Refunds,
        Account::Credits => pb::LedgerAccount::Credits,
    }
}

fn money(minor: i64, currency: Currency) -> Option<types::Money> {
    Some(Money { minor, currency }.into())
}

fn text<T: ToString>(id: Option<&T>) -> String {
    id.map(ToString::to_string).unwrap_or_default()
}

pub(crate) fn payment(payment: &Payment) -> pb::Payment {
    let sums = &payment.sums;
    let id = payment.id.to_string();
    let amount = |minor| money(minor, payment.currency);
    pb::Payment {
        etag: Etag::of(&id, payment.version).into(),
        payment_id: id,
        order_id: text(payment.order_id.as_ref()),
        credit_id: text(payment.credit_id.as_ref()),
        channel_id: payment.channel_id.to_string(),
        kind: intent_kind(payment.kind).into(),
        flow: flow(payment.flow).into(),
        state: payment_state(payment.state()).into(),
        amount: amount(payment.amount),
        authorized: amount(sums.authorized),
        captured: amount(sums.captured),
        refunded: amount(sums.refunded),
        voided: amount(sums.voided),
        capture_pending: amount(sums.capture_pending),
        refund_pending: amount(sums.refund_pending),
        void_pending: amount(sums.void_pending),
        provider: payment.provider.clone(),
        decline_code: payment.decline_code.clone(),
        next_action: next_action(payment),
        create_time: Some(to_timestamp(payment.created_at)),
        update_time: Some(to_timestamp(payment.updated_at)),
    }
}

pub(crate) fn operation(operation: &Operation, payment: &Payment) -> pb::PaymentOperation {
    pb::PaymentOperation {
        operation_id: operation.id.to_string(),
        payment_id: text(operation.payment_id.as_ref()),
        kind: operation_kind(operation.kind).into(),
        state: shown_state(payment, operation).into(),
        amount: money(operation.amount, payment.currency),
        provider_id: operation.provider_id.clone().unwrap_or_default(),
        failure_code: operation.failure_code.clone(),
        attempts: operation.attempts,
        first_sent_time: operation.first_sent_at.map(to_timestamp),
        create_time: Some(to_timestamp(operation.created_at)),
        update_time: Some(to_timestamp(operation.updated_at)),
        reported: operation.reported,
    }
}

pub(crate) fn entry(entry: &Entry) -> pb::LedgerEntry {
    pb::LedgerEntry {
        position: entry.position,
        operation_id: entry.operation_id.to_string(),
        payment_id: entry.payment_id.to_string(),
        account: account(entry.account).into(),
        amount: money(entry.amount, entry.currency),
        create_time: Some(to_timestamp(entry.created_at)),
    }
}

pub(crate) fn balance(balance: &Balance) -> pb::LedgerBalance {
    pb::LedgerBalance {
        account: account(balance.account).into(),
        amount: money(balance.amount, balance.currency),
    }
}
