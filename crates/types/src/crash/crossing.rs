//! The way through a boundary. What goes wrong happens further down, where a call leaves or a commit is asked for: whoever
//! sends or commits asks [`fault`], and is told only on the way through the boundary that the plan names.
//!
//! A task is one thread at a time, and only while it is polled: so the fault is on the thread during each poll of the
//! boundary's own future, and nobody else, on this thread or another, finds it.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;

use super::gate::pass;
use super::plan::{EXIT_STATUS, Side, happened, is_due, postpone};

/// What goes wrong with what is behind a boundary, while the process lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is done, and the answer is lost.
    Lost,
    /// It is done twice.
    Twice,
}

thread_local! {
    /// The fault of the innermost boundary that is being crossed in this poll.
    static ARMED: Cell<Option<Fault>> = const { Cell::new(None) };
}

/// What goes wrong with the call or the commit that is about to be made: told once, to the first that asks on the way
/// through the boundary that the plan names.
#[must_use]
pub fn fault() -> Option<Fault> {
    let fault = ARMED.take();
    if fault.is_some() {
        happened();
    }
    fault
}

/// Dies when it is planned for this side of this boundary.
fn reached(name: &str, side: Side) {
    if is_due(name, |planned| planned == side).is_some() {
        happened();
        std::process::exit(EXIT_STATUS);
    }
}

/// Carries `work` through the boundary `name`.
pub async fn cross<W: Future>(name: &'static str, work: W) -> W::Output {
    reached(name, Side::Before);
    pass(name, "before").await;
    let mut armed = match is_due(name, |planned| matches!(planned, Side::With(_))) {
        Some(Side::With(fault)) => Some(fault),
        _ => None,
    };
    let was_armed = armed.is_some();
    let mut work = pin!(work);
    let outcome = poll_fn(|cx| {
        let outer = ARMED.replace(armed);
        let polled = work.as_mut().poll(cx);
        armed = ARMED.replace(outer);
        polled
    })
    .await;
    if was_armed && armed.is_some() {
        // Nothing was sent or committed this time.
        postpone();
    }
    reached(name, Side::After);
    pass(name, "after").await;
    outcome
}
