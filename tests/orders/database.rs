//! The databases of a shop, past every rule that the services keep, on either engine.

use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{AssertSqlSafe, Row};
use stoa_store::Engine;

use crate::shop::Shop;

/// The database of a service.
pub(crate) enum Database {
    File(SqlitePool),
    Server(PgPool),
}

impl Database {
    /// The order service's.
    pub(crate) async fn of(shop: &Shop) -> Self {
        Self::named(shop, "order").await
    }

    pub(crate) async fn named(shop: &Shop, service: &str) -> Self {
        let folder = shop.suite.data();
        match stoa_testdb::engine() {
            Engine::Sqlite => {
                let options =
                    SqliteConnectOptions::new().filename(folder.join(format!("{service}.db")));
                Self::File(SqlitePool::connect_with(options).await.unwrap())
            }
            Engine::Postgres => {
                let server: PgConnectOptions = stoa_testdb::admin().expose().parse().unwrap();
                let name = format!("{}_{service}", stoa_testdb::prefix(folder));
                let options = server.database(&name);
                Self::Server(PgPool::connect_with(options).await.unwrap())
            }
        }
    }

    /// These bytes as a literal.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> String {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match self {
            Self::File(_) => format!("x'{hex}'"),
            Self::Server(_) => format!("decode('{hex}', 'hex')"),
        }
    }

    /// An id that nothing has, as a literal.
    pub(crate) const fn nobody(&self) -> &'static str {
        match self {
            Self::File(_) => "zeroblob(16)",
            Self::Server(_) => "'00000000-0000-0000-0000-000000000000'::uuid",
        }
    }

    /// Runs a statement, which must have an effect.
    pub(crate) async fn change(&self, sql: &str) {
        let text = AssertSqlSafe(sql.to_owned());
        let rows = match self {
            Self::File(pool) => {
                let done = sqlx::query(text).execute(pool).await;
                done.unwrap().rows_affected()
            }
            Self::Server(pool) => {
                let done = sqlx::query(text).execute(pool).await;
                done.unwrap().rows_affected()
            }
        };
        assert!(rows > 0, "{sql}");
    }

    /// The number that a statement gives.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        match self {
            Self::File(pool) => sqlx::query(sql).fetch_one(pool).await.unwrap().get(0),
            Self::Server(pool) => sqlx::query(sql).fetch_one(pool).await.unwrap().get(0),
        }
    }

    pub(crate) async fn close(self) {
        match self {
            Self::File(pool) => pool.close().await,
            Self::Server(pool) => pool.close().await,
        }
    }
}
