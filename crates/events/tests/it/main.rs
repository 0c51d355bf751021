//! Log, relay, bus, inbox and letters together, on real SQLite files.
#![expect(clippy::unwrap_used, reason = "tests")]

mod appending;
#[cfg(feature = "crash-points")]
mod crash_points;
mod letters;
mod modes;
mod relaying;
mod support;
mod tracing_through;
