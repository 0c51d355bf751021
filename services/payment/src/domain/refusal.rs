//! Why a use case is refused, in payment's words.

use stoa_api::payment::v1::reason;
use stoa_errors::{Error, Kind};
use stoa_types::PaymentId;

use super::PaymentState;

/// A refusal that execution decided.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// No such payment, or somebody else's.
    #[error("payment {0} does not exist")]
    NotFound(PaymentId),
    /// Its state does not allow it.
    #[error("the payment is {}", .0.name())]
    State(PaymentState),
    /// More than is reserved and not taken.
    #[error("only {available} is reserved and not yet taken")]
    ExceedsAuthorized {
        /// Minor units.
        available: i64,
    },
    /// More than one capture has left to give back.
    #[error("only {available} was taken and not yet given back")]
    ExceedsCaptured {
        /// Minor units.
        available: i64,
    },
    /// It was undone before it arrived.
    #[error("the call was undone before it arrived")]
    CanceledBefore,
    /// The provider does not pay out without a payment.
    #[error("the provider cannot pay out without a payment")]
    CreditUnsupported,
    /// Another currency than the payment's.
    #[error("the amount must be in {0}")]
    Currency(String),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let text = refusal.to_string();
        let state = |reason| Self::new(Kind::FailedPrecondition, reason, text.clone());
        match refusal {
            Refusal::NotFound(id) => {
                Self::not_found(reason::PAYMENT_NOT_FOUND, format_args!("payment {id}"))
            }
            Refusal::State(now) => state(reason::PAYMENT_STATE).meta("state", now.name()),
            Refusal::ExceedsAuthorized { available } => {
                state(reason::AMOUNT_EXCEEDS_AUTHORIZED).meta("available", available)
            }
            Refusal::ExceedsCaptured { available } => {
                state(reason::AMOUNT_EXCEEDS_CAPTURED).meta("available", available)
            }
            Refusal::CanceledBefore => state(reason::CANCELED_BEFORE),
            Refusal::CreditUnsupported => state(reason::CREDIT_UNSUPPORTED),
            Refusal::Currency(_) => Self::new(
                Kind::InvalidArgument,
                reason::CURRENCY_MISMATCH,
                text.clone(),
            )
            .field("amount.currency_code", reason::CURRENCY_MISMATCH, text),
        }
    }
}
