//! What a service does to call another: a request that carries its context, and the error of an answer.

use stoa_errors::Error;
use stoa_types::{Ctx, Timestamp};
use tonic::{Request, Status};
use uuid::Uuid;

use crate::status;

/// What a call hands on of the context it is made in: an extension of the request, which a
/// [`crate::Peer`] takes off and turns into what its transport needs.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) deadline: Timestamp,
    pub(crate) acting_for: String,
    pub(crate) request_id: String,
    pub(crate) traceparent: Option<String>,
    pub(crate) correlation_id: Uuid,
    pub(crate) causation_id: Option<Uuid>,
}

/// A request that inherits from `ctx` its deadline, trace, call id, story, and on whose behalf it is made.
/// To be sent through a [`crate::Peer`]; any other transport sends the message alone.
#[must_use]
pub fn request<T>(ctx: &Ctx, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(Outgoing {
        deadline: ctx.deadline,
        acting_for: ctx.actor(),
        request_id: ctx.request_id.clone(),
        traceparent: ctx.traceparent.clone(),
        correlation_id: ctx.correlation_id,
        causation_id: ctx.causation_id,
    });
    request
}

/// What an answer says went wrong: kind, reason, public text, violations, metadata and retry hint. What
/// another service says is not yet what this one's caller should read: the peers/ files of a service
/// decide that.
#[must_use]
pub fn error(status: Status) -> Error {
    status::to_error(&status)
}
