//! The rows that orders left behind, written again under other keys: what lies between two states of the files, so many times.
//!
//! A row that is new was left by the orders and is copied, its keys rewritten. What an order only changed (a level, how far a relay
//! is) moves on in a straight line: as much again for each copy. A number that counts rows of a table goes on counting, and so do
//! the versions of what was there before.

use std::collections::HashMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result, bail, ensure};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::rewrite::{Cell, Shift};

/// Tables that say something of the process or the file, and nothing of an order.
const ASIDE: &[&str] = &["stoa_database", "stoa_migrations", "workflow_runner"];

/// Columns that count the rows of a table.
const COUNTERS: &[&str] = &["seq", "position"];

/// What an order changes in rows that were there before.
const CHANGED: &[(&str, &[&str])] = &[
    ("catalog_stock", &["available", "version"]),
    ("event_inbox", &["version"]),
    ("event_relay", &["published"]),
    (
        "inventory_level",
        &["on_hand", "allocated", "held", "version"],
    ),
];

/// Two states of the files.
#[derive(Clone, Debug)]
pub(super) struct Template<'a> {
    /// Before the orders.
    pub(super) before: &'a Path,
    /// After them; written to.
    pub(super) data: &'a Path,
    /// When the orders were placed, in milliseconds since 1970.
    pub(super) born_ms: Range<u64>,
    /// How often their rows are written again.
    pub(super) copies: u64,
}

/// The databases of a data folder: those of the services, and the provider's.
pub(super) fn databases(data: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in [data.to_owned(), data.join("sandbox")] {
        for entry in
            fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?
        {
            let path = entry?.path();
            if path.extension().is_some_and(|it| it == "db") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Multiplies in every database; gives the number of rows that were written.
pub(super) fn all(template: &Template<'_>) -> Result<u64> {
    let databases = databases(template.data)?;
    let rows = thread::scope(|scope| {
        let running: Vec<_> = databases
            .iter()
            .map(|database| scope.spawn(move || one(template, database)))
            .collect();
        let joined = running.into_iter().map(|running| match running.join() {
            Ok(rows) => rows,
            Err(_) => bail!("a thread that writes rows panicked"),
        });
        joined.sum::<Result<u64>>()
    })?;
    swept(template.data)?;
    Ok(rows)
}

fn one(template: &Template<'_>, database: &Path) -> Result<u64> {
    let before = template.before.join(database.strip_prefix(template.data)?);
    let multiply = || {
        let connection = Connection::open(database)?;
        // Nothing is lost with a crash here but the bench.
        connection.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; \
             PRAGMA foreign_keys = OFF; PRAGMA cache_size = -400000;",
        )?;
        connection.execute("ATTACH ?1 AS old", [before.to_string_lossy()])?;
        let mut rows = 0;
        for table in tables(&connection)? {
            let table = Table::read(&connection, &table)?;
            rows += table.multiply(&connection, template)?;
        }
        connection.execute_batch(
            "DETACH old; PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL;",
        )?;
        Ok::<u64, anyhow::Error>(rows)
    };
    multiply().with_context(|| format!("cannot multiply the rows of {}", database.display()))
}

fn tables(connection: &Connection) -> Result<Vec<String>> {
    let mut found = connection.prepare(
        "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
    )?;
    let names = found.query_map((), |row| row.get::<_, String>(0))?;
    let names: Vec<String> = names.collect::<rusqlite::Result<_>>()?;
    let wanted = names.into_iter();
    Ok(wanted.filter(|it| !ASIDE.contains(&it.as_str())).collect())
}

/// A table's columns and which of them are its key.
#[derive(Debug)]
struct Table {
    name: String,
    columns: Vec<String>,
    key: Vec<String>,
}

impl Table {
    fn read(connection: &Connection, name: &str) -> Result<Self> {
        let mut listed = connection.prepare("SELECT name, pk FROM pragma_table_info(?1)")?;
        let rows = listed.query_map([name], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
        })?;
        let rows: Vec<(String, i64)> = rows.collect::<rusqlite::Result<_>>()?;
        let key = rows.iter().filter(|(_, place)| *place > 0);
        let key: Vec<String> = key.map(|(name, _)| name.clone()).collect();
        ensure!(!key.is_empty(), "{name} has no key to tell new rows by");
        Ok(Self {
            name: name.to_owned(),
            columns: rows.into_iter().map(|(name, _)| name).collect(),
            key,
        })
    }

    /// The condition that a row of `main`, called m, is the row of `old` called o.
    fn is_same(&self) -> String {
        let equal = self.key.iter().map(|it| format!("o.{it} = m.{it}"));
        equal.collect::<Vec<_>>().join(" AND ")
    }

    fn multiply(&self, connection: &Connection, template: &Template<'_>) -> Result<u64> {
        let rows = self.new_rows(connection, &template.born_ms)?;
        let span_ms = template.born_ms.end - template.born_ms.start + 1;
        let marks = vec!["?"; self.columns.len()].join(", ");
        let insert = format!("INSERT INTO main.{} VALUES ({marks})", self.name);
        let mut insert = connection.prepare(&insert)?;
        connection.execute_batch("BEGIN")?;
        for number in 1..=template.copies {
            let shift = Shift::of(number, template.copies, span_ms);
            for row in &rows {
                let values = row.iter().map(|cell| cell.value(number, shift));
                insert
                    .execute(params_from_iter(values))
                    .with_context(|| format!("copy {number} of a row of {}", self.name))?;
            }
        }
        self.move_on(connection, template.copies)?;
        connection.execute_batch("COMMIT")?;
        Ok(template.copies * u64::try_from(rows.len())?)
    }

    /// The rows that were not there before, taken apart.
    fn new_rows(&self, connection: &Connection, born_ms: &Range<u64>) -> Result<Vec<Vec<Cell>>> {
        let text = format!(
            "SELECT m.* FROM main.{name} m WHERE NOT EXISTS (SELECT 1 FROM old.{name} o WHERE {same})",
            name = self.name,
            same = self.is_same(),
        );
        let mut found = connection.prepare(&text)?;
        let mut found = found.query(())?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let cells = (0..self.columns.len()).map(|column| {
                let value: Value = row.get(column)?;
                Ok(Cell::of(value, born_ms))
            });
            rows.push(cells.collect::<Result<Vec<Cell>>>()?);
        }
        self.count_on(connection, &mut rows)?;
        self.version_on(&mut rows);
        Ok(rows)
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|it| it == name)
    }

    /// Numbers that count rows go on from the last.
    fn count_on(&self, connection: &Connection, rows: &mut [Vec<Cell>]) -> Result<()> {
        for counter in COUNTERS {
            let Some(column) = self.column(counter) else {
                continue;
            };
            let last = |schema: &str| -> Result<i64> {
                let text = format!(
                    "SELECT coalesce(max({counter}), 0) FROM {schema}.{}",
                    self.name
                );
                Ok(connection.query_row(&text, (), |row| row.get(0))?)
            };
            let step = last("main")? - last("old")?;
            for cell in rows.iter_mut().filter_map(|row| row.get_mut(column)) {
                if let Cell::Fixed(Value::Integer(first)) = cell {
                    *cell = Cell::Counted {
                        first: *first,
                        step,
                    };
                }
            }
        }
        Ok(())
    }

    /// Events of what was there before have the next versions; of what is new, the same in each copy.
    fn version_on(&self, rows: &mut [Vec<Cell>]) {
        let named = ["aggregate_kind", "aggregate_id", "aggregate_version"];
        let [Some(kind), Some(id), Some(version)] = named.map(|name| self.column(name)) else {
            return;
        };
        let aggregate = |row: &[Cell]| {
            let id = row.get(id).filter(|cell| cell.is_fixed())?;
            Some(format!("{:?} {id:?}", row.get(kind)))
        };
        let mut counts: HashMap<String, i64> = HashMap::new();
        for row in rows.iter() {
            if let Some(aggregate) = aggregate(row) {
                *counts.entry(aggregate).or_insert(0) += 1;
            }
        }
        for row in rows {
            let step = aggregate(row).and_then(|it| counts.get(&it).copied());
            if let (Some(step), Some(cell)) = (step, row.get_mut(version))
                && let Cell::Fixed(Value::Integer(first)) = cell
            {
                *cell = Cell::Counted {
                    first: *first,
                    step,
                };
            }
        }
    }

    /// What was changed is changed as much again for each copy.
    fn move_on(&self, connection: &Connection, copies: u64) -> Result<()> {
        let Some((_, columns)) = CHANGED.iter().find(|(name, _)| *name == self.name) else {
            return Ok(());
        };
        let (name, same) = (&self.name, self.is_same());
        let set = columns.iter().map(|column| {
            format!("{column} = {column} + {copies} * ({column} - (SELECT o.{column} FROM old.{name} o WHERE {same}))")
        });
        let set = set.collect::<Vec<_>>().join(", ");
        let text = format!(
            "UPDATE main.{name} AS m SET {set} WHERE EXISTS (SELECT 1 FROM old.{name} o WHERE {same})"
        );
        connection.execute(&text, ())?;
        Ok(())
    }
}

/// Payment has compared all of the provider's list with its books: all of it was there, so all of its copies are.
fn swept(data: &Path) -> Result<()> {
    let provider = Connection::open(data.join("sandbox").join("sandbox.db"))?;
    let last: i64 = provider.query_row(
        "SELECT coalesce(max(position), 0) FROM operation",
        (),
        |row| row.get(0),
    )?;
    let payment = Connection::open(data.join("payment.db"))?;
    payment.execute("UPDATE sweep SET position = ?1", [last])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BORN: u64 = 0x01a1_fe80_47f9;

    fn key(low: u128) -> Vec<u8> {
        ((u128::from(BORN) << 80) | (7 << 76) | (2 << 62) | low)
            .to_be_bytes()
            .to_vec()
    }

    /// A made-up service with a level, a log and holds.
    fn file(path: &Path) -> Connection {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let connection = Connection::open(path).unwrap();
        connection
            .execute_batch(
                "CREATE TABLE inventory_level (sku TEXT PRIMARY KEY, on_hand INTEGER, allocated INTEGER, held INTEGER, version INTEGER);
                 CREATE TABLE hold (id BLOB PRIMARY KEY, quantity INTEGER);
                 CREATE TABLE event_log (seq INTEGER PRIMARY KEY, aggregate_kind TEXT, aggregate_id TEXT, aggregate_version INTEGER,
                     UNIQUE (aggregate_kind, aggregate_id, aggregate_version));
                 INSERT INTO inventory_level VALUES ('MUG', 100, 0, 0, 1), ('CUP', 100, 0, 0, 1);
                 INSERT INTO event_log VALUES (1, 'level', 'MUG', 1), (2, 'level', 'CUP', 1);",
            )
            .unwrap();
        connection
    }

    #[test]
    fn new_rows_are_copied_changed_ones_move_on_and_counters_count_on() {
        let folder = tempfile::tempdir().unwrap();
        let (before, data) = (folder.path().join("before"), folder.path().join("data"));
        drop(file(&before.join("inventory.db")));
        let after = file(&data.join("inventory.db"));
        after
            .execute("INSERT INTO hold VALUES (?1, 2), (?2, 1)", [key(1), key(2)])
            .unwrap();
        after
            .execute_batch(
                "UPDATE inventory_level SET allocated = 3, version = 3 WHERE sku = 'MUG';
                 INSERT INTO event_log VALUES (3, 'level', 'MUG', 2), (4, 'level', 'MUG', 3);",
            )
            .unwrap();
        drop(after);
        let template = Template {
            before: &before,
            data: &data,
            born_ms: BORN..BORN + 10,
            copies: 9,
        };
        let rows = one(&template, &data.join("inventory.db")).unwrap();
        assert_eq!(rows, 36, "two holds and two events, nine times");

        let after = Connection::open(data.join("inventory.db")).unwrap();
        let number = |text: &str| -> i64 { after.query_row(text, (), |row| row.get(0)).unwrap() };
        assert_eq!(number("SELECT count(DISTINCT id) FROM hold"), 20);
        assert_eq!(number("SELECT sum(quantity) FROM hold"), 30);
        assert_eq!(
            number("SELECT allocated FROM inventory_level WHERE sku = 'MUG'"),
            30
        );
        assert_eq!(
            number("SELECT version FROM inventory_level WHERE sku = 'MUG'"),
            21
        );
        assert_eq!(
            number("SELECT allocated FROM inventory_level WHERE sku = 'CUP'"),
            0
        );
        assert_eq!(number("SELECT max(seq) FROM event_log"), 22);
        assert_eq!(number("SELECT count(*) FROM event_log"), 22);
        let mug = "SELECT max(aggregate_version) FROM event_log WHERE aggregate_id = 'MUG'";
        assert_eq!(number(mug), 21);
    }

    #[test]
    fn the_providers_books_count_among_the_databases() {
        let folder = tempfile::tempdir().unwrap();
        drop(file(&folder.path().join("order.db")));
        drop(file(&folder.path().join("sandbox").join("sandbox.db")));
        fs::write(folder.path().join("order.db-wal"), "").unwrap();
        let found = databases(folder.path()).unwrap();
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
