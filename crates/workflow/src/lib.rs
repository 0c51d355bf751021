//! Durable work: one table, one runner.
//!
//! A workflow is a row: its kind, its subject (the order it works for), the step it stands at, and when it is due. A service
//! inserts it in the transaction that accepts the work ([`insert`]), moves it in the transactions that its steps write
//! ([`advance`], [`finish`]), and hands the [`Runner`] a [`Kind`] that knows what a step does. Work never runs in a handler's
//! future: the handler inserts, [kicks](Runner::kick) after the commit and waits.
//!
//! **Who owns a row.** The runner that inserted it, without a claim write. Each row carries a `fence`; whoever adopts the work
//! of a dead runner raises it in the same UPDATE, and every later write says which fence it holds. A stalled runner that comes
//! back writes nothing: its `finish` and `advance` answer `false`.
//!
//! **What a crash loses.** Nothing that was committed: a row says where its work stands, and steps are idempotent, so the
//! next runner runs the step again. Steps have stable names; one is added or moved only in a new definition version
//! ([`Kind::version`]).
//!
//! | module | answers |
//! |---|---|
//! | `model` | what a workflow is, what a kind answers |
//! | `change` | how a service's transaction inserts, advances, finishes, wakes |
//! | `runner`, `engine`, `run` | when work runs, how one run ends |
//! | `lease` | which runner lives, and who takes over |
//! | `settle` | how what a run decided (park, back off, stuck) is written, many in one transaction |
//! | `operator` | list, show, retry |
//! | `metrics` | age, counts, adopted work |

mod backoff;
mod change;
mod engine;
mod lease;
mod metrics;
mod migration;
mod model;
mod operator;
mod run;
mod runner;
mod settle;

pub use change::{Advance, Finish, NewWorkflow, advance, finish, insert, prune, wake};
pub use migration::MIGRATIONS;
pub use model::{Info, Kind, Next, Status, Work};
pub use operator::{Filter, Retry, list, show};
pub use runner::{Limits, Runner};

/// The runner as a service sees it before and after it is started.
pub type RunnerHandle = Runner;
