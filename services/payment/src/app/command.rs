//! What may be done to the books: the commands of the one queue that writes them, and its answers.

use stoa_types::{
    ChannelId, CreditId, Ctx, Money, OperationId, OrderId, PaymentId, Timestamp, WorkflowId,
};
use stoa_workflow::Finish;

use crate::domain::{Flow, IntentKind, Operation, OperationKind, Payment, Terms, Verdict};
use crate::provider::Order;

/// A new intent.
#[derive(Clone)]
pub(crate) struct NewIntent {
    pub(crate) id: PaymentId,
    pub(crate) kind: IntentKind,
    pub(crate) flow: Flow,
    pub(crate) order_id: Option<OrderId>,
    pub(crate) credit_id: Option<CreditId>,
    pub(crate) channel_id: ChannelId,
    pub(crate) owner: String,
    /// Above 0.
    pub(crate) amount: Money,
    pub(crate) token: String,
    pub(crate) provider: &'static str,
}

/// What the provider did by itself.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    /// The id that it gets here.
    pub(crate) id: OperationId,
    /// What it is: a chargeback is a refund.
    pub(crate) kind: OperationKind,
    /// The operation of ours whose effect it changed.
    pub(crate) target: OperationId,
    /// Minor units of the payment's currency.
    pub(crate) amount: i64,
    pub(crate) provider: &'static str,
    /// The provider's own id.
    pub(crate) provider_id: String,
}

impl Report {
    /// Under which it stands for good.
    pub(crate) fn create_key(&self) -> String {
        reported_key(self.provider, &self.provider_id)
    }
}

/// The key of what a provider did by itself.
pub(crate) fn reported_key(provider: &str, provider_id: &str) -> String {
    format!("provider:{provider}:{provider_id}")
}

/// One change of the books.
#[derive(Clone)]
pub(crate) enum Command {
    /// Makes an intent.
    CreateIntent(Box<NewIntent>),
    /// Makes an operation and reserves its amount; whoever gets it sends it.
    Reserve {
        payment: PaymentId,
        kind: OperationKind,
        /// What is asked for; an authorisation and a credit take the whole intent.
        amount: Option<Money>,
        terms: Terms,
        id: OperationId,
    },
    /// Notes that the customer has come back; whoever gets the operation that waits for him asks.
    Confirm { payment: PaymentId },
    /// Undoes the authorisation that the key made, has not made yet, or never will.
    Undo {
        key: String,
        terms: Terms,
        /// The void's id, or that of the mark.
        id: OperationId,
    },
    /// Records what has become known.
    Resolve {
        operation: OperationId,
        verdict: Verdict,
        /// The id of the operation that undoes a success which nobody wants any more.
        undo: OperationId,
        /// The durable work that ends with it.
        finish: Option<Finish>,
    },
    /// Records what staff know of an operation of which the provider tells nothing, or writes an undo off.
    Settle {
        operation: OperationId,
        verdict: Verdict,
        /// Nothing that was sent after this is settled by anybody's word.
        before: Timestamp,
        /// The id of the operation that undoes a success which nobody wants any more.
        undo: OperationId,
    },
    /// Records what the provider did by itself to what an operation of ours did.
    Report(Box<Report>),
    /// Notes a webhook; wakes who waits for what it speaks of.
    Heard {
        /// The provider's id of the webhook.
        event: String,
        /// The operation that it speaks of, if it is ours.
        operation: Option<OperationId>,
    },
    /// Notes that an operation is about to be sent again, at most `limit` times in all.
    Resend { operation: OperationId, limit: i32 },
    /// Hands an operation to durable work.
    Adopt { operation: OperationId },
    /// Ends durable work whose operation has come to its end.
    Finish(Finish),
}

/// What the books answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) payment: Option<Payment>,
    pub(crate) operation: Option<Operation>,
    /// What to ask of the provider now; only the one who gets it may send it.
    pub(crate) send: Option<Order>,
    /// Durable work that the commit has made due.
    pub(crate) kick: Vec<WorkflowId>,
    /// How many facts somebody must look at.
    pub(crate) alarms: u64,
}

/// The key under which a call's effect stands for good.
pub(crate) fn create_key(ctx: &Ctx, noun: &str) -> Option<String> {
    ctx.key
        .as_ref()
        .map(|key| format!("{}:{noun}:{}", key.scope, key.id))
}

/// The key that an undoing call names, in the caller's own scope.
pub(crate) fn undone_key(ctx: &Ctx, request_id: &str) -> String {
    let scope = ctx
        .key
        .as_ref()
        .map_or_else(|| ctx.principal.scope(), |key| key.scope.clone());
    format!("{scope}:{}:{request_id}", OperationKind::Authorize.name())
}

/// The noun of an intent's key.
pub(crate) const INTENT: &str = "INTENT";
