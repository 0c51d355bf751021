//! `stoa doctor` on a shop in which everything has happened: a clean one, and one in which exactly one thing is broken.
//!
//! A suite fills a folder and ends; each break edits a copy of its files behind everybody's back. The suite then starts on
//! them, and the built `stoa doctor` is asked from outside.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod breaks;
mod clean;
mod closing;
mod day;
mod load;
mod shop;
mod tamper;
mod visits;
mod watch;
