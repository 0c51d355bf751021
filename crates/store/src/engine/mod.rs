//! Which engine a database runs on, and the questions whose answers differ between engines.
//!
//! Everything else in this crate asks here; statements differ by file (`sql/<engine>/`).

mod cause;
mod each;
mod file;
mod postgres;
pub mod provision;
mod sqlite;

use std::sync::Arc;

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    IsolationLevel, TransactionTrait,
};

pub use cause::EngineError;
pub(crate) use each::{document, is_each};
pub(crate) use file::Transaction;

use serde::Serialize;

use crate::tx;
use crate::{DbConfig, Migration, Options, Place, Row, Sql, StoreError, Tx};

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

    /// Begins a transaction that brings the schema up: on SQLite with the write lock at once, so that it cannot fail later
    /// for want of it.
    pub(crate) async fn begin_migration(
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
    writer: Writer,
    /// Read-only, shared, for the ORM and for snapshots.
    pub(crate) readers: DatabaseConnection,
    /// Readers of a file for single statements.
    direct: Option<file::Readers>,
}

/// What writes.
#[derive(Debug)]
enum Writer {
    /// The one connection of a file.
    File(Arc<file::Writer>),
    /// A pool, as large as there are lanes.
    Server(DatabaseConnection),
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
                let migrator = sqlite::migrator(path, config, options).await?;
                prepare(Engine::Sqlite, &migrator).await?;
                let writer =
                    file::Writer::open(path, options).map_err(|error| StoreError::Connect {
                        name: config.name.clone(),
                        source: error.into(),
                    })?;
                sqlite::read_back(&writer, config, options)?;
                migrator.close().await?;
                let readers = sqlite::readers(path, config, options).await?;
                sqlite::sync_folder(path)?;
                Ok(Self {
                    engine: Engine::Sqlite,
                    writer: Writer::File(Arc::new(writer)),
                    readers,
                    direct: Some(file::Readers::open(path, options)),
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
                    writer: Writer::Server(postgres::writer(url.expose(), config, options).await?),
                    readers: postgres::readers(url.expose(), config, options).await?,
                    direct: None,
                })
            }
        }
    }

    /// Begins a transaction that may write.
    pub(crate) async fn begin(&self) -> Result<Tx, EngineError> {
        match &self.writer {
            Writer::File(writer) => Ok(Tx::of_file(writer.begin()?)),
            Writer::Server(pool) => Ok(Tx::of_orm(pool.begin().await?, self.engine)),
        }
    }

    /// Runs one query, on one state of the database: on a file on this thread, on a server from the pool.
    pub(crate) async fn query<P: Serialize + ?Sized>(
        &self,
        sql: Sql,
        parameter: &P,
    ) -> Result<Vec<Row>, StoreError> {
        let text = sql.text(self.engine);
        match &self.direct {
            Some(readers) => readers
                .query(text, parameter)
                .map_err(|source| tx::failed(sql, source.into())),
            None => {
                let statement = tx::statement(self.engine, text, document(parameter)?);
                match self.readers.query_all_raw(statement).await {
                    Ok(found) => Ok(tx::rows(found)),
                    Err(source) => Err(tx::failed(sql, source.into())),
                }
            }
        }
    }

    /// Closes what reads.
    pub(crate) async fn close_readers(&self) -> Result<(), DbErr> {
        if let Some(readers) = &self.direct {
            readers.close();
        }
        self.readers.close_by_ref().await
    }

    /// Closes what writes.
    pub(crate) async fn close_writer(&self) -> Result<(), DbErr> {
        match &self.writer {
            Writer::File(writer) => {
                writer.close();
                Ok(())
            }
            Writer::Server(pool) => pool.close_by_ref().await,
        }
    }

    /// Moves what the log of the engine holds into its tables, where the engine does not do so itself.
    pub(crate) async fn checkpoint(&self, on: Checkpointer<'_>) -> Result<Progress, StoreError> {
        match (&self.writer, on) {
            (Writer::File(_), Checkpointer::Own(connection)) => sqlite::passive(connection).await,
            (Writer::File(writer), Checkpointer::Writer) => {
                Ok(writer.checkpoint("PASSIVE").map_err(EngineError::from)?)
            }
            (Writer::File(writer), Checkpointer::Last) => {
                Ok(writer.checkpoint("TRUNCATE").map_err(EngineError::from)?)
            }
            (Writer::Server(_), _) => Ok(Progress::default()),
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
