//! Log, relay, bus, inbox and letters together, on real databases.
#![expect(clippy::unwrap_used, reason = "tests")]

mod appending;
mod asleep;
#[cfg(feature = "crash-points")]
mod crash_points;
mod leases;
mod letters;
mod modes;
mod rebuilding;
mod relaying;
mod support;
mod tracing_through;
