//! What a merchant asks for, how it is answered, and what is refused.

use crate::operation::{Kind, Operation};

/// One request that would change the books.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) kind: Kind,
    /// The `Idempotency-Key`.
    pub(crate) key: String,
    /// SHA-256 over kind, parent and body.
    pub(crate) fingerprint: [u8; 32],
    /// The merchant's own reference.
    pub(crate) reference: String,
    /// The authorisation to capture or void, the capture to refund.
    pub(crate) parent: Option<String>,
    /// Of an authorisation or a credit.
    pub(crate) token: Option<String>,
    /// Minor units; absent for a void of all that is left.
    pub(crate) amount: Option<i64>,
    /// ISO 4217; absent where the parent decides it.
    pub(crate) currency: Option<String>,
    /// The id that the operation gets if it is new.
    pub(crate) id: String,
}

/// A request for the committer.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    /// A merchant's request.
    Request(Request),
    /// The provider does something by itself to the operation that has this reference: the merchant in its console, or the customer's
    /// bank.
    Console {
        /// Of what it makes.
        id: String,
        kind: Kind,
        target: String,
        amount: i64,
        chargeback: bool,
    },
    /// The customer does what the operation of this id waits for, or refuses to.
    Act { id: String, approves: bool },
    /// Nobody asked: let what is due take effect.
    Settle,
}

/// How the answer travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// At once.
    Now,
    /// At once, when a webhook has told it.
    Told,
    /// At once, and a webhook tells it twice.
    TwiceTold,
    /// After the configured pause.
    Late,
    /// Never.
    Never,
}

/// What the books answer.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// It stands in the books, now or from an earlier request under the same key.
    Stands {
        operation: Box<Operation>,
        delivery: Delivery,
        replayed: bool,
    },
    /// Nothing was written.
    Refused(Refusal),
    /// Nothing was written, and nobody will hear of it.
    Lost,
    /// What was due has taken effect.
    Settled,
}

/// Why a request was refused without leaving anything in the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The key was used for something else.
    KeyReused,
    /// The reference was used under another key.
    DuplicateReference,
    /// The same request is still on its way.
    InProgress,
    /// No such authorisation or capture.
    NoSuchParent,
    /// No such token.
    UnknownToken,
    /// Nothing waits for a customer under this id, or not any more.
    NothingToDo,
}

impl Refusal {
    /// HTTP status, code and text.
    pub(crate) const fn parts(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::KeyReused => (
                422,
                "idempotency_key_reused",
                "this key was used for another request",
            ),
            Self::DuplicateReference => (
                409,
                "duplicate_reference",
                "this reference was used under another key",
            ),
            Self::InProgress => (
                409,
                "in_progress",
                "a request under this key is still on its way",
            ),
            Self::NoSuchParent => (404, "not_found", "no such authorization or capture"),
            Self::NothingToDo => (409, "nothing_to_do", "nothing waits for you here"),
            Self::UnknownToken => (400, "unknown_token", "no such payment token"),
        }
    }
}
