//! How a file is held and copied while a suite writes it.

use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Row};

use super::{BackupError, Source, Stands, database};

/// How long the hold of one file waits for whoever writes at the moment.
const WAIT: Duration = Duration::from_millis(250);

/// The cache of a copy, in KiB: what is beyond it is written at once, and shows that the copy has begun.
const CACHE: &str = "-256";

/// The pause between two looks at files that are being made.
const LOOK: Duration = Duration::from_millis(1);

/// The write lock of a file.
pub(super) struct Hold {
    name: String,
    connection: SqliteConnection,
}

impl Hold {
    pub(super) async fn of(source: &Source, path: &Path) -> Result<Self, BackupError> {
        let failed = database(&source.name);
        let held = async {
            let mut connection = open(path, false).busy_timeout(WAIT).connect().await?;
            sqlx::query("BEGIN IMMEDIATE")
                .execute(&mut connection)
                .await?;
            Ok(connection)
        };
        Ok(Self {
            connection: held.await.map_err(failed)?,
            name: source.name.clone(),
        })
    }

    pub(super) async fn release(mut self) -> Result<(), BackupError> {
        let failed = database(&self.name);
        let released = async {
            sqlx::query("ROLLBACK")
                .execute(&mut self.connection)
                .await?;
            self.connection.close().await
        };
        released.await.map_err(failed)
    }
}

fn open(path: &Path, read_only: bool) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .read_only(read_only)
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging()
}

/// Copies the file as it stands when the copy begins, whatever is written meanwhile.
pub(super) async fn copy(source: &Source, path: &Path, to: &Path) -> Result<Stands, BackupError> {
    let failed = || database(&source.name);
    let copied = async {
        let options = open(path, false)
            .busy_timeout(WAIT)
            .pragma("cache_size", CACHE);
        let mut connection = options.connect().await?;
        let to = to.to_string_lossy().into_owned();
        sqlx::query("VACUUM INTO ?1")
            .bind(to)
            .execute(&mut connection)
            .await?;
        connection.close().await
    };
    copied.await.map_err(failed())?;
    stands(source, to).await.map_err(failed())
}

/// Waits until each of these copies has written something. A copy reads from one state of its database, which it chose
/// before it wrote its first byte: from then on it does not matter what others write.
pub(super) async fn begun(copies: &[&Path], until: Instant) -> Result<(), BackupError> {
    let begun = |path: &&Path| std::fs::metadata(path).is_ok_and(|file| file.len() > 0);
    while !copies.iter().all(begun) {
        if Instant::now() >= until {
            return Err(BackupError::Busy);
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

/// What a copy says of itself, after a look at its structure.
async fn stands(source: &Source, copy: &Path) -> Result<Stands, sqlx::Error> {
    let mut connection = open(copy, true).immutable(true).connect().await?;
    let sound: String = sqlx::query("PRAGMA quick_check(1)")
        .fetch_one(&mut connection)
        .await?
        .try_get(0)?;
    if sound != "ok" {
        return Err(sqlx::Error::Protocol(format!(
            "the copy is broken: {sound}"
        )));
    }
    let mut stands = Stands::default();
    let row = sqlx::query("SELECT incarnation FROM stoa_database")
        .fetch_one(&mut connection)
        .await?;
    stands.incarnation = row.try_get::<uuid::Uuid, _>(0)?.to_string();
    if let Some(head) = source.head {
        let row = sqlx::query(head).fetch_one(&mut connection).await?;
        stands.position = row.try_get("head")?;
    }
    let schema = "SELECT component, max(version) FROM stoa_migrations GROUP BY component";
    for row in sqlx::query(schema).fetch_all(&mut connection).await? {
        stands.schema.insert(row.try_get(0)?, row.try_get(1)?);
    }
    connection.close().await?;
    Ok(stands)
}

/// Puts the mark of a restore into a file that nobody else has open, under a new incarnation.
pub(super) async fn mark(path: &Path, mark: &str) -> Result<(), sqlx::Error> {
    let mut connection = open(path, false).connect().await?;
    sqlx::query("PRAGMA journal_mode = DELETE")
        .execute(&mut connection)
        .await?;
    sqlx::query("UPDATE stoa_database SET incarnation = randomblob(16), restored = ?1")
        .bind(mark.to_owned())
        .execute(&mut connection)
        .await?;
    connection.close().await
}

/// BUSY (5) and LOCKED (6).
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else {
        return false;
    };
    let code = error.code().and_then(|code| code.parse::<u32>().ok());
    matches!(code.map(|code| code & 0xff), Some(5 | 6))
}
