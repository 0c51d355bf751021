//! Test tokens: what the provider is to do with a request, told by the token that pays.
//!
//! `tok_<behaviour>` speaks of the authorisation or the credit that carries the token;
//! `tok_<kind>_<behaviour>` (kind `capture`, `void` or `refund`) approves the authorisation and
//! behaves so when that later operation is asked of it.

use crate::operation::Kind;

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Done and answered at once.
    Approve,
    /// Recorded as declined and answered 402.
    Decline,
    /// Done at once; the answer never comes.
    TimeoutThenSucceed,
    /// Recorded as declined at once; the answer never comes.
    TimeoutThenFail,
    /// The answer never comes and look-ups say "not found" until half the settle window has
    /// passed; then it is done.
    NotFoundThenSucceed,
    /// The answer never comes and it is done only after three settle windows: a provider that
    /// breaks its word.
    TooLate,
    /// The answer never comes and nothing ever happens.
    Lost,
    /// The first is declined, what comes after it is approved.
    DeclineOnce,
    /// Done at once, and told by a webhook before it is answered.
    WebhookFirst,
    /// Done and answered at once, and told by the same webhook twice.
    WebhookTwice,
    /// Done at once, answered late.
    Slow,
    /// The customer must act at an address; it is done when he does, and declined when his time is over.
    ActionDone,
    /// As before, in an app: there is no address.
    ActionInApp,
    /// As before, and whatever he does is not heard.
    ActionAbandoned,
    /// As before, and it is done three settle windows after his time: a provider that breaks its word.
    ActionLate,
}

impl Behaviour {
    /// Whether the customer must act first.
    pub(crate) const fn acts(self) -> bool {
        matches!(
            self,
            Self::ActionDone | Self::ActionInApp | Self::ActionAbandoned | Self::ActionLate
        )
    }
}

/// The behaviour that `token` asks for when an operation of `kind` is requested; `None` for a
/// token that the provider does not know.
pub(crate) fn behaviour(token: &str, kind: Kind) -> Option<Behaviour> {
    let rest = token.strip_prefix("tok_")?;
    let later = [Kind::Capture, Kind::Void, Kind::Refund]
        .into_iter()
        .find_map(|later| {
            let tail = rest.strip_prefix(later.name())?.strip_prefix('_')?;
            Some((later, tail))
        });
    match later {
        Some((later, tail)) => {
            let named = parse(tail)?;
            Some(if later == kind {
                named
            } else {
                Behaviour::Approve
            })
        }
        None => {
            let named = parse(rest)?;
            Some(match kind {
                Kind::Authorization | Kind::Sale | Kind::Credit => named,
                Kind::Capture | Kind::Void | Kind::Refund => Behaviour::Approve,
            })
        }
    }
}

fn parse(name: &str) -> Option<Behaviour> {
    Some(match name {
        "approve" => Behaviour::Approve,
        "decline" | "declined" => Behaviour::Decline,
        "timeout_then_succeed" => Behaviour::TimeoutThenSucceed,
        "timeout_then_fail" => Behaviour::TimeoutThenFail,
        "not_found_then_succeed" => Behaviour::NotFoundThenSucceed,
        "too_late" => Behaviour::TooLate,
        "lost" => Behaviour::Lost,
        "slow" => Behaviour::Slow,
        "declined_once" => Behaviour::DeclineOnce,
        "webhook_first" => Behaviour::WebhookFirst,
        "webhook_twice" => Behaviour::WebhookTwice,
        "action_done" => Behaviour::ActionDone,
        "action_in_app" => Behaviour::ActionInApp,
        "action_abandoned" => Behaviour::ActionAbandoned,
        "action_late" => Behaviour::ActionLate,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Behaviour, behaviour};
    use crate::operation::Kind;

    #[test]
    fn a_plain_token_speaks_of_the_authorisation_and_the_credit_only() {
        assert_eq!(
            behaviour("tok_decline", Kind::Authorization),
            Some(Behaviour::Decline)
        );
        assert_eq!(
            behaviour("tok_decline", Kind::Credit),
            Some(Behaviour::Decline)
        );
        assert_eq!(
            behaviour("tok_decline", Kind::Capture),
            Some(Behaviour::Approve)
        );
    }

    #[test]
    fn a_token_that_names_a_kind_speaks_of_that_kind_only() {
        for kind in [Kind::Authorization, Kind::Void, Kind::Refund, Kind::Credit] {
            assert_eq!(
                behaviour("tok_capture_declined", kind),
                Some(Behaviour::Approve)
            );
        }
        assert_eq!(
            behaviour("tok_capture_declined", Kind::Capture),
            Some(Behaviour::Decline)
        );
        assert_eq!(
            behaviour("tok_refund_timeout_then_succeed", Kind::Refund),
            Some(Behaviour::TimeoutThenSucceed)
        );
    }

    #[test]
    fn what_it_does_not_know_it_says_so() {
        for token in ["", "tok_", "tok_nonsense", "tok_capture_nonsense", "4242"] {
            assert_eq!(behaviour(token, Kind::Authorization), None, "{token}");
        }
    }
}
