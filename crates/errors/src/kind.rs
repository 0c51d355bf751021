//! Classes of failure, those of gRPC without the two that say nothing (OK, UNKNOWN).

use std::fmt;

use serde::{Deserialize, Serialize};

/// What class of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// The request breaks a rule of the contract, whatever the state.
    InvalidArgument,
    /// The thing named does not exist, or not for this caller.
    NotFound,
    /// What was to be made exists, or the key was used for something else.
    AlreadyExists,
    /// The caller is known and may not.
    PermissionDenied,
    /// The caller must say who he is.
    Unauthenticated,
    /// The state forbids it; the same call may succeed only after somebody changes that state.
    FailedPrecondition,
    /// Somebody else was faster (an etag, a version); read again and decide anew.
    Aborted,
    /// Too much is waiting, or a quota is used up.
    ResourceExhausted,
    /// Somebody needed is not there; nothing happened, or nobody knows.
    Unavailable,
    /// The caller's time is over.
    DeadlineExceeded,
    /// The caller went away.
    Cancelled,
    /// No such method here.
    Unimplemented,
    /// Beyond what can be represented.
    OutOfRange,
    /// A mistake of ours.
    Internal,
    /// What was stored cannot be read.
    DataLoss,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::InvalidArgument,
        Self::NotFound,
        Self::AlreadyExists,
        Self::PermissionDenied,
        Self::Unauthenticated,
        Self::FailedPrecondition,
        Self::Aborted,
        Self::ResourceExhausted,
        Self::Unavailable,
        Self::DeadlineExceeded,
        Self::Cancelled,
        Self::Unimplemented,
        Self::OutOfRange,
        Self::Internal,
        Self::DataLoss,
    ];

    /// The name of the gRPC code, `FAILED_PRECONDITION`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidArgument => "INVALID_ARGUMENT",
            Self::NotFound => "NOT_FOUND",
            Self::AlreadyExists => "ALREADY_EXISTS",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::FailedPrecondition => "FAILED_PRECONDITION",
            Self::Aborted => "ABORTED",
            Self::ResourceExhausted => "RESOURCE_EXHAUSTED",
            Self::Unavailable => "UNAVAILABLE",
            Self::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Self::Cancelled => "CANCELLED",
            Self::Unimplemented => "UNIMPLEMENTED",
            Self::OutOfRange => "OUT_OF_RANGE",
            Self::Internal => "INTERNAL",
            Self::DataLoss => "DATA_LOSS",
        }
    }

    /// Whether a refusal of this kind was decided by execution, so that it is recorded under the
    /// idempotency key and replayed like a success. Every other kind left nothing behind and leaves the
    /// key free for another try.
    #[must_use]
    pub const fn is_recorded(self) -> bool {
        matches!(
            self,
            Self::FailedPrecondition | Self::AlreadyExists | Self::NotFound | Self::OutOfRange
        )
    }

    /// Whether it is our failure and not the caller's: what an operator wants to hear about.
    #[must_use]
    pub const fn is_ours(self) -> bool {
        matches!(self, Self::Internal | Self::DataLoss | Self::Unavailable)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
