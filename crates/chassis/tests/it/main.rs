//! A process of two small modules on real sockets and files: how it comes up, what it offers, how it ends.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod composing;
mod ending;
mod modules;
mod operators;
mod process;
mod serving;
mod up;
