//! What can go wrong between this crate and a database, and what of it a repetition heals.

use std::path::PathBuf;
use std::time::Duration;

use sea_orm::DbErr;
use stoa_errors::{Error, Kind};

use crate::EngineError;

/// A failed operation of the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The folder, the lock file or the database file could not be made or opened.
    #[error("cannot open {path}")]
    Open {
        /// What was to be opened.
        path: PathBuf,
        /// Why it was not.
        #[source]
        source: std::io::Error,
    },
    /// Another process, or another opening in this one, holds the lock.
    #[error("{path} is locked by another process: is the suite already running?")]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The engine could not be reached.
    #[error("cannot connect to the database {name}")]
    Connect {
        /// The database's name.
        name: String,
        /// What the engine said.
        #[source]
        source: EngineError,
    },
    /// The engine reports less durability than promised answers rest on.
    #[error("the database {name} is not durable enough: {setting} is {found}, needed is {needed}")]
    Durability {
        /// The database's name.
        name: String,
        /// The engine's setting.
        setting: &'static str,
        /// What it reports.
        found: String,
        /// What is needed.
        needed: &'static str,
    },
    /// A role or a database that was to be made stands on the server already.
    #[error(
        "{0} stands on the server already, and this data folder has no password for it: use the folder that made it, or \
         another prefix (STOA_DATABASE__PREFIX)"
    )]
    Taken(String),
    /// A newer binary has migrated this database.
    #[error(
        "the database {name} has {component} at version {found}, this binary serves up to {known}: start the newer one"
    )]
    NewerSchema {
        /// The database's name.
        name: String,
        /// Whose migrations.
        component: String,
        /// The version that stands there.
        found: u32,
        /// The highest that this binary knows; 0 when it does not know the component at all.
        known: u32,
    },
    /// A migration that was applied reads differently now.
    #[error(
        "migration {component} {version} of the database {name} was changed after it was applied"
    )]
    Checksum {
        /// The database's name.
        name: String,
        /// Whose migration.
        component: &'static str,
        /// Its version.
        version: u32,
    },
    /// A migration takes something away that instances which are connected may use.
    #[error(
        "migration {component} {version} of the database {name} waits until no other instance is connected: stop the older ones first"
    )]
    Contracting {
        /// The database's name.
        name: String,
        /// Whose migration.
        component: &'static str,
        /// Its version.
        version: u32,
    },
    /// A migration takes something away and does not say so.
    #[error(
        "migration {component} {version} takes something away: its first line must be `-- contract`"
    )]
    Undeclared {
        /// Whose migration.
        component: &'static str,
        /// Its version.
        version: u32,
    },
    /// The list of migrations is not 1, 2, 3, .. for each component.
    #[error("migration {component} {version} is out of sequence")]
    Sequence {
        /// Whose migration.
        component: &'static str,
        /// The version found.
        version: u32,
    },
    /// A migration failed; nothing of it stands.
    #[error("migration {component} {version} ({title}) failed")]
    Migrate {
        /// Whose migration.
        component: &'static str,
        /// Its version.
        version: u32,
        /// Its name.
        title: &'static str,
        /// What the engine said.
        #[source]
        source: Box<StoreError>,
    },
    /// A transaction could not be begun.
    #[error("cannot begin a transaction")]
    Begin(#[source] EngineError),
    /// A commit failed, or its outcome could not be learned in time.
    #[error("cannot commit")]
    Commit(#[source] EngineError),
    /// A statement failed.
    #[error("statement {statement} failed")]
    Statement {
        /// The statement's name.
        statement: &'static str,
        /// What the engine said.
        #[source]
        source: EngineError,
    },
    /// A call that is no statement of ours failed: one of the ORM, a checkpoint.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A column is missing or holds what its reader cannot take.
    #[error("column {column} is not readable: {why}")]
    Column {
        /// The column's name.
        column: String,
        /// What is wrong with it.
        why: String,
    },
    /// A parameter or a stored record could not be encoded or decoded.
    #[error("cannot encode or decode {what}")]
    Json {
        /// What it was.
        what: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The code that was handed in broke its contract.
    #[error("{0}")]
    Contract(&'static str),
    /// The code that was handed in panicked; its transaction was rolled back.
    #[error("{0} panicked")]
    Panicked(&'static str),
    /// A batch did not come through within its limit; nothing of it stands unless its key says otherwise.
    #[error("the write did not come through within {0:?}")]
    Slow(Duration),
    /// The database is being closed.
    #[error("the database is closing")]
    Closed,
    /// A background write ends itself with a refusal that its caller understands; nothing of it stands.
    #[error(transparent)]
    Refused(Box<Error>),
}

impl StoreError {
    /// Whether the same transaction may succeed when it is run again as it is: BUSY, a conflict, a deadlock, a lost connection.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            // Unknown is as good as failed: step 1 of the repetition finds what stands.
            Self::Commit(source) => source.is_transient() || !source.is_uncommitted(),
            Self::Connect { source, .. }
            | Self::Begin(source)
            | Self::Statement { source, .. }
            | Self::Engine(source) => source.is_transient(),
            _ => false,
        }
    }

    /// Whether another transaction took a unique key meanwhile, so that the same work, run again, decides anew.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        match self {
            Self::Commit(source) | Self::Statement { source, .. } | Self::Engine(source) => {
                source.is_conflict()
            }
            _ => false,
        }
    }

    /// Whether a UNIQUE or PRIMARY KEY constraint refused the statement.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        match self {
            Self::Statement { source, .. } | Self::Engine(source) => source.is_unique_violation(),
            _ => false,
        }
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        Self::Engine(EngineError::Orm(error))
    }
}

impl From<Error> for StoreError {
    fn from(refusal: Error) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => *refusal,
            StoreError::Closed => unavailable("the service is shutting down").caused_by(error),
            StoreError::Slow(_) => unavailable("the database is busy").caused_by(error),
            other if other.is_retryable() => unavailable("the database is busy").caused_by(other),
            other => Self::internal(other),
        }
    }
}

/// An answer that promises nothing was decided, with a hint when to come again.
fn unavailable(message: &'static str) -> Error {
    Error::new(Kind::Unavailable, "UNAVAILABLE", message).retry(Duration::from_millis(100))
}
