//! The store, black box, on real SQLite files.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod group_commit;
mod support;
