//! The `stoa` command: the suite in one process, and the tools of its operator.
//!
//! | module | question it answers |
//! |---|---|
//! | [`cli`] | what can be asked on the command line? |
//! | `suite`, `up` | which services make the suite, how is it started, who keeps the sandbox alive? |
//! | `sandbox` | the payment provider's stand-in as a command |
//! | [`client`] | how does a tool find a suite, call it across its restart, and say what it found? |
//! | [`replay`], `doctor`, `backup`, `restore`, `workflow`, `events`, `order`, `payment`, `audit`, `seed`, `top` | one tool each |
//! | [`status`] | with which status does a command exit? |
//!
//! A new tool is a module of its own with a `clap::Args` type whose `run` gives `Result<u8, Failure>`, and a variant in `cli`.

mod audit;
mod backup;
mod chaos;
pub mod cli;
pub mod client;
mod doctor;
mod events;
mod order;
mod payment;
pub mod replay;
mod restore;
mod sandbox;
mod seed;
pub mod status;
mod suite;
mod top;
mod up;
mod workflow;

pub use suite::suite;
