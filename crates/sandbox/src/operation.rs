//! One row of the provider's books, as stored and as answered.

use serde::{Deserialize, Serialize};
use stoa_types::Timestamp;

/// The code of a refund that the customer's bank took back.
pub(crate) const CHARGEBACK: &str = "chargeback";

/// What an operation does with money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Reserves an amount on the customer's account; moves nothing.
    Authorization,
    /// Takes some or all of an authorised amount.
    Capture,
    /// Takes an amount at once, without an authorisation before it.
    Sale,
    /// Gives back some or all of an authorised amount that was not captured.
    Void,
    /// Gives back some or all of a captured amount.
    Refund,
    /// Pays out an amount that nobody paid before.
    Credit,
}

impl Kind {
    /// The lower-case word used on the wire and in the books.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authorization => "authorization",
            Self::Capture => "capture",
            Self::Sale => "sale",
            Self::Void => "void",
            Self::Refund => "refund",
            Self::Credit => "credit",
        }
    }

    /// The prefix of an operation's id.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Authorization => "auth",
            Self::Capture => "cap",
            Self::Sale => "sale",
            Self::Void => "void",
            Self::Refund => "rfnd",
            Self::Credit => "cred",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [
            Self::Authorization,
            Self::Capture,
            Self::Sale,
            Self::Void,
            Self::Refund,
            Self::Credit,
        ]
        .into_iter()
        .find(|kind| kind.name() == name)
    }
}

/// How an operation stands in the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Accepted, but without effect and invisible until `effective_at`.
    Pending,
    /// It took effect.
    Succeeded,
    /// It was refused for good; `code` says why.
    Declined,
}

impl State {
    /// The lower-case word used on the wire and in the books.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Declined => "declined",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Pending, Self::Succeeded, Self::Declined]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// One operation of the provider's books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    /// The provider's own id.
    pub(crate) id: String,
    /// Its place in the provider's list, dense from 1; none while pending.
    pub(crate) position: Option<i64>,
    pub(crate) kind: Kind,
    /// The merchant's reference, unique for good.
    pub(crate) reference: String,
    /// The authorisation of a capture or void, the capture of a refund.
    pub(crate) parent: Option<String>,
    /// The token that pays; later operations inherit their authorisation's.
    pub(crate) token: String,
    /// Minor units, above 0.
    pub(crate) amount: i64,
    /// ISO 4217.
    pub(crate) currency: String,
    pub(crate) state: State,
    /// Why it was declined, else empty. Of one that succeeded: [`CHARGEBACK`], or the kind of the later request that it declined once.
    pub(crate) code: String,
    /// Of an authorisation: how much of it was captured.
    pub(crate) captured: i64,
    /// Of an authorisation: how much of it was voided.
    pub(crate) voided: i64,
    /// Of a capture: how much of it was refunded.
    pub(crate) refunded: i64,
    pub(crate) created_at: Timestamp,
    /// The reference of its parent, where it was read with it.
    pub(crate) parent_reference: Option<String>,
    /// When it takes or took effect.
    pub(crate) effective_at: Timestamp,
    /// Until when the customer may do what it waits for; none where he has nothing to do.
    pub(crate) action_until: Option<Timestamp>,
}

impl Operation {
    /// Whether the customer's bank did it.
    pub(crate) fn is_chargeback(&self) -> bool {
        self.kind == Kind::Refund && self.code == CHARGEBACK
    }

    /// Whether it waits for the customer.
    pub(crate) fn waits(&self) -> bool {
        self.state == State::Pending && self.action_until.is_some()
    }

    /// What of an authorisation may still be captured or voided.
    pub(crate) const fn open(&self) -> i64 {
        self.amount - self.captured - self.voided
    }

    /// What of a capture may still be refunded.
    pub(crate) const fn refundable(&self) -> i64 {
        self.amount - self.refunded
    }
}
