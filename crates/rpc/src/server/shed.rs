//! Refuses work when there is too much of it, the less important first. Before anything is spent on the
//! call, credentials and decoding included; inside of the deadline, though nothing waits here.
//!
//! `Low` priority may fill half of the room, `Normal` nine tenths, `Critical` all: what finishes begun
//! work (a capture, a release) still finds room when browsing does not.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::Response;
use stoa_api::Priority;
use stoa_errors::{Error, Kind, reason};
use tonic::body::Body;

use super::{Handle, Inbound};
use crate::gate::Gate;

/// When to come back.
const RETRY_AFTER: Duration = Duration::from_millis(250);

pub(crate) struct Shed<H> {
    gate: Gate,
    room: usize,
    taken: AtomicUsize,
    inner: H,
}

impl<H> Shed<H> {
    pub(crate) fn new(gate: Gate, room: usize, inner: H) -> Self {
        Self {
            gate,
            room,
            taken: AtomicUsize::new(0),
            inner,
        }
    }

    /// Takes a place, if the priority still has one.
    fn enter(&self, priority: Priority) -> Option<Place<'_>> {
        let room = match priority {
            Priority::Critical => self.room,
            Priority::Normal => self.room - self.room / 10,
            Priority::Low => self.room / 2,
        };
        let place = Place(&self.taken);
        let before = self.taken.fetch_add(1, Ordering::Relaxed);
        (before < room).then_some(place)
    }
}

/// A place taken; given back however the call ends.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<H: Handle<Error = Error>> Handle for Shed<H> {
    type Error = Error;

    async fn handle(&self, call: &mut Inbound) -> Result<Response<Body>, Error> {
        let method = self.gate.table().method(call.row);
        // Health is asked when things go badly; it must not be what is refused.
        let priority = method.map_or(Priority::Critical, |it| it.priority);
        let Some(_place) = self.enter(priority) else {
            return Err(overloaded());
        };
        self.inner.handle(call).await
    }
}

fn overloaded() -> Error {
    Error::new(
        Kind::ResourceExhausted,
        reason::OVERLOADED,
        "too much work is waiting here",
    )
    .retry(RETRY_AFTER)
}
