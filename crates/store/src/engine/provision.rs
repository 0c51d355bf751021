//! Making the databases of a Postgres server: for each service one role, and one database that nobody else may enter.

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

/// Makes what is missing of these roles and databases, and gives the URL of each. It may be killed and run again at
/// any moment, and beside others.
///
/// # Errors
/// When the server cannot be reached, the role of `admin` may not do it, or a name is not plain.
pub async fn provision(
    admin: &DatabaseUrl,
    wanted: &[Provisioned],
) -> Result<Vec<DatabaseUrl>, StoreError> {
    let options = PgConnectOptions::from_str(admin.expose()).map_err(failed)?;
    let quiet = options.clone().disable_statement_logging();
    let mut connection = match tokio::time::timeout(PATIENCE, quiet.connect()).await {
        Ok(connected) => connected.map_err(failed)?,
        Err(_) => return Err(StoreError::Slow(PATIENCE)),
    };
    let mut urls = Vec::with_capacity(wanted.len());
    run(&mut connection, "SET lock_timeout = '60s'".to_owned()).await?;
    run(
        &mut connection,
        "SELECT pg_advisory_lock(hashtextextended('stoa.provision', 0))".to_owned(),
    )
    .await?;
    for each in wanted {
        if !each.is_plain() {
            return Err(StoreError::Contract(
                "the name or the password of a database is not plain",
            ));
        }
        make(&mut connection, each).await?;
        let own = options
            .clone()
            .username(&each.name)
            .password(&each.password)
            .database(&each.name);
        urls.push(DatabaseUrl::new(own.to_url_lossy().to_string()));
    }
    connection.close().await.map_err(failed)?;
    Ok(urls)
}

async fn make(connection: &mut PgConnection, each: &Provisioned) -> Result<(), StoreError> {
    let Provisioned { name, password } = each;
    if !exists(
        connection,
        "SELECT 1 FROM pg_roles WHERE rolname = $1",
        name,
    )
    .await?
    {
        let role = format!("CREATE ROLE {name} LOGIN PASSWORD '{password}'");
        run(connection, role).await?;
        if !is_superuser(connection).await? {
            run(connection, format!("GRANT {name} TO CURRENT_USER")).await?;
        }
    }
    if !exists(
        connection,
        "SELECT 1 FROM pg_database WHERE datname = $1",
        name,
    )
    .await?
    {
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
        source: sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into())),
    }
}
