//! Reasons that every service shares: given by the layers of `stoa-rpc`, the store and the shortcuts of
//! [`crate::Error`]. The reasons of one service are the `ErrorReason` enum of its package.

/// The request breaks a rule of the contract; the violations say which.
pub const INVALID_ARGUMENT: &str = "INVALID_ARGUMENT";
/// A mutation came without an idempotency key.
pub const IDEMPOTENCY_KEY_REQUIRED: &str = "IDEMPOTENCY_KEY_REQUIRED";
/// The key was used before for another request.
pub const IDEMPOTENCY_KEY_REUSED: &str = "IDEMPOTENCY_KEY_REUSED";
/// The caller must present credentials, or those presented are not known.
pub const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
/// The caller is known and may not.
pub const PERMISSION_DENIED: &str = "PERMISSION_DENIED";
/// The caller's time is over.
pub const DEADLINE_EXCEEDED: &str = "DEADLINE_EXCEEDED";
/// Too much is waiting here; try again after the hint.
pub const OVERLOADED: &str = "OVERLOADED";
/// The peer could not be reached.
pub const UNAVAILABLE: &str = "UNAVAILABLE";
/// The caller went away.
pub const CANCELLED: &str = "CANCELLED";
/// No such method here.
pub const UNIMPLEMENTED: &str = "UNIMPLEMENTED";
/// A mistake of ours; the log says more under the request id.
pub const INTERNAL: &str = "INTERNAL";
/// An amount is beyond what can be represented.
pub const AMOUNT_OUT_OF_RANGE: &str = "AMOUNT_OUT_OF_RANGE";
/// A message or one of its parts is larger than what is accepted.
pub const MESSAGE_TOO_LARGE: &str = "MESSAGE_TOO_LARGE";
