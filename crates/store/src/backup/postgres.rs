//! How a database of a server is held and copied while suites write it: by `pg_dump`, on a snapshot that was exported while
//! the writers were held.

use std::path::Path;
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};

use super::{BackupError, Source, Stands, database};
use crate::DatabaseUrl;

/// The pause between two looks at a tool that runs.
const LOOK: Duration = Duration::from_millis(5);

/// Characters of what a tool said that an error shows.
const SAID: usize = 400;

async fn connect(url: &DatabaseUrl) -> Result<PgConnection, sqlx::Error> {
    let options = PgConnectOptions::from_str(url.expose())?;
    options.disable_statement_logging().connect().await
}

/// All tables of a database, locked against writers.
pub(super) struct Hold {
    name: String,
    connection: PgConnection,
}

impl Hold {
    pub(super) async fn of(source: &Source, url: &DatabaseUrl) -> Result<Self, BackupError> {
        let held = async {
            let mut connection = connect(url).await?;
            let tables: Vec<String> = sqlx::query(TABLES)
                .fetch_all(&mut connection)
                .await?
                .iter()
                .map(|row| row.try_get(0))
                .collect::<Result<_, _>>()?;
            connection.execute("BEGIN").await?;
            connection
                .execute("SET LOCAL lock_timeout = '250ms'")
                .await?;
            let lock = format!("LOCK TABLE {} IN SHARE MODE", tables.join(", "));
            connection.execute(AssertSqlSafe(lock)).await?;
            Ok(connection)
        };
        Ok(Self {
            connection: held.await.map_err(database(&source.name))?,
            name: source.name.clone(),
        })
    }

    pub(super) async fn release(mut self) -> Result<(), BackupError> {
        let released = async {
            self.connection.execute("ROLLBACK").await?;
            self.connection.close().await
        };
        released.await.map_err(database(&self.name))
    }
}

/// Keys first, as every transaction of the suite takes them.
const TABLES: &str = "SELECT format('%I.%I', schemaname, tablename)
    FROM pg_tables
    WHERE schemaname = 'public'
    ORDER BY tablename <> 'stoa_idempotency', tablename";

/// A state of a database that others can read too, as long as the connection stands.
pub(super) struct Snapshot {
    connection: PgConnection,
    id: String,
    stands: Stands,
    url: DatabaseUrl,
}

impl Snapshot {
    pub(super) async fn of(source: &Source, url: &DatabaseUrl) -> Result<Self, BackupError> {
        let pinned = async {
            let mut connection = connect(url).await?;
            connection
                .execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                .await?;
            let id = sqlx::query("SELECT pg_export_snapshot()")
                .fetch_one(&mut connection)
                .await?
                .try_get(0)?;
            Ok((connection, id))
        };
        let (connection, id) = pinned.await.map_err(database(&source.name))?;
        Ok(Self {
            connection,
            id,
            stands: Stands::default(),
            url: url.clone(),
        })
    }

    pub(super) async fn copy(mut self, source: &Source, to: &Path) -> Result<Stands, BackupError> {
        let read = self.read(source).await;
        read.map_err(database(&source.name))?;
        let mut dump = tool(PG_DUMP, &self.url, &source.name)?;
        dump.args(["--format=custom", "--no-owner", "--no-privileges"])
            .arg(format!("--snapshot={}", self.id))
            .arg(format!("--file={}", to.display()));
        run(PG_DUMP, dump, &source.name).await?;
        self.connection
            .close()
            .await
            .map_err(database(&source.name))?;
        Ok(self.stands)
    }

    async fn read(&mut self, source: &Source) -> Result<(), sqlx::Error> {
        let connection = &mut self.connection;
        let row = sqlx::query("SELECT incarnation FROM stoa_database")
            .fetch_one(&mut *connection)
            .await?;
        self.stands.incarnation = row.try_get::<uuid::Uuid, _>(0)?.to_string();
        if let Some(head) = source.head {
            let row = sqlx::query(head).fetch_one(&mut *connection).await?;
            self.stands.position = row.try_get("head")?;
        }
        let schema = "SELECT component, max(version) FROM stoa_migrations GROUP BY component";
        for row in sqlx::query(schema).fetch_all(&mut *connection).await? {
            self.stands.schema.insert(row.try_get(0)?, row.try_get(1)?);
        }
        Ok(())
    }
}

const PG_DUMP: &str = "pg_dump";
const PG_RESTORE: &str = "pg_restore";

/// Empties a database and fills it from a copy, with the mark of a restore in it, under a new incarnation.
pub(super) async fn fill(
    name: &str,
    url: &DatabaseUrl,
    copy: &Path,
    mark: &str,
) -> Result<(), BackupError> {
    let emptied = async {
        let mut connection = connect(url).await?;
        connection.execute("DROP SCHEMA public CASCADE").await?;
        connection.execute("CREATE SCHEMA public").await?;
        connection.close().await
    };
    emptied.await.map_err(database(name))?;
    let mut filling = tool(PG_RESTORE, url, name)?;
    filling
        .args(["--exit-on-error", "--single-transaction"])
        .args(["--no-owner", "--no-privileges"])
        .arg(copy);
    run(PG_RESTORE, filling, name).await?;
    let marked = async {
        let mut connection = connect(url).await?;
        sqlx::query("UPDATE stoa_database SET incarnation = gen_random_uuid(), restored = $1")
            .bind(mark.to_owned())
            .execute(&mut connection)
            .await?;
        connection.execute("ANALYZE").await?;
        connection.close().await
    };
    marked.await.map_err(database(name))
}

/// One of Postgres' own tools, for this database; its password travels in the environment, where no list of processes
/// shows it.
fn tool(program: &'static str, url: &DatabaseUrl, name: &str) -> Result<Command, BackupError> {
    let broken = |source| BackupError::Database {
        name: name.to_owned(),
        source,
    };
    let options = PgConnectOptions::from_str(url.expose()).map_err(broken)?;
    let host = options
        .get_socket()
        .map(|socket| socket.display().to_string())
        .unwrap_or_else(|| options.get_host().to_owned());
    let mut command = Command::new(program);
    command
        .arg(format!("--host={host}"))
        .arg(format!("--port={}", options.get_port()))
        .arg(format!("--username={}", options.get_username()))
        .arg(format!(
            "--dbname={}",
            options.get_database().unwrap_or(name)
        ))
        .arg("--no-password")
        .env(
            "PGPASSWORD",
            options.to_url_lossy().password().unwrap_or_default(),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    Ok(command)
}

/// Runs it to its end; several run beside each other.
async fn run(program: &'static str, mut command: Command, name: &str) -> Result<(), BackupError> {
    let broken = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound => BackupError::NoTool { program },
        _ => BackupError::File {
            path: program.into(),
            source,
        },
    };
    let mut child = command.spawn().map_err(broken)?;
    // What it says fits the pipe: it says little unless it fails.
    while child.try_wait().map_err(broken)?.is_none() {
        tokio::time::sleep(LOOK).await;
    }
    let ended = child.wait_with_output().map_err(broken)?;
    if ended.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    let skipped = said.chars().count().saturating_sub(SAID);
    Err(BackupError::Tool {
        program,
        name: name.to_owned(),
        said: said
            .chars()
            .skip(skipped)
            .collect::<String>()
            .trim()
            .to_owned(),
    })
}

/// A lock that was not had in time (55P03), a deadlock (40P01).
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else {
        return false;
    };
    matches!(error.code().as_deref(), Some("55P03" | "40P01"))
}
