//! The outside world of payment: what a provider can be asked, in payment's words.

pub(crate) mod sandbox;
mod wire;

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use stoa_types::Money;

use crate::domain::{Action, OperationKind, Verdict};

/// What a provider promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Capabilities {
    /// How long it remembers a key; after that the same key is a new charge.
    pub(crate) key_ttl: Duration,
    /// How long a sent request may still take effect.
    pub(crate) settle_window: Duration,
    /// Whether it pays out without an earlier payment.
    pub(crate) standalone_credit: bool,
    /// Whether an authorisation may be captured more than once.
    pub(crate) multi_capture: bool,
    /// Whether what is left of a captured authorisation may be given up.
    pub(crate) partial_void: bool,
    /// How long an authorisation may be captured.
    pub(crate) auth_lifetime: Duration,
}

/// One request that moves or reserves money.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) kind: OperationKind,
    /// Whether an authorisation takes the money at once.
    pub(crate) sale: bool,
    /// Key and reference in one: the operation's id.
    pub(crate) reference: String,
    pub(crate) amount: Money,
    /// Of an authorisation or a credit.
    pub(crate) token: Option<String>,
    /// The provider's id of the authorisation or capture that it is about.
    pub(crate) target: Option<String>,
}

/// Without the token: it is nobody's to read in a log.
impl Debug for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Order")
            .field("kind", &self.kind)
            .field("sale", &self.sale)
            .field("reference", &self.reference)
            .field("amount", &self.amount)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

/// What came back of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// It happened.
    Done {
        /// The provider's id.
        provider_id: String,
    },
    /// It was refused for good and did not happen.
    Declined {
        /// The provider's code.
        code: String,
    },
    /// The customer must act before it goes on.
    Action(Action),
    /// No answer, or one that says nothing: it may have happened.
    Unknown {
        /// For the log.
        why: String,
    },
}

/// An operation as the provider's books show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Its place in the provider's list, dense from 1.
    pub(crate) position: i64,
    pub(crate) provider_id: String,
    pub(crate) reference: String,
    /// What it is, and under which reference the provider knows what it was done to: of what may be done without us.
    pub(crate) about: Option<(OperationKind, String)>,
    pub(crate) amount_minor: i64,
    pub(crate) currency: String,
    /// The provider's code when it was declined, `None` when it succeeded.
    pub(crate) declined: Option<String>,
}

impl Record {
    /// What it says of the operation.
    pub(crate) fn verdict(self) -> Verdict {
        match self.declined {
            Some(code) => Verdict::Declined { code },
            None => Verdict::Succeeded {
                provider_id: self.provider_id,
            },
        }
    }
}

/// What the provider knows under a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It came to an end.
    Settled(Record),
    /// The customer must act before it goes on.
    Action(Action),
}

/// The provider could not be asked, or its answer could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProviderError {
    /// No answer in time.
    #[error("the provider does not answer")]
    Unreachable(#[source] reqwest::Error),
    /// An answer that says nothing.
    #[error("the provider answers {0}")]
    Status(u16),
    /// An answer that cannot be read.
    #[error("the provider's answer cannot be read: {0}")]
    Unreadable(&'static str),
}

/// A payment provider. Every call has a deadline of its own and is safe to repeat.
#[async_trait]
pub(crate) trait Provider: Send + Sync + Debug + 'static {
    /// The adapter's name, as stored with each payment.
    fn name(&self) -> &'static str;

    /// What the provider promises.
    async fn capabilities(&self) -> Result<Capabilities, ProviderError>;

    /// Reserves an amount.
    async fn authorize(&self, order: &Order) -> Reply;

    /// Takes an amount at once.
    async fn sale(&self, order: &Order) -> Reply;

    /// Takes of what is reserved.
    async fn capture(&self, order: &Order) -> Reply;

    /// Gives up what is reserved.
    async fn void(&self, order: &Order) -> Reply;

    /// Gives back of what was taken.
    async fn refund(&self, order: &Order) -> Reply;

    /// Pays out.
    async fn credit(&self, order: &Order) -> Reply;

    /// What the provider knows under one of our references.
    async fn find_by_reference(&self, reference: &str) -> Result<Option<Found>, ProviderError>;

    /// The provider's own list after a position, in its order, at most `limit`.
    async fn list_after(&self, position: i64, limit: u32) -> Result<Vec<Record>, ProviderError>;
}
