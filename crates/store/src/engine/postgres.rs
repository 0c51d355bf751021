//! Postgres: how its connections are made, what they must report, which of its errors a repetition heals.

use std::str::FromStr;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, SqlxPostgresConnector, Statement};
use sqlx::ConnectOptions;
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgPool};

use crate::{DbConfig, Durability, Options, StoreError};

/// Statements that a connection keeps prepared.
const PREPARED: usize = 512;
/// How long a caller waits for a free connection.
const ACQUIRE: Duration = Duration::from_secs(5);
/// The oldest server that is served: 14.
const OLDEST: i64 = 140_000;
/// How a statement that writes is planned: by keys. A connection prepares it once, perhaps while the table is empty,
/// and keeps the plan until the statistics change; what reads a small table whole, or hashes it, is quick on that day
/// and slow a minute later. Every parameter is one document, so a plan for its value would be no better.
/// [0016](../../../../docs/adr/0016-plans-on-postgres.md) has the figures.
const BY_KEYS: [(&str, &str); 4] = [
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("plan_cache_mode", "force_generic_plan"),
];
/// How long one instance waits for another that migrates.
const MIGRATING: &str = "120s";

/// The connections that write, one per lane, and one that resolves commits meanwhile.
pub(super) async fn writer(
    url: &str,
    config: &DbConfig,
    options: &Options,
) -> Result<DatabaseConnection, StoreError> {
    let connect = base(url, config)?.options(BY_KEYS).options([
        ("synchronous_commit", synchronous(options.durability)),
        ("statement_timeout", "5s"),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "10s"),
    ]);
    let writer = pool(config, connect, options.lanes.clamp(1, 4) + 1).await?;
    read_back(&writer, config, options).await?;
    Ok(writer)
}

/// Connections whose transactions are read-only. An audit in chunks is a long transaction of short statements.
pub(super) async fn readers(
    url: &str,
    config: &DbConfig,
    options: &Options,
) -> Result<DatabaseConnection, StoreError> {
    let connect = base(url, config)?.options([
        ("default_transaction_read_only", "on"),
        ("statement_timeout", "30s"),
        ("idle_in_transaction_session_timeout", "60s"),
    ]);
    pool(config, connect, options.readers.clamp(2, 4)).await
}

/// One connection under the lock of migrations: a second instance waits here until the first is done.
pub(super) async fn migrator(
    url: &str,
    config: &DbConfig,
) -> Result<DatabaseConnection, StoreError> {
    let connect = base(url, config)?.options([("lock_timeout", MIGRATING)]);
    let only = pool(config, connect, 1).await?;
    only.execute_unprepared("SELECT pg_advisory_lock(hashtextextended('stoa.migrate', 0))")
        .await?;
    Ok(only)
}

fn base(url: &str, config: &DbConfig) -> Result<PgConnectOptions, StoreError> {
    let connect = PgConnectOptions::from_str(url).map_err(|error| refused(config, error))?;
    Ok(connect
        .application_name(&format!("stoa-{}", config.name))
        .statement_cache_capacity(PREPARED)
        // Compiling takes longer than any statement of ours could gain by it.
        .options([("jit", "off")])
        .disable_statement_logging())
}

async fn pool(
    config: &DbConfig,
    connect: PgConnectOptions,
    connections: u32,
) -> Result<DatabaseConnection, StoreError> {
    // A connection that died is found by the statement that meets it, which the caller repeats: asking first
    // would cost every statement a round trip.
    let pool: PgPool = PoolOptions::new()
        .max_connections(connections)
        .min_connections(0)
        .acquire_timeout(ACQUIRE)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(connect)
        .await
        .map_err(|error| refused(config, error))?;
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

fn refused(config: &DbConfig, error: sqlx::Error) -> StoreError {
    StoreError::Connect {
        name: config.name.clone(),
        source: DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into())).into(),
    }
}

fn synchronous(durability: Durability) -> &'static str {
    match durability {
        Durability::Off | Durability::Normal => "off",
        Durability::Full => "on",
    }
}

/// Reads back what durability, and the order of texts, rest on.
async fn read_back(
    writer: &DatabaseConnection,
    config: &DbConfig,
    options: &Options,
) -> Result<(), StoreError> {
    let row = writer
        .query_one_raw(Statement::from_string(
            writer.get_database_backend(),
            "SELECT current_setting('server_version_num')::bigint AS version, current_setting('fsync') AS fsync, \
             current_setting('full_page_writes') AS pages, current_setting('synchronous_commit') AS synchronous, \
             datcollate::text AS collation, pg_encoding_to_char(encoding)::text AS encoding \
             FROM pg_database WHERE datname = current_database()",
        ))
        .await?
        .ok_or(StoreError::Contract("the server does not know its own database"))?;
    let version: i64 = row.try_get("", "version")?;
    let mut settings = vec![
        ("lc_collate", row.try_get("", "collation")?, "C"),
        ("encoding", row.try_get("", "encoding")?, "UTF8"),
    ];
    if !may_be_weak(options) {
        settings.push(("fsync", row.try_get("", "fsync")?, "on"));
        settings.push(("full_page_writes", row.try_get("", "pages")?, "on"));
        settings.push(("synchronous_commit", row.try_get("", "synchronous")?, "on"));
    }
    let wrong = settings
        .into_iter()
        .find(|(_, found, needed): &(_, String, _)| found != needed);
    if let Some((setting, found, needed)) = wrong {
        return Err(StoreError::Durability {
            name: config.name.clone(),
            setting,
            found,
            needed,
        });
    }
    if version < OLDEST {
        return Err(StoreError::Durability {
            name: config.name.clone(),
            setting: "server_version_num",
            found: version.to_string(),
            needed: "140000 or newer",
        });
    }
    Ok(())
}

/// Only a test build can ask for less than full and be served.
#[cfg(not(feature = "crash-points"))]
fn may_be_weak(_: &Options) -> bool {
    false
}

/// In a test build what the options ask for.
#[cfg(feature = "crash-points")]
fn may_be_weak(options: &Options) -> bool {
    options.durability < Durability::Full
}

/// Conflicts (class 40), locks not had in time, a cancelled statement, no resources (53), a server that goes or
/// comes (57P), a lost connection (08).
pub(super) fn is_transient(code: &str) -> bool {
    matches!(code, "55P03" | "57014" | "25P03" | "25006")
        || ["40", "53", "57P", "08"]
            .iter()
            .any(|class| code.starts_with(class))
}

/// A unique key that somebody else's transaction took meanwhile.
pub(super) fn is_conflict(code: &str) -> bool {
    code == "23505"
}

/// An error that the server itself gave to a COMMIT undoes it, unless the server was going away.
pub(super) fn is_uncommitted(code: &str) -> bool {
    code.len() == 5 && !code.starts_with("57P") && !code.starts_with("08")
}
