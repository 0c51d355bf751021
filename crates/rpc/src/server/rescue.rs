//! Turns whatever went wrong below into a status with an ErrorInfo, and logs it, once. Inside of span
//! and metrics, which see the finished answer; outside of all that can fail.

use std::borrow::Cow;
use std::convert::Infallible;

use http::Response;
use stoa_errors::{Error, Kind, reason};
use tonic::body::Body;

use super::{Handle, Inbound};
use crate::gate::Gate;
use crate::status;

pub(crate) struct Rescue<H> {
    gate: Gate,
    inner: H,
}

impl<H> Rescue<H> {
    pub(crate) fn new(gate: Gate, inner: H) -> Self {
        Self { gate, inner }
    }
}

impl<H: Handle<Error = Error>> Handle for Rescue<H> {
    type Error = Infallible;

    async fn handle(&self, call: &mut Inbound) -> Result<Response<Body>, Infallible> {
        let response = match self.inner.handle(call).await {
            Ok(response) => response,
            Err(error) => {
                status::log(&error);
                return Ok(status::response(error));
            }
        };
        let Some(failure) = status::failure_in(&response) else {
            return Ok(response);
        };
        if status::is_explained(&response) {
            status::log(&failure);
            return Ok(response);
        }
        let ours = self.gate.table().method(call.row).is_some();
        let explained = explain(failure, ours);
        status::log(&explained);
        Ok(status::response(explained))
    }
}

/// A refusal that is not ours has no ErrorInfo: tonic makes it, before our code is reached. For an RPC
/// of the contract (`ours`) its INTERNAL means that the message could not be read, which is the caller's
/// mistake, and UNIMPLEMENTED that the message is packed in a way that is not spoken here.
fn explain(failure: Error, ours: bool) -> Error {
    let text = failure.message.clone();
    let (kind, reason, fallback) = match failure.kind {
        Kind::Unimplemented => (
            Kind::Unimplemented,
            reason::METHOD_NOT_FOUND,
            "there is no such RPC here",
        ),
        Kind::OutOfRange if ours => (
            Kind::OutOfRange,
            reason::MESSAGE_TOO_LARGE,
            "the message is larger than 4 MB",
        ),
        Kind::Internal | Kind::InvalidArgument if ours => (
            Kind::InvalidArgument,
            reason::MALFORMED,
            "the message cannot be read",
        ),
        _ => return failure,
    };
    let message = if text.is_empty() {
        Cow::Borrowed(fallback)
    } else {
        text
    };
    Error::new(kind, reason, message)
}
