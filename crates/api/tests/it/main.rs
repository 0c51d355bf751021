//! The contract held against its own conventions, the generators against contracts that must not build, and the generated checks
//! against protovalidate's own engine.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[expect(dead_code, reason = "the build script uses what the tests do not")]
#[path = "../../build/mod.rs"]
mod build;

mod bounds;
mod calls;
mod contract;
mod conventions;
mod convert;
mod expected;
mod field_rules;
mod masks;
mod refusals;
mod rules;
mod samples;
