//! One database per service: a reader, a writer, and what every durable write needs.
//!
//! | module | answers |
//! |---|---|
//! | [`Db`] | how is a database opened, read, written in the background, closed |
//! | `commit` | how do the calls that wait at this moment become one transaction (group commit) |
//! | [`idempotency`] | what was answered to this request id before |
//! | [`audit`] | who of the staff did what, and why |
//! | [`backup`] | how are databases copied at one moment while they are written, and put back |
//! | `migrate` | which schema stands in this file, and may this binary serve it |
//! | [`Tx`], [`Row`], [`Sql`] | how does a set-based statement take its rows and give its rows |
//! | [`PageToken`], [`Etag`] | opaque positions of lists, conditional writes |
//! | `engine` | the only Rust code that knows which engine it talks to |
//!
//! What does not belong here: any table of a service, any word of a transport.

pub mod audit;
pub mod backup;
mod checkpoint;
mod commit;
mod config;
mod db;
mod engine;
mod error;
mod etag;
pub mod idempotency;
mod incarnation;
mod lock;
mod metrics;
mod migrate;
mod page;
mod row;
mod signal;
mod sql;
mod tx;

pub use commit::{Apply, Committed, Member, Outcome, Queue};
pub use config::{DatabaseUrl, DbConfig, Durability, Limits, Options, Place};
pub use db::Db;
pub use engine::provision;
pub use engine::{Engine, EngineError};
pub use error::StoreError;
pub use etag::Etag;
pub use incarnation::{AcknowledgeRestore, PeerSeen, Restored};
pub use lock::FolderLock;
pub use migrate::Migration;
pub use page::{PageSize, PageToken};
pub use row::{Column, Row};
pub use signal::Signal;
pub use sql::Sql;
pub use tx::{Snapshot, Tx};

/// Kept beside [`Apply`] and [`Db::write`], whose signatures need it.
pub use futures::future::BoxFuture;
/// The ORM of the cold paths, so that a service names one version of it.
pub use sea_orm;
