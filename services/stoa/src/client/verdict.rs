//! Whether a failure is an answer, or worth another try.
//!
//! Every refusal of the suite carries details (`google.rpc.ErrorInfo`); a status without them was made on the way, and says
//! nothing about whether the call was carried out. Repeating is safe: a read changes nothing, and a write has its key.

use std::time::Duration;

use stoa_errors::{Error, Kind, reason};
use tonic::{Code, Status};

/// What to make of a failed call.
#[derive(Debug)]
pub(super) enum Verdict {
    /// An answer; asking again changes nothing.
    Refused(Error),
    /// An answer that invites to ask again, after this pause.
    Again(Error, Duration),
    /// An answer that it was not done in the time that the call had.
    Late(Error),
    /// No answer came in the time that the call had.
    Hung,
    /// Nobody answered.
    Silence,
}

pub(super) fn of(status: Status) -> Verdict {
    let explained = !status.details().is_empty();
    let code = status.code();
    let error = stoa_rpc::client::error(status);
    if !explained {
        return match code {
            Code::Cancelled | Code::DeadlineExceeded => Verdict::Hung,
            Code::Unavailable | Code::Unknown | Code::Internal => Verdict::Silence,
            _ => Verdict::Refused(error),
        };
    }
    if error.reason == reason::RESTORED_UNCHECKED {
        // It passes by the operator's own hand, who is told what to do.
        return Verdict::Refused(error);
    }
    match (error.kind, error.retry_after) {
        (_, Some(pause)) => Verdict::Again(error, pause),
        (Kind::DeadlineExceeded, None) => Verdict::Late(error),
        (_, None) => Verdict::Refused(error),
    }
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::disallowed_methods,
        reason = "statuses as they come from the network"
    )]

    use super::*;

    #[test]
    fn what_was_made_on_the_way_is_no_answer() {
        for code in [Code::Unavailable, Code::Unknown, Code::Internal] {
            let verdict = of(Status::new(code, "transport error"));
            assert!(matches!(verdict, Verdict::Silence), "{verdict:?}");
        }
        let verdict = of(Status::new(Code::Cancelled, "Timeout expired"));
        assert!(matches!(verdict, Verdict::Hung), "{verdict:?}");
    }

    #[test]
    fn another_server_at_that_address_is_an_answer() {
        let verdict = of(Status::new(Code::Unimplemented, "unknown service"));
        assert!(matches!(verdict, Verdict::Refused(_)), "{verdict:?}");
    }
}
