//! The store, black box, on real SQLite files and a real Postgres.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod audit;
mod background;
mod backup;
mod each;
mod group_commit;
mod keys;
mod limits;
mod metrics;
mod postgres_opening;
mod sqlite_opening;
mod support;
