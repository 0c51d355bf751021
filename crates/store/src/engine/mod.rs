//! Which engine a database runs on, and the questions whose answers differ between engines.
//!
//! Everything else in this crate asks here; statements differ by file (`sql/<engine>/`).

mod postgres;
pub mod provision;
mod sqlite;

use std::sync::Arc;

use sea_orm::{
    AccessMode, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel,
    RuntimeErr, TransactionTrait,
};

use crate::{DbConfig, Migration, Options, Place, StoreError};

/// The engines a database can run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// One file per service, one writing connection.
    Sqlite,
    /// One database per service on a server, several lanes, several instances.
    Postgres,
}

impl Engine {
    /// Its name in metrics and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// What sea-orm calls it.
    #[must_use]
    pub const fn backend(self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::Postgres => DbBackend::Postgres,
        }
    }

    /// How many transactions may write at the same time.
    pub(crate) fn lanes(self, options: &Options) -> u32 {
        match self {
            Self::Sqlite => 1,
            Self::Postgres => options.lanes.clamp(1, 4),
        }
    }

    /// The text of a migration for this engine.
    pub(crate) const fn migration(self, migration: &Migration) -> &'static str {
        match self {
            Self::Sqlite => migration.sqlite,
            Self::Postgres => migration.postgres,
        }
    }

    /// Begins a transaction that may write: on SQLite with the write lock at once, so that it cannot fail later for want of it.
    pub(crate) async fn begin_write(
        self,
        writer: &DatabaseConnection,
    ) -> Result<DatabaseTransaction, DbErr> {
        match self {
            Self::Sqlite => writer.begin_with_options(sqlite::immediate()).await,
            Self::Postgres => writer.begin().await,
        }
    }

    /// Begins a transaction that sees one state of the database from its first statement on.
    pub(crate) async fn begin_read(
        self,
        readers: &DatabaseConnection,
    ) -> Result<DatabaseTransaction, DbErr> {
        match self {
            Self::Sqlite => readers.begin().await,
            Self::Postgres => {
                let (level, mode) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
                readers.begin_with_config(Some(level), Some(mode)).await
            }
        }
    }
}

/// The connections of one database.
#[derive(Debug)]
pub(crate) struct Connections {
    pub(crate) engine: Engine,
    /// Owned by the group committer.
    pub(crate) writer: DatabaseConnection,
    /// Read-only, shared.
    pub(crate) readers: DatabaseConnection,
}

impl Connections {
    /// Opens the writer, lets `prepare` bring the schema up, and only then opens the readers.
    pub(crate) async fn open(
        config: &DbConfig,
        options: &Options,
        prepare: impl AsyncFnOnce(Engine, &DatabaseConnection) -> Result<(), StoreError>,
    ) -> Result<Self, StoreError> {
        match &config.place {
            Place::File(path) => {
                let writer = sqlite::writer(path, config, options).await?;
                prepare(Engine::Sqlite, &writer).await?;
                let readers = sqlite::readers(path, config, options).await?;
                sqlite::sync_folder(path)?;
                Ok(Self {
                    engine: Engine::Sqlite,
                    writer,
                    readers,
                })
            }
            Place::Server(url) => {
                let migrator = postgres::migrator(url.expose(), config).await?;
                let prepared = prepare(Engine::Postgres, &migrator).await;
                // The lock ends with its connection.
                migrator.close().await?;
                prepared?;
                Ok(Self {
                    engine: Engine::Postgres,
                    writer: postgres::writer(url.expose(), config, options).await?,
                    readers: postgres::readers(url.expose(), config, options).await?,
                })
            }
        }
    }

    /// Moves what the log of the engine holds into its tables, where the engine does not do so itself.
    pub(crate) async fn checkpoint(&self, on: Checkpointer<'_>) -> Result<Progress, StoreError> {
        match (self.engine, on) {
            (Engine::Sqlite, Checkpointer::Own(connection)) => sqlite::passive(connection).await,
            (Engine::Sqlite, Checkpointer::Writer) => sqlite::passive(&self.writer).await,
            (Engine::Sqlite, Checkpointer::Last) => sqlite::truncate(&self.writer).await,
            (Engine::Postgres, _) => Ok(Progress::default()),
        }
    }

    /// A connection for checkpoints beside the writer, where they are ours to make.
    pub(crate) async fn checkpointer(
        config: &DbConfig,
        options: &Options,
    ) -> Result<Option<DatabaseConnection>, StoreError> {
        match &config.place {
            Place::File(path) => sqlite::checkpointer(path, config, options).await.map(Some),
            Place::Server(_) => Ok(None),
        }
    }
}

/// On which connection a checkpoint runs.
#[derive(Debug)]
pub(crate) enum Checkpointer<'a> {
    /// Its own: beside the writer.
    Own(&'a DatabaseConnection),
    /// The writer's, between two batches: nothing is written meanwhile, so the log can be begun anew.
    Writer,
    /// The writer's, as the last thing before it closes.
    Last,
}

/// What a checkpoint left.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    /// Pages in the log.
    pub(crate) log: i64,
    /// Pages of it that the tables have as well.
    pub(crate) moved: i64,
}

/// Whether the same transaction may succeed when it is run again.
pub(crate) fn is_transient(error: &DbErr) -> bool {
    match cause(error) {
        Some(sqlx::Error::Database(error)) => error.code().is_some_and(|code| match code.len() {
            SQLSTATE => postgres::is_transient(&code),
            _ => sqlite::is_transient(&code),
        }),
        Some(
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed,
        ) => true,
        _ => matches!(error, DbErr::ConnectionAcquire(_)),
    }
}

/// Whether a COMMIT that failed so has certainly committed nothing.
pub(crate) fn is_uncommitted(error: &DbErr) -> bool {
    match cause(error) {
        Some(sqlx::Error::Database(error)) => error.code().is_some_and(|code| match code.len() {
            SQLSTATE => postgres::is_uncommitted(&code),
            _ => sqlite::is_uncommitted(&code),
        }),
        _ => false,
    }
}

/// Whether another transaction took a unique key meanwhile: the same work, run again, sees it and decides anew.
/// On SQLite there is one writer, and a key that is taken twice is a fault of the statement.
pub(crate) fn is_conflict(error: &DbErr) -> bool {
    match cause(error) {
        Some(sqlx::Error::Database(error)) => error
            .code()
            .is_some_and(|code| postgres::is_conflict(&code)),
        _ => false,
    }
}

/// The length of the codes of Postgres; those of SQLite are numbers of at most four digits.
const SQLSTATE: usize = 5;

fn cause(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause))
        | DbErr::Conn(RuntimeErr::SqlxError(cause)) => {
            let cause: &Arc<sqlx::Error> = cause;
            Some(cause)
        }
        _ => None,
    }
}
