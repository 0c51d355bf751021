//! Durable work on a real SQLite file.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod adoption;
mod bench;
mod fences;
mod operators;
mod scheduling;
