//! The use cases of payment.
//!
//! | file | answers |
//! |---|---|
//! | `command`, `batch`, `write` | what may be done to the books, how a batch of it is decided, how it is written |
//! | `operate` | how an operation is reserved, sent and recorded, and what a caller is told meanwhile |
//! | `boundaries` | the names of the durable boundaries |
//! | `reconcile` | the durable work that brings one operation to its end |
//! | `resolve` | what staff know of an operation of which the provider tells nothing |
//! | `sweep` | the durable work that reads the provider's own list |
//! | `audit`, `invariants`, `closing` | what the doctor is told, and what he need not be told again |

pub(crate) mod audit;
pub(crate) mod batch;
pub(crate) mod boundaries;
pub(crate) mod closing;
pub(crate) mod command;
pub(crate) mod inflight;
mod invariants;
pub(crate) mod metrics;
pub(crate) mod operate;
pub(crate) mod reconcile;
pub(crate) mod resolve;
pub(crate) mod sweep;
pub(crate) mod write;
