//! Payment as a black box: through the generated clients, against the real sandbox provider over
//! its socket, on real files.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod audit;
mod crash;
mod credit;
mod harness;
mod late;
mod money;
mod reading;
mod refusals;
mod replay;
mod undo;
mod unknown;
