//! Reasons that any RPC can answer: given by the layers of `stoa-rpc`, the store and the shortcuts of
//! [`crate::Error`]. They are those of `stoa.ops.v1.ErrorReason`, where each is explained to callers (a
//! test in `stoa-rpc` compares the two); the reasons of one service are the `ErrorReason` of its package.

/// INVALID_ARGUMENT: the request breaks a rule of the contract; the violations say which.
pub const INVALID_ARGUMENT: &str = "INVALID_ARGUMENT";
/// INVALID_ARGUMENT: a mutation came without an idempotency key.
pub const IDEMPOTENCY_KEY_REQUIRED: &str = "IDEMPOTENCY_KEY_REQUIRED";
/// INVALID_ARGUMENT: two different idempotency keys came with one request.
pub const IDEMPOTENCY_KEY_CONFLICT: &str = "IDEMPOTENCY_KEY_CONFLICT";
/// ALREADY_EXISTS: the key was used before for another request.
pub const IDEMPOTENCY_KEY_REUSED: &str = "IDEMPOTENCY_KEY_REUSED";
/// UNAUTHENTICATED: the caller must present credentials, or those presented are not known.
pub const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
/// PERMISSION_DENIED: the caller is known and may not.
pub const PERMISSION_DENIED: &str = "PERMISSION_DENIED";
/// INVALID_ARGUMENT: the guest secret is too short, too long or has other characters.
pub const GUEST_SECRET_MALFORMED: &str = "GUEST_SECRET_MALFORMED";
/// INVALID_ARGUMENT: a token and a guest secret came with one request.
pub const CREDENTIALS_AMBIGUOUS: &str = "CREDENTIALS_AMBIGUOUS";
/// DEADLINE_EXCEEDED: the caller's time is over.
pub const DEADLINE_EXCEEDED: &str = "DEADLINE_EXCEEDED";
/// RESOURCE_EXHAUSTED: too much is waiting here; try again after the hint.
pub const OVERLOADED: &str = "OVERLOADED";
/// UNAVAILABLE: a service could not be reached or is stopping.
pub const UNAVAILABLE: &str = "UNAVAILABLE";
/// UNAVAILABLE: a database came back from a backup and was not checked yet.
pub const RESTORED_UNCHECKED: &str = "RESTORED_UNCHECKED";
/// INTERNAL: a mistake of ours; the log says more under the request id.
pub const INTERNAL: &str = "INTERNAL";
/// UNIMPLEMENTED, NOT_FOUND: no such RPC or path here.
pub const METHOD_NOT_FOUND: &str = "METHOD_NOT_FOUND";
/// INVALID_ARGUMENT: the page token belongs to another list or other arguments.
pub const PAGE_TOKEN_INVALID: &str = "PAGE_TOKEN_INVALID";
/// INVALID_ARGUMENT: the message cannot be read at all.
pub const MALFORMED: &str = "MALFORMED";
/// OUT_OF_RANGE: the message is larger than what is accepted.
pub const MESSAGE_TOO_LARGE: &str = "MESSAGE_TOO_LARGE";
/// INVALID_ARGUMENT: the read mask names a field that does not exist.
pub const READ_MASK_INVALID: &str = "READ_MASK_INVALID";
/// RESOURCE_EXHAUSTED: the disk is full; nothing was written.
pub const STORAGE_FULL: &str = "STORAGE_FULL";

/// All of them.
pub const ALL: [&str; 18] = [
    INVALID_ARGUMENT,
    IDEMPOTENCY_KEY_REQUIRED,
    IDEMPOTENCY_KEY_CONFLICT,
    IDEMPOTENCY_KEY_REUSED,
    UNAUTHENTICATED,
    PERMISSION_DENIED,
    GUEST_SECRET_MALFORMED,
    CREDENTIALS_AMBIGUOUS,
    DEADLINE_EXCEEDED,
    OVERLOADED,
    UNAVAILABLE,
    INTERNAL,
    METHOD_NOT_FOUND,
    PAGE_TOKEN_INVALID,
    MALFORMED,
    MESSAGE_TOO_LARGE,
    READ_MASK_INVALID,
    STORAGE_FULL,
];
