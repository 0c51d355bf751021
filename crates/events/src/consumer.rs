//! What a listener declares: its name, what it hears, in which order it needs it, and what it does.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use stoa_errors::{Error, Kind, reason};
use stoa_store::{StoreError, Tx};

use crate::{Envelope, Shadow};

/// The order that a consumer needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Its effects commute, or are keyed by the event's id: each event once, in any order. It is remembered for 90 days that
    /// an event was applied: one that an operator has told again later is applied again.
    Any,
    /// Events carry whole states: one is applied when its version is beyond the last, older ones are skipped.
    Latest,
    /// Every event of the aggregate, each when it is the next; one that comes early waits. A strict consumer
    /// listens to every type that the aggregate has.
    Strict,
}

/// Someone who listens.
pub trait Consumer: Send + Sync + 'static {
    /// Its name, unique in its database; the inbox stands under it, so it never changes.
    fn name(&self) -> &'static str;

    /// The event types it hears: full names, or `stoa.payment.v1.*` for all of a package.
    fn listens(&self) -> &[&'static str];

    /// The order that it needs.
    fn mode(&self) -> Mode;

    /// Acts on events that it has not acted on before, in the transaction that records so. It may be run again
    /// from the start in another transaction, and calls nobody.
    ///
    /// # Errors
    /// [`ConsumeError::Poison`] when one of the events can never be applied as things stand: when it is alone, its
    /// aggregate is parked. [`ConsumeError::Retry`] when a repetition helps: all wait.
    fn handle<'a>(
        &'a self,
        tx: &'a Tx,
        events: &'a [Envelope],
    ) -> BoxFuture<'a, Result<(), ConsumeError>>;

    /// What is filled beside it while it is built anew, if it can be: its effects are tables that follow from the events.
    fn shadow(&self) -> Option<Arc<dyn Shadow>> {
        None
    }

    /// Is told after the commit what was applied: to wake whoever waits. It is a hint and may be lost in a crash.
    fn committed(&self, events: &[Envelope]) {
        let _ = events;
    }
}

/// Why events were not applied; nothing of what was done for them stands.
#[derive(Debug, thiserror::Error)]
pub enum ConsumeError {
    /// It can never be applied as things stand: a payload that does not decode, a rule that it breaks.
    #[error("the event cannot be applied")]
    Poison(#[source] Error),
    /// It may be applied later: something is out of reach.
    #[error("the event cannot be applied now")]
    Retry(#[source] Error),
}

impl From<StoreError> for ConsumeError {
    fn from(error: StoreError) -> Self {
        let error = Error::from(error);
        if is_transient(&error) {
            Self::Retry(error)
        } else {
            Self::Poison(error)
        }
    }
}

impl From<Error> for ConsumeError {
    fn from(error: Error) -> Self {
        if is_transient(&error) {
            Self::Retry(error)
        } else {
            Self::Poison(error)
        }
    }
}

/// How a failed consumer ends its transaction: what may be repeated carries a retry hint, as everywhere.
impl From<ConsumeError> for StoreError {
    fn from(error: ConsumeError) -> Self {
        match error {
            ConsumeError::Poison(error) if is_transient(&error) => Error::new(
                Kind::Internal,
                reason::INTERNAL,
                "the event cannot be applied",
            )
            .caused_by(error)
            .into(),
            ConsumeError::Poison(error) => error.into(),
            ConsumeError::Retry(error) => error.retry(Duration::from_millis(100)).into(),
        }
    }
}

pub(crate) fn is_transient(error: &Error) -> bool {
    error.retry_after.is_some()
}

/// Whether one of the patterns covers the event type.
#[must_use]
pub fn listens_to(patterns: &[&str], event_type: &str) -> bool {
    patterns
        .iter()
        .any(|pattern| match pattern.strip_suffix('*') {
            Some(package) => event_type
                .strip_prefix(package)
                .is_some_and(|name| !name.contains('.')),
            None => *pattern == event_type,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_the_types_of_one_package() {
        let patterns = ["stoa.payment.v1.*", "stoa.order.v1.OrderConfirmed"];
        for heard in ["stoa.payment.v1.Captured", "stoa.order.v1.OrderConfirmed"] {
            assert!(listens_to(&patterns, heard), "{heard}");
        }
        for unheard in [
            "stoa.payment.v2.Captured",
            "stoa.order.v1.OrderCanceled",
            "stoa.payment.v1.inner.Captured",
            "stoa.payment.v1",
        ] {
            assert!(!listens_to(&patterns, unheard), "{unheard}");
        }
    }

    #[test]
    fn poison_never_looks_like_something_to_repeat() {
        let hint = Error::new(Kind::Unavailable, "X", "x").retry(Duration::from_millis(1));
        let ended = StoreError::from(ConsumeError::Poison(hint));
        assert!(matches!(&ended, StoreError::Refused(error) if !is_transient(error)));
        let ended = StoreError::from(ConsumeError::Retry(Error::new(Kind::Internal, "X", "x")));
        assert!(matches!(&ended, StoreError::Refused(error) if is_transient(error)));
    }
}
