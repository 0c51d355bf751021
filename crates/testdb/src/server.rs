//! Databases on the tests' server, made and dropped from a thread of their own: a test may be on any runtime, or none.

use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};

use crate::{SERVER, owner, url_file, variable};

/// Databases of the dead that may stand before somebody drops them: one at a time would cost a checkpoint each.
const LEFT: usize = 1_200;

/// Databases that one test drops at most.
const AT_ONCE: usize = 30;

/// The URL of the tests' role.
pub(crate) fn admin() -> String {
    let given = variable(SERVER).or_else(|| std::fs::read_to_string(url_file()).ok());
    let url = given.expect("a Postgres for the tests: start one by `cargo xtask postgres start`");
    url.trim().to_owned()
}

/// Makes a database unless it stands; its URL.
pub(crate) fn database(name: &str) -> String {
    let options = PgConnectOptions::from_str(&admin()).expect("the URL of the tests' Postgres");
    let url = options.database(name).to_url_lossy().to_string();
    let name = name.to_owned();
    run(async move |connection| {
        let found = sqlx::query("SELECT 1 FROM pg_database WHERE datname = $1")
            .bind(&name)
            .fetch_optional(&mut *connection)
            .await?;
        if found.is_none() {
            let text =
                format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'");
            connection.execute(AssertSqlSafe(text)).await?;
        }
        Ok(())
    });
    url
}

/// Drops what the dead have left, when it has become much and nobody else does so.
pub(crate) fn sweep() {
    run(async |connection| {
        let rows = connection
            .fetch_all("SELECT datname::text FROM pg_database WHERE datname LIKE 't%x%'")
            .await?;
        let dead = dead(&rows)?;
        if dead.len() < LEFT || !alone(connection).await? {
            return Ok(());
        }
        for name in dead.into_iter().take(AT_ONCE) {
            let text = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            connection.execute(AssertSqlSafe(text)).await?;
        }
        let rows = connection
            .fetch_all("SELECT rolname::text FROM pg_roles WHERE rolname LIKE 't%x%'")
            .await?;
        for name in self::dead(&rows)? {
            let text = format!("DROP ROLE IF EXISTS {name}");
            // One whose database still stands goes with the next sweep.
            let _dropped = connection.execute(AssertSqlSafe(text)).await;
        }
        Ok(())
    });
}

fn dead(rows: &[sqlx::postgres::PgRow]) -> Result<Vec<String>, sqlx::Error> {
    let mut names = Vec::new();
    for row in rows {
        let name: String = row.try_get(0)?;
        if owner::is_dead(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

async fn alone(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let row = connection
        .fetch_one("SELECT pg_try_advisory_lock(hashtextextended('stoa.test.sweep', 0))")
        .await?;
    row.try_get(0)
}

fn run<F>(work: F)
where
    F: AsyncFnOnce(&mut PgConnection) -> Result<(), sqlx::Error> + Send + 'static,
{
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async move {
            let options = PgConnectOptions::from_str(&admin()).expect("a URL");
            let options = options.disable_statement_logging();
            let mut connection = options
                .connect()
                .await
                .expect("the tests' Postgres answers");
            if let Err(error) = work(&mut connection).await {
                panic!("the tests' Postgres refuses: {error}");
            }
            let _closed = connection.close().await;
        });
    });
    thread.join().expect("a thread that ends");
}
