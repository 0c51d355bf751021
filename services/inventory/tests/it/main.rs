//! Inventory as its callers see it: through the generated clients, on a real file, over a real socket.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test may end with a panic, and owns its tasks and its clock"
)]

mod audit;
mod batches;
mod buyers;
#[cfg(feature = "crash-points")]
mod crash_points;
mod events;
mod expiry;
mod harness;
mod holds;
mod locations;
mod plans;
mod reads;
mod refusals;
mod replays;
mod stock;
mod undo;
