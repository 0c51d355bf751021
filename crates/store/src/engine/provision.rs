//! Making the databases on a Postgres server: for each service one role, and one database that nobody else may enter.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};

use crate::{DatabaseUrl, StoreError};

/// How long another process that provisions is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// One service's place on a server.
#[derive(Clone, Debug)]
pub struct Provisioned {
    /// The role and the database, which share a name of lower-case letters, digits and `_`.
    pub name: String,
    /// The role's password: letters and digits.
    pub password: String,
}

impl Provisioned {
    /// Whether both texts may stand in a statement and a URL as they are.
    fn is_plain(&self) -> bool {
        let name = !self.name.is_empty()
            && self.name.len() <= 63
            && self
                .name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        let password = self.password.len() >= 16
            && self
                .password
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric());
        name && password
    }
}

/// The URL of a database on the server of `admin`, with the role that has its name.
///
/// # Errors
/// When `admin` is no URL of a Postgres.
pub fn url(admin: &DatabaseUrl, name: &str, password: &str) -> Result<DatabaseUrl, StoreError> {
    let options = PgConnectOptions::from_str(admin.expose()).map_err(failed)?;
    let own = options.username(name).password(password).database(name);
    Ok(DatabaseUrl::new(own.to_url_lossy().to_string()))
}

/// Refuses names that the server knows already: whoever made them has their passwords.
///
/// # Errors
/// [`StoreError::Taken`]; when the server cannot be reached.
pub async fn refuse_taken(admin: &DatabaseUrl, names: &[&str]) -> Result<(), StoreError> {
    let mut connection = connect(admin).await?;
    for name in names {
        if exists(&mut connection, ROLE, name).await?
            || exists(&mut connection, DATABASE, name).await?
        {
            return Err(StoreError::Taken((*name).to_owned()));
        }
    }
    connection.close().await.map_err(failed)
}

/// Makes what is missing of these roles and databases. It may be killed and run again at any moment, and beside others.
///
/// # Errors
/// When the server cannot be reached, the role of `admin` may not do it, or a name is not plain.
pub async fn provision(admin: &DatabaseUrl, wanted: &[Provisioned]) -> Result<(), StoreError> {
    let mut connection = connect(admin).await?;
    for statement in [
        "SET lock_timeout = '60s'",
        "SELECT pg_advisory_lock(hashtextextended('stoa.provision', 0))",
    ] {
        connection.execute(statement).await.map_err(failed)?;
    }
    for each in wanted {
        if !each.is_plain() {
            return Err(StoreError::Contract(
                "the name or the password of a database is not plain",
            ));
        }
        make(&mut connection, each).await?;
    }
    connection.close().await.map_err(failed)
}

async fn connect(admin: &DatabaseUrl) -> Result<PgConnection, StoreError> {
    let options = PgConnectOptions::from_str(admin.expose()).map_err(failed)?;
    let quiet = options.disable_statement_logging();
    match tokio::time::timeout(PATIENCE, quiet.connect()).await {
        Ok(connected) => connected.map_err(failed),
        Err(_) => Err(StoreError::Slow(PATIENCE)),
    }
}

const ROLE: &str = "SELECT 1 FROM pg_roles WHERE rolname = $1";
const DATABASE: &str = "SELECT 1 FROM pg_database WHERE datname = $1";

async fn make(connection: &mut PgConnection, each: &Provisioned) -> Result<(), StoreError> {
    let Provisioned { name, password } = each;
    if !exists(connection, ROLE, name).await? {
        let role = format!("CREATE ROLE {name} LOGIN PASSWORD '{password}'");
        run(connection, role).await?;
        if !is_superuser(connection).await? {
            run(connection, format!("GRANT {name} TO CURRENT_USER")).await?;
        }
    }
    if !exists(connection, DATABASE, name).await? {
        let database = format!(
            "CREATE DATABASE {name} OWNER {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
        );
        run(connection, database).await?;
    }
    let shut = format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC");
    run(connection, shut).await
}

async fn exists(
    connection: &mut PgConnection,
    query: &'static str,
    name: &str,
) -> Result<bool, StoreError> {
    let found = sqlx::query(query)
        .bind(name)
        .fetch_optional(connection)
        .await;
    Ok(found.map_err(failed)?.is_some())
}

async fn is_superuser(connection: &mut PgConnection) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        .fetch_one(connection)
        .await
        .map_err(failed)?;
    row.try_get(0).map_err(failed)
}

/// Names and passwords are plain, as [`Provisioned::is_plain`] has seen: these statements take no parameters.
async fn run(connection: &mut PgConnection, statement: String) -> Result<(), StoreError> {
    connection
        .execute(AssertSqlSafe(statement))
        .await
        .map(drop)
        .map_err(failed)
}

fn failed(error: sqlx::Error) -> StoreError {
    StoreError::Connect {
        name: "postgres".to_owned(),
        source: sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into())).into(),
    }
}
