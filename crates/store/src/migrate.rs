//! Which schema stands in a database, and how it becomes the one that this binary serves.
//!
//! Each migration runs in one transaction together with the row that says it ran: a process that dies in
//! the middle leaves nothing of it. Two processes cannot migrate at once: a file is locked, and on Postgres the
//! connection that migrates holds an advisory lock, behind which a second instance finds everything done.
//!
//! A migration expands (older binaries that run go on as if it were not there) or contracts (it takes something
//! away that they use). One that contracts says so in its first line, and runs only when no other instance is
//! connected. An older binary that starts refuses a schema that it does not know, whichever it is.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde::Serialize;
use sha2::{Digest, Sha256};
use stoa_types::Clock;

use crate::engine::document;
use crate::tx::{failed, rows, statement};
use crate::{Engine, Row, Sql, StoreError, Tx, sql};

/// One step of a component's schema.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Whose tables: a service, or a crate such as `events`.
    pub component: &'static str,
    /// 1, 2, 3, .. within the component.
    pub version: u32,
    /// What it does, in a few words.
    pub name: &'static str,
    /// Its statements for SQLite.
    pub sqlite: &'static str,
    /// Its statements for Postgres.
    pub postgres: &'static str,
}

/// The tables of this crate.
const OWN: [Migration; 3] = [
    Migration {
        component: "store",
        version: 1,
        name: "idempotency keys, incarnation",
        sqlite: include_str!("sql/sqlite/migration_1.sql"),
        postgres: include_str!("sql/postgres/migration_1.sql"),
    },
    Migration {
        component: "store",
        version: 2,
        name: "audit log of the staff",
        sqlite: include_str!("sql/sqlite/migration_2.sql"),
        postgres: include_str!("sql/postgres/migration_2.sql"),
    },
    Migration {
        component: "store",
        version: 3,
        name: "marks of a restore, what is remembered of peers",
        sqlite: include_str!("sql/sqlite/migration_3.sql"),
        postgres: include_str!("sql/postgres/migration_3.sql"),
    },
];

const HISTORY: Sql = sql!("migrations");
const APPLIED: Sql = sql!("migrations_applied");
const RECORD: Sql = sql!("migration_record");

#[derive(Serialize)]
struct Entry<'a> {
    component: &'a str,
    version: u32,
    name: &'a str,
    checksum: String,
    applied_at: i64,
}

/// Brings the schema up; refuses one that a newer binary made.
pub(crate) async fn migrate(
    database: &str,
    engine: Engine,
    writer: &DatabaseConnection,
    given: Vec<Migration>,
    clock: &dyn Clock,
) -> Result<(), StoreError> {
    let migrations: Vec<Migration> = OWN.into_iter().chain(given).collect();
    in_sequence(&migrations)?;
    writer.execute_unprepared(HISTORY.text(engine)).await?;
    let applied = applied(engine, writer).await?;
    refuse_newer(database, &migrations, &applied)?;
    for migration in &migrations {
        let text = engine.migration(migration);
        let checksum = checksum(text);
        match applied.get(&(migration.component.to_owned(), migration.version)) {
            Some(stands) if *stands == checksum => {}
            Some(_) => {
                return Err(StoreError::Checksum {
                    name: database.to_owned(),
                    component: migration.component,
                    version: migration.version,
                });
            }
            None => {
                if contracts(migration, text)? && others(engine, writer).await? > 0 {
                    return Err(StoreError::Contracting {
                        name: database.to_owned(),
                        component: migration.component,
                        version: migration.version,
                    });
                }
                apply(engine, writer, migration, checksum, clock).await?;
            }
        }
    }
    Ok(())
}

/// The first line of a migration that takes away what older binaries use.
const CONTRACTS: &str = "-- contract";

/// Words that take something away.
const TAKING: [&str; 5] = ["DROP ", "RENAME ", "SET NOT NULL", "ALTER TYPE", " TYPE "];

/// Whether it contracts; one that takes something away without saying so is refused.
fn contracts(migration: &Migration, text: &str) -> Result<bool, StoreError> {
    let declared = text.starts_with(CONTRACTS);
    let takes = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        // Without an index everything is answered as before.
        .filter(|line| !line.starts_with("DROP INDEX "))
        .any(|line| TAKING.iter().any(|word| line.contains(word)));
    if takes && !declared {
        return Err(StoreError::Undeclared {
            component: migration.component,
            version: migration.version,
        });
    }
    Ok(declared)
}

/// Instances that are connected beside this one. A file has none: it is locked.
async fn others(engine: Engine, writer: &DatabaseConnection) -> Result<i64, StoreError> {
    if engine == Engine::Sqlite {
        return Ok(0);
    }
    let connected = Sql::neutral(
        "SELECT count(*) AS others FROM pg_stat_activity WHERE datname = current_database() \
         AND application_name LIKE 'stoa-%' AND pid <> pg_backend_pid()",
    );
    match query(writer, engine, connected).await?.first() {
        Some(row) => row.get("others"),
        None => Ok(0),
    }
}

async fn query(
    writer: &DatabaseConnection,
    engine: Engine,
    sql: Sql,
) -> Result<Vec<Row>, StoreError> {
    let statement = statement(engine, sql.text(engine), document(&())?);
    match writer.query_all_raw(statement).await {
        Ok(found) => Ok(rows(found)),
        Err(source) => Err(failed(sql, source.into())),
    }
}

/// Versions of a component are 1, 2, 3, .. in the order of the list.
fn in_sequence(migrations: &[Migration]) -> Result<(), StoreError> {
    let mut last: BTreeMap<&str, u32> = BTreeMap::new();
    for migration in migrations {
        let before = last.entry(migration.component).or_default();
        *before += 1;
        if *before != migration.version {
            return Err(StoreError::Sequence {
                component: migration.component,
                version: migration.version,
            });
        }
    }
    Ok(())
}

type Applied = BTreeMap<(String, u32), String>;

async fn applied(engine: Engine, writer: &DatabaseConnection) -> Result<Applied, StoreError> {
    let mut found = Applied::new();
    for row in query(writer, engine, APPLIED).await? {
        let version: i64 = row.get("version")?;
        let version = u32::try_from(version).unwrap_or(u32::MAX);
        found.insert((row.get("component")?, version), row.get("checksum")?);
    }
    Ok(found)
}

fn refuse_newer(
    database: &str,
    migrations: &[Migration],
    applied: &Applied,
) -> Result<(), StoreError> {
    for (component, found) in applied.keys() {
        let known = migrations
            .iter()
            .filter(|migration| migration.component == component)
            .map(|migration| migration.version)
            .max()
            .unwrap_or(0);
        if *found > known {
            return Err(StoreError::NewerSchema {
                name: database.to_owned(),
                component: component.clone(),
                found: *found,
                known,
            });
        }
    }
    Ok(())
}

async fn apply(
    engine: Engine,
    writer: &DatabaseConnection,
    migration: &Migration,
    checksum: String,
    clock: &dyn Clock,
) -> Result<(), StoreError> {
    let failed = |source| StoreError::Migrate {
        component: migration.component,
        version: migration.version,
        title: migration.name,
        source: Box::new(source),
    };
    let txn = engine
        .begin_migration(writer)
        .await
        .map_err(|error| StoreError::Begin(error.into()))?;
    let tx = Tx::of_orm(txn, engine);
    tx.execute_unprepared(engine.migration(migration))
        .await
        .map_err(failed)?;
    let entry = Entry {
        component: migration.component,
        version: migration.version,
        name: migration.name,
        checksum,
        applied_at: clock.now().micros(),
    };
    tx.execute(RECORD, &entry).await?;
    tx.commit().await?;
    Ok(())
}

fn checksum(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}
