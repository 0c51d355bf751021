//! Why a use case is refused, in payment's words.

use stoa_api::payment::v1::reason;
use stoa_errors::{Error, Kind};
use stoa_types::{OperationId, PaymentId, Timestamp};

use super::{OperationState, PaymentState};

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
    /// No such operation.
    #[error("operation {0} does not exist")]
    NoOperation(OperationId),
    /// Its end stands, or somebody else brings it about.
    #[error("the operation is {}", .0.name())]
    Operation(OperationState),
    /// The provider may still carry it out.
    #[error("the provider may still carry it out until {0}")]
    Settling(Timestamp),
    /// The provider's word stands against it.
    #[error("the provider says {0}")]
    Contradicted(&'static str),
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
            Refusal::NoOperation(id) => {
                Self::not_found(reason::OPERATION_NOT_FOUND, format_args!("operation {id}"))
            }
            Refusal::Operation(now) => state(reason::OPERATION_STATE).meta("state", now.name()),
            Refusal::Settling(until) => {
                state(reason::OPERATION_SETTLING).meta("settle_time", until)
            }
            Refusal::Contradicted(word) => {
                state(reason::PROVIDER_SAYS_OTHERWISE).meta("provider_state", word)
            }
            Refusal::Currency(_) => Self::new(
                Kind::InvalidArgument,
                reason::CURRENCY_MISMATCH,
                text.clone(),
            )
            .field("amount.currency_code", reason::CURRENCY_MISMATCH, text),
        }
    }
}
