//! Payment as a black box: through the generated clients, against the real sandbox provider over
//! its socket, on real files.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod action;
mod audit;
mod calls;
mod crash;
#[cfg(feature = "crash-points")]
mod crash_points;
mod credit;
mod harness;
mod late;
mod metrics;
mod money;
mod pace;
mod plans;
mod reading;
mod refusals;
mod replay;
mod reports;
mod resolve;
mod sale;
mod storm;
mod two;
mod undo;
mod unknown;
mod webhooks;
