//! What happens to a call between its decoded message and its use case: the idempotency key is taken, the
//! rules of the contract are checked, the context is made.

use stoa_api::{CONTRACT, Call, Method};
use stoa_errors::{Error, Kind, reason};
use stoa_types::{Ctx, Principal, RequestKey, Timestamp};
use tonic::metadata::MetadataMap;
use uuid::Uuid;

use crate::authorise::authorise;

/// The metadata in which a client may give the idempotency key instead of the field `request_id`.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The field of the key.
const REQUEST_ID: &str = "request_id";

/// The longest key in characters.
const KEY_LEN: usize = 128;

/// What the layers have found out about a call: an extension of the request that only they can make, and
/// without which nothing is admitted.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) principal: Principal,
    pub(crate) acting_for: Option<String>,
    pub(crate) deadline: Timestamp,
    pub(crate) request_id: String,
    pub(crate) traceparent: Option<String>,
    pub(crate) correlation_id: Uuid,
    pub(crate) causation_id: Option<Uuid>,
}

impl Facts {
    pub(crate) fn new(correlation_id: Uuid) -> Self {
        Self {
            principal: Principal::Nobody,
            acting_for: None,
            deadline: Timestamp::MIN,
            request_id: String::new(),
            traceparent: None,
            correlation_id,
            causation_id: None,
        }
    }
}

impl Default for Facts {
    fn default() -> Self {
        Self::new(Uuid::nil())
    }
}

/// Admits a call, or says why not: audience, then key, then rules. The key comes before the rules, so that
/// a mutation without one hears of that and not of a rule of the field `request_id`.
pub(crate) fn admit<Q: Call>(request: tonic::Request<Q>) -> Result<(Ctx, Q), Error> {
    let (metadata, mut extensions, mut message) = request.into_parts();
    let facts = extensions.remove::<Facts>().ok_or_else(|| {
        Error::internal("the routes are mounted without a stack: nobody has been authenticated")
    })?;
    authorise(Q::METHOD, &facts.principal)?;
    if Q::METHOD.keyed {
        take_key(&metadata, &mut message)?;
    }
    message.validate().map_err(invalid)?;
    let key = key_of(Q::METHOD, &facts.principal, &message);
    let reason = match facts.principal {
        Principal::Staff { .. } => message.reason().map(str::to_owned),
        Principal::Nobody | Principal::Guest { .. } | Principal::Service { .. } => None,
    };
    let ctx = Ctx {
        deadline: facts.deadline,
        principal: facts.principal,
        acting_for: facts.acting_for,
        reason,
        channel: None,
        request_id: facts.request_id,
        key,
        traceparent: facts.traceparent,
        correlation_id: facts.correlation_id,
        causation_id: facts.causation_id,
        method: Q::METHOD.path,
    };
    Ok((ctx, message))
}

/// Sees to it that the message carries the key: from the field, or else from the metadata.
fn take_key<Q: Call>(metadata: &MetadataMap, message: &mut Q) -> Result<(), Error> {
    let given = match metadata.get(IDEMPOTENCY_KEY) {
        Some(value) => Some(value.to_str().map_err(|_| bad_length())?),
        None => None,
    };
    let field = message.request_id().filter(|id| !id.is_empty());
    match (given, field) {
        (None, None) => return Err(required()),
        (Some(given), Some(field)) if given != field => return Err(conflict()),
        (Some(given), None) => message.set_request_id(given.to_owned()),
        (_, Some(_)) => {}
    }
    let length = message.request_id().map_or(0, |id| id.chars().count());
    if (1..=KEY_LEN).contains(&length) {
        return Ok(());
    }
    Err(bad_length())
}

fn key_of<Q: Call>(
    method: &'static Method,
    principal: &Principal,
    message: &Q,
) -> Option<RequestKey> {
    if !method.keyed {
        return None;
    }
    message.request_id().map(|id| RequestKey {
        scope: principal.scope(),
        method: method.path,
        id: id.to_owned(),
        fingerprint: message.fingerprint(),
        contract: CONTRACT,
    })
}

fn required() -> Error {
    Error::new(
        Kind::InvalidArgument,
        reason::IDEMPOTENCY_KEY_REQUIRED,
        "this changes something: give a request_id (or the metadata idempotency-key) and keep it for retries",
    )
    .field(
        REQUEST_ID,
        reason::IDEMPOTENCY_KEY_REQUIRED,
        "must be set, 1 to 128 characters",
    )
}

fn conflict() -> Error {
    Error::new(
        Kind::InvalidArgument,
        reason::IDEMPOTENCY_KEY_CONFLICT,
        "request_id and idempotency-key differ: give one of them",
    )
    .field(
        REQUEST_ID,
        reason::IDEMPOTENCY_KEY_CONFLICT,
        "must equal the metadata idempotency-key",
    )
}

fn bad_length() -> Error {
    Error::invalid(REQUEST_ID, "string.max_len", "must be 1 to 128 characters")
}

/// One error of all broken rules; the text names the first. A bad read mask, when nothing else is wrong,
/// has a reason of its own.
fn invalid(violations: Vec<stoa_errors::FieldViolation>) -> Error {
    let message = match violations.split_first() {
        None => "the request breaks a rule of the contract".to_owned(),
        Some((first, [])) => format!("{}: {}", first.field, first.description),
        Some((first, more)) => format!(
            "{}: {} (and {} more)",
            first.field,
            first.description,
            more.len()
        ),
    };
    let reason = match violations.as_slice() {
        [only] if only.reason == reason::READ_MASK_INVALID => reason::READ_MASK_INVALID,
        _ => reason::INVALID_ARGUMENT,
    };
    let mut error = Error::new(Kind::InvalidArgument, reason, message);
    error.violations = violations;
    error
}
