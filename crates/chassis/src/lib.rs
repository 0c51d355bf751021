//! From settings to a process that serves, and back to one that has ended in order.
//!
//! A service is a [`Module`]; a process is a [`Suite`] of one or several, which call each other without a socket. What a
//! module is handed stands in [`Deps`], what it gives back in [`Mounted`].
//!
//! | file | question it answers |
//! |---|---|
//! | `module`, `peers`, `tasks` | what is a service to the chassis, whom may it call, who starts its tasks |
//! | `settings`, `folder` | where does the process listen, where does it keep what |
//! | `suite`, `compose`, `begin` | in which order does a process come up |
//! | `listen`, `workers`, `serve` | who accepts a connection, which thread serves it, how does it end |
//! | `service`, `network` | how does one service run alone, and reach those it calls |
//! | `running`, `main_loop`, `signals` | how does a process end in order, what is its exit status |
//! | `restored` | what may go on when a database came back from a backup |
//! | `ops`, `reflection`, `admin` | what does every process offer its operators |

mod admin;
mod begin;
mod compose;
mod databases;
mod folder;
mod listen;
mod main_loop;
mod module;
mod network;
mod ops;
mod peers;
mod projections;
mod reflection;
mod restored;
mod running;
mod seal;
mod serve;
mod service;
mod settings;
mod signals;
mod suite;
mod tasks;
mod workers;

pub use compose::ComposeError;
pub use databases::{DATABASES, DatabaseSettings, DatabasesError};
pub use folder::{
    ADDRESSES, Addresses, OPERATOR_TOKEN, UNFINISHED_RESTORE, operator_token_path,
    unfinished_restore,
};
pub use listen::BindError;
pub use module::{Audit, Deps, Module, Mounted, NothingToAudit, Task};
pub use network::{PEERS_SECRET, PeersSettings};
pub use peers::{Peers, Undeclared};
pub use running::Running;
pub use seal::seal;
pub use service::main;
pub use settings::{ServerSettings, TelemetrySettings, WorkflowSettings};
pub use stoa_telemetry::process::count_allocations;
pub use suite::{Launch, StartError, Suite};
pub use tasks::Tasks;
