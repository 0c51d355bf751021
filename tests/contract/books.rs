//! Everything that the services store, read from their files from outside: for seeing that a refusal left it as it was.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};
use stoa_testkit::eventually;

/// What changes by itself: leases, the mark of the store's own work, what services remember of each other's logs.
const RESTLESS: [&str; 4] = [
    "workflow_runner",
    "event_relay",
    "stoa_database",
    "stoa_peer",
];

/// Where refusals that execution decided are kept: to be replayed, and those of the staff in the audit log.
const KEYS: [&str; 3] = ["stoa_idempotency", "request_key", "stoa_audit"];

/// Every table of every database: how many rows, and all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Books(BTreeMap<String, (i64, String)>);

impl Books {
    /// The state of the databases in this folder once nothing moves any more: every event is relayed, no workflow is live.
    pub(crate) async fn at_rest(folder: &Path) -> Self {
        let last = std::cell::RefCell::new(None);
        eventually("the books to be at rest", || async {
            let (books, open) = Self::read(folder).await;
            let before = last.replace(Some(books.clone()));
            (open == 0 && before.as_ref() == Some(&books)).then_some(books)
        })
        .await
    }

    /// The state at this moment, and what is still to be done.
    async fn read(folder: &Path) -> (Self, i64) {
        let mut tables = BTreeMap::new();
        let mut open = 0;
        for file in databases(folder) {
            let options = SqliteConnectOptions::new().filename(&file).read_only(true);
            let mut db = options.connect().await.expect("a database of the suite");
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            for table in names(&mut db).await {
                if !RESTLESS.contains(&table.as_str()) {
                    let rows = rows(&mut db, &table).await;
                    tables.insert(format!("{name}.{table}"), rows);
                }
            }
            open += undone(&mut db).await;
            db.close().await.unwrap();
        }
        (Self(tables), open)
    }

    /// Without the keys of refusals that are kept.
    pub(crate) fn but_keys(mut self) -> Self {
        self.0
            .retain(|table, _| !KEYS.iter().any(|keys| table.ends_with(keys)));
        self
    }

    /// Fails and says which tables differ.
    #[track_caller]
    pub(crate) fn unchanged(&self, now: &Self, what: &str) {
        let tables: BTreeSet<&String> = self.0.keys().chain(now.0.keys()).collect();
        let count = |books: &Self, table: &String| books.0.get(table).map(|rows| rows.0);
        let differ: Vec<String> = tables
            .into_iter()
            .filter(|table| self.0.get(*table) != now.0.get(*table))
            .map(|table| {
                format!(
                    "{table}: {:?} -> {:?} rows",
                    count(self, table),
                    count(now, table)
                )
            })
            .collect();
        assert!(differ.is_empty(), "{what} changed {differ:#?}");
    }
}

/// The database files in a folder and those below it.
fn databases(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(databases(&path));
        } else if path.extension().is_some_and(|ending| ending == "db") {
            found.push(path);
        }
    }
    assert!(!found.is_empty() || !folder.join("operator.token").exists());
    found.sort();
    found
}

async fn names(db: &mut SqliteConnection) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let rows = sqlx::query(sql).fetch_all(db).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// How many rows, and a digest of them.
async fn rows(db: &mut SqliteConnection, table: &str) -> (i64, String) {
    let sql = format!(
        "SELECT group_concat('quote(\"' || name || '\")', '||') FROM pragma_table_info('{table}')"
    );
    let columns: String = one(db, sql).await;
    let sql = format!("SELECT COUNT(*) FROM \"{table}\"");
    let count = one(db, sql).await;
    let sql = format!(
        "SELECT COALESCE(group_concat(line, char(10)), '') FROM (SELECT {columns} AS line FROM \"{table}\" ORDER BY 1)"
    );
    (count, one(db, sql).await)
}

/// Events that are not relayed yet, and workflows that are not done; the one that looks at the provider's list never is.
async fn undone(db: &mut SqliteConnection) -> i64 {
    let tables = names(db).await;
    let asked = [
        (
            "event_log",
            "SELECT (SELECT COUNT(*) FROM event_log) - (SELECT COUNT(*) FROM event_position)
               + (SELECT COALESCE(MAX(position), 0) FROM event_position) - (SELECT SUM(published) FROM event_relay)",
        ),
        (
            "event_rebuild",
            "SELECT COUNT(*) FROM event_rebuild WHERE state = 'FILLING'",
        ),
        (
            "workflow",
            "SELECT COUNT(*) FROM workflow WHERE status = 'LIVE' AND kind <> 'payment.sweep'",
        ),
    ];
    let mut open = 0;
    for (table, sql) in asked {
        if tables.iter().any(|name| name == table) {
            open += one::<i64>(db, sql.to_owned()).await;
        }
    }
    open
}

async fn one<T>(db: &mut SqliteConnection, sql: String) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(db).await;
    row.unwrap().get(0)
}
