//! From settings to a process that serves, and back to one that has ended in order.

mod module;
mod peers;
mod tasks;

pub use module::{Audit, Deps, Module, Mounted, NothingToAudit, Task};
pub use peers::{Peers, Undeclared};
pub use tasks::Tasks;
