//! The store, black box, on real SQLite files.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod audit;
mod background;
mod group_commit;
mod keys;
mod limits;
mod metrics;
mod opening;
mod support;
