//! The edge from outside: HTTP requests against routes that echo, and against the real contract.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod anything;
mod conditions;
mod contract;
mod document;
mod refusals;
mod streams;
mod support;
mod values;
mod web;
