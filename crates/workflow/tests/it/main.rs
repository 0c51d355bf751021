//! Durable work on a real database.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod adoption;
mod bench;
mod fences;
mod instances;
mod operators;
mod plans;
mod scheduling;
