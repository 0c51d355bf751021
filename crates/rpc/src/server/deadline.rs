//! Ends the call when the caller's time is over, with DEADLINE_EXCEEDED. Outside of all that may wait
//! (room, a lock, another service), inside of what must see the end: rescue, metrics, span.

use std::time::Duration;

use http::Response;
use stoa_errors::{Error, Kind, reason};
use tonic::body::Body;

use super::{Handle, Inbound};
use crate::gate::Gate;
use crate::timeout;

/// How much earlier than the caller's time is over the answer leaves, at most: it must arrive before his
/// own timer fires, and before tonic's, which reads the same header and answers CANCELLED.
const HEAD_START: Duration = Duration::from_millis(5);

/// The limits of what is not of the contract: health and reflection.
const DEFAULT: Duration = Duration::from_secs(1);
const MAX: Duration = Duration::from_secs(10);

pub(crate) struct Deadline<H> {
    gate: Gate,
    inner: H,
}

impl<H> Deadline<H> {
    pub(crate) fn new(gate: Gate, inner: H) -> Self {
        Self { gate, inner }
    }

    /// How long the call may take: what the caller says, at most the method's maximum, and the method's
    /// default when he says nothing.
    fn limit(&self, call: &Inbound) -> Result<Duration, Error> {
        let method = self.gate.table().method(call.row);
        let (default, max) =
            method.map_or((DEFAULT, MAX), |it| (it.deadline_default, it.deadline_max));
        let wanted = match call.until {
            Some(until) => until.since(self.gate.clock().now()),
            None => timeout::read(call.request.headers())?.unwrap_or(default),
        };
        Ok(wanted.min(max))
    }
}

impl<H: Handle<Error = Error>> Handle for Deadline<H> {
    type Error = Error;

    async fn handle(&self, call: &mut Inbound) -> Result<Response<Body>, Error> {
        let limit = self.limit(call)?;
        if limit.is_zero() {
            return Err(exceeded());
        }
        call.facts.deadline = self.gate.clock().now().plus(limit);
        let until = limit - HEAD_START.min(limit / 10);
        tokio::time::timeout(until, self.inner.handle(call))
            .await
            .unwrap_or_else(|_| Err(exceeded()))
    }
}

/// The caller's time is over. What was begun may still take effect: the same call with the same
/// idempotency key finds it. No RetryInfo: it would have the channel repeat at once what is slow.
pub(crate) fn exceeded() -> Error {
    Error::new(
        Kind::DeadlineExceeded,
        reason::DEADLINE_EXCEEDED,
        "the time was over before there was an answer",
    )
}
