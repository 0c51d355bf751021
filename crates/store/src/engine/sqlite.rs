//! SQLite: how its connections are made, what they must report, when they checkpoint.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, SqliteTransactionMode, SqlxSqliteConnector,
    Statement, TransactionOptions,
};
use sqlx::ConnectOptions;
use sqlx::pool::PoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use super::Progress;
use super::file::Writer;
use crate::{DbConfig, Durability, Options, StoreError};

/// Bytes of a page of a new file. Most rows of an order go to a place of their own in each of their indexes, and each writes
/// its page: at half of what is usual, an order of two lines wrote two thirds of the bytes, for the same work of the
/// processor.
const PAGE: u32 = 2_048;
/// How long a statement waits for a lock of another process (`sqlite3` on the command line, a backup).
pub(super) const BUSY: Duration = Duration::from_millis(1_000);
/// Statements that a connection keeps prepared.
pub(super) const PREPARED: usize = 512;
/// Rows that the thread of a connection may be ahead of its reader.
const AHEAD: usize = 512;

/// BEGIN IMMEDIATE.
pub(super) fn immediate() -> TransactionOptions {
    TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    }
}

/// The connection that makes the file and brings its schema up, before anybody else opens it.
pub(super) async fn migrator(
    path: &Path,
    config: &DbConfig,
    options: &Options,
) -> Result<DatabaseConnection, StoreError> {
    let connect = base(path, config, options.cache_kib)
        .create_if_missing(true)
        .page_size(PAGE)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous(options.durability))
        .pragma("wal_autocheckpoint", "0");
    pool(config, connect, 1).await
}

/// Read-only connections.
pub(super) async fn readers(
    path: &Path,
    config: &DbConfig,
    options: &Options,
) -> Result<DatabaseConnection, StoreError> {
    let connect = base(path, config, options.cache_kib / 2).read_only(true);
    pool(config, connect, options.readers.clamp(2, 4)).await
}

/// A connection that runs nothing but checkpoints.
pub(super) async fn checkpointer(
    path: &Path,
    config: &DbConfig,
    options: &Options,
) -> Result<DatabaseConnection, StoreError> {
    let connect = base(path, config, 256)
        .create_if_missing(false)
        .synchronous(synchronous(options.durability))
        .pragma("wal_autocheckpoint", "0");
    pool(config, connect, 1).await
}

fn base(path: &Path, config: &DbConfig, cache_kib: u32) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .statement_cache_capacity(PREPARED)
        .row_buffer_size(AHEAD)
        .pragma("cache_size", format!("-{cache_kib}"))
        .pragma("temp_store", "MEMORY")
        .thread_name({
            let name = config.name.clone();
            move |id| format!("sqlite-{name}-{id}")
        })
        .disable_statement_logging()
}

async fn pool(
    config: &DbConfig,
    connect: SqliteConnectOptions,
    connections: u32,
) -> Result<DatabaseConnection, StoreError> {
    PoolOptions::new()
        .max_connections(connections)
        .min_connections(0)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(connect)
        .await
        .map(SqlxSqliteConnector::from_sqlx_sqlite_pool)
        .map_err(|error| StoreError::Connect {
            name: config.name.clone(),
            source: DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into())).into(),
        })
}

/// What is asked of the engine. Only a test build can ask for less than full and be served.
fn synchronous(durability: Durability) -> SqliteSynchronous {
    match durability {
        Durability::Off => SqliteSynchronous::Off,
        Durability::Normal => SqliteSynchronous::Normal,
        Durability::Full => SqliteSynchronous::Full,
    }
}

/// Reads back what durability rests on: what was asked for is not always what the engine does.
pub(super) fn read_back(
    writer: &Writer,
    config: &DbConfig,
    options: &Options,
) -> Result<(), StoreError> {
    let weak = |setting, found, needed| StoreError::Durability {
        name: config.name.clone(),
        setting,
        found,
        needed,
    };
    let unread = |error: rusqlite::Error| StoreError::Connect {
        name: config.name.clone(),
        source: error.into(),
    };
    let journal: String = writer.setting("journal_mode").map_err(unread)?;
    if journal != "wal" {
        return Err(weak("journal_mode", journal, "wal"));
    }
    let synchronous: i64 = writer.setting("synchronous").map_err(unread)?;
    if synchronous < least(options) {
        return Err(weak("synchronous", synchronous.to_string(), "2 (FULL)"));
    }
    Ok(())
}

/// The least `synchronous` that is served: 2 (FULL).
#[cfg(not(feature = "crash-points"))]
fn least(_: &Options) -> i64 {
    2
}

/// The least `synchronous` that is served: in a test build what the options ask for.
#[cfg(feature = "crash-points")]
fn least(options: &Options) -> i64 {
    match options.durability {
        Durability::Off => 0,
        Durability::Normal => 1,
        Durability::Full => 2,
    }
}

/// Moves what no reader and no writer holds, on a connection beside the writer's; disturbs neither.
pub(super) async fn passive(connection: &DatabaseConnection) -> Result<Progress, StoreError> {
    let row = connection
        .query_one_raw(Statement::from_string(
            connection.get_database_backend(),
            "PRAGMA wal_checkpoint(PASSIVE)",
        ))
        .await?
        .ok_or(StoreError::Contract("a checkpoint gave no row"))?;
    Ok(Progress {
        log: row.try_get_by_index(1)?,
        moved: row.try_get_by_index(2)?,
    })
}

/// Makes the names of the database's files durable.
pub(super) fn sync_folder(path: &Path) -> Result<(), StoreError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|source| StoreError::Open {
            path: folder.to_owned(),
            source,
        })
}

/// BUSY (5), LOCKED (6), INTERRUPT (9) and PROTOCOL (15), with their extended forms.
pub(super) fn is_transient(code: u32) -> bool {
    matches!(primary(code), 5 | 6 | 9 | 15)
}

/// BUSY leaves the transaction open, CONSTRAINT (19: a deferred one) and INTERRUPT undo it: nothing is committed.
pub(super) fn is_uncommitted(code: u32) -> bool {
    matches!(primary(code), 5 | 6 | 9 | 19)
}

/// CONSTRAINT_PRIMARYKEY and CONSTRAINT_UNIQUE.
pub(super) fn is_unique_violation(code: u32) -> bool {
    matches!(code, 1_555 | 2_067)
}

/// The primary result code is the low byte of an extended one.
fn primary(code: u32) -> u32 {
    code & 0xff
}
