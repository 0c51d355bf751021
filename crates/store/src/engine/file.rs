//! The connections of a SQLite file that run statements where they are asked for.
//!
//! The driver under sea-orm keeps each connection on a thread of its own, so that every statement is two wake-ups across
//! threads: most of what a short transaction costs. Here a statement runs on the thread that asks: the lane's own for
//! the writer, the caller's for a reader (docs/adr/0013).

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::types::{FromSql, Value};
use rusqlite::{Connection, OpenFlags, Rows, Statement, ffi};
use serde::Serialize;

use super::Progress;
use super::each;
use super::sqlite::{BUSY, PREPARED};
use crate::row::Row;
use crate::{Durability, Options};

/// Instructions of the engine's machine between two looks at the clock.
const LOOK: i32 = 20_000;
/// Readers that are kept open; more are opened when more threads read at once.
const KEPT: usize = 8;

/// The connection that writes, and until when its transaction may go on.
#[derive(Debug)]
pub(crate) struct Writer {
    /// None once it is closed.
    connection: Mutex<Option<Open>>,
    limit: Arc<Limit>,
}

/// A moment, in microseconds since this was made; 0: none.
#[derive(Debug)]
struct Limit {
    since: Instant,
    until: AtomicU64,
}

impl Limit {
    fn set(&self, left: Duration) {
        let until = micros(self.since.elapsed() + left).max(1);
        self.until.store(until, Ordering::Relaxed);
    }

    fn lift(&self) {
        self.until.store(0, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        let until = self.until.load(Ordering::Relaxed);
        until != 0 && micros(self.since.elapsed()) > until
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

impl Writer {
    /// Opens it; the file stands and is migrated.
    pub(crate) fn open(path: &Path, options: &Options) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = connect(path, flags, options.cache_kib)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        let synchronous = match options.durability {
            Durability::Off => "OFF",
            Durability::Normal => "NORMAL",
            Durability::Full => "FULL",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        let limit = Arc::new(Limit {
            since: Instant::now(),
            until: AtomicU64::new(0),
        });
        let seen = Arc::clone(&limit);
        connection.progress_handler(LOOK, Some(move || seen.is_over()))?;
        Ok(Self {
            connection: Mutex::new(Some(Open::of(connection))),
            limit,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` on the connection, on this thread.
    fn with<T>(&self, work: impl FnOnce(&Open) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        match self.lock().as_ref() {
            Some(open) => work(open),
            None => Err(closed()),
        }
    }

    /// Begins a transaction with the write lock, so that it cannot fail later for want of it.
    pub(crate) fn begin(self: &Arc<Self>) -> rusqlite::Result<Transaction> {
        self.with(|Open { connection, .. }| {
            if !connection.is_autocommit() {
                connection.execute_batch("ROLLBACK")?;
            }
            run(connection, "BEGIN IMMEDIATE")
        })?;
        Ok(Transaction {
            writer: Arc::clone(self),
            left: AtomicU64::new(0),
            ended: false,
        })
    }

    /// A setting of the connection.
    pub(crate) fn setting<T: FromSql>(&self, name: &str) -> rusqlite::Result<T> {
        self.with(|open| {
            open.connection
                .pragma_query_value(None, name, |row| row.get(0))
        })
    }

    /// Moves pages of the log into the tables, between two transactions.
    pub(crate) fn checkpoint(&self, mode: &str) -> rusqlite::Result<Progress> {
        self.with(|Open { connection, .. }| {
            connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), (), |row| {
                Ok(Progress {
                    log: row.get(1)?,
                    moved: row.get(2)?,
                })
            })
        })
    }

    /// Closes the connection; what is asked of it afterwards fails.
    pub(crate) fn close(&self) {
        drop(self.lock().take());
    }
}

fn closed() -> rusqlite::Error {
    failure(ffi::SQLITE_MISUSE, "the database is closed")
}

fn failure(code: i32, why: &str) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some(why.to_owned()))
}

/// An open transaction of the writer; dropped, it is rolled back.
#[derive(Debug)]
pub(crate) struct Transaction {
    writer: Arc<Writer>,
    /// The time that it was given last, in microseconds.
    left: AtomicU64,
    ended: bool,
}

impl Transaction {
    /// Interrupts its statements from `left` on.
    pub(crate) fn limit(&self, left: Duration) {
        self.writer.limit.set(left);
        self.left.store(micros(left), Ordering::Relaxed);
    }

    /// The time that it had, when that is over.
    pub(crate) fn exceeded(&self) -> Option<Duration> {
        let left = Duration::from_micros(self.left.load(Ordering::Relaxed));
        self.writer.limit.is_over().then_some(left)
    }

    /// Runs a statement and says how many rows it changed.
    pub(crate) fn execute<P: Serialize + ?Sized>(
        &self,
        text: &'static str,
        parameter: &P,
    ) -> rusqlite::Result<u64> {
        self.inside(|open| {
            let mut changed = 0;
            open.run(text, parameter, |_, rows| {
                while rows.next()?.is_some() {}
                changed += open.connection.changes();
                Ok(())
            })?;
            Ok(changed)
        })
    }

    /// Runs a statement and returns its rows.
    pub(crate) fn query<P: Serialize + ?Sized>(
        &self,
        text: &'static str,
        parameter: &P,
    ) -> rusqlite::Result<Vec<Row>> {
        self.inside(|open| open.query(text, parameter))
    }

    /// Runs statements without a parameter.
    pub(crate) fn batch(&self, text: &str) -> rusqlite::Result<()> {
        self.inside(|open| open.connection.execute_batch(text))
    }

    /// Runs `work`, unless the engine has ended the transaction by itself: what came then would stand at once.
    fn inside<T>(&self, work: impl FnOnce(&Open) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        self.writer.with(|open| {
            if open.connection.is_autocommit() {
                let why = "the engine has rolled the transaction back";
                return Err(failure(ffi::SQLITE_ABORT, why));
            }
            work(open)
        })
    }

    /// Ends it. A COMMIT that is refused leaves it open; then it is rolled back with this value.
    pub(crate) fn commit(mut self) -> rusqlite::Result<()> {
        self.writer.limit.lift();
        let done = self.inside(|open| run(&open.connection, "COMMIT"));
        self.ended = done.is_ok();
        done
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        self.writer.limit.lift();
        if self.ended {
            return;
        }
        let rolled_back = self.writer.with(|Open { connection, .. }| {
            if connection.is_autocommit() {
                return Ok(());
            }
            connection.execute_batch("ROLLBACK")
        });
        if let Err(error) = rolled_back {
            tracing::debug!(%error, "a rollback failed; the next transaction tries again");
        }
    }
}

/// Connections that read; each read takes one that is free or opens another.
#[derive(Debug)]
pub(crate) struct Readers {
    path: PathBuf,
    cache_kib: u32,
    /// None once they are closed.
    free: Mutex<Option<Vec<Open>>>,
}

impl Readers {
    pub(crate) fn open(path: &Path, options: &Options) -> Self {
        Self {
            path: path.to_owned(),
            cache_kib: options.cache_kib / 2,
            free: Mutex::new(Some(Vec::new())),
        }
    }

    fn free(&self) -> MutexGuard<'_, Option<Vec<Open>>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a query on one state of the database.
    pub(crate) fn query<P: Serialize + ?Sized>(
        &self,
        text: &'static str,
        parameter: &P,
    ) -> rusqlite::Result<Vec<Row>> {
        let free = self.free().as_mut().ok_or_else(closed)?.pop();
        let open = match free {
            Some(open) => open,
            None => self.another()?,
        };
        let rows = open.query(text, parameter);
        if let Some(free) = self.free().as_mut().filter(|free| free.len() < KEPT) {
            free.push(open);
        }
        rows
    }

    fn another(&self) -> rusqlite::Result<Open> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        connect(&self.path, flags, self.cache_kib).map(Open::of)
    }

    /// Closes those that are free, and each other one with its read.
    pub(crate) fn close(&self) {
        drop(self.free().take());
    }
}

fn connect(path: &Path, flags: OpenFlags, cache_kib: u32) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "cache_size", -i64::from(cache_kib))?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    Ok(connection)
}

/// Runs a statement that gives no rows and takes no parameter.
fn run(connection: &Connection, text: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(text)?.execute(()).map(drop)
}

/// A connection and what is known of the statements that it has run.
#[derive(Debug)]
struct Open {
    connection: Connection,
    /// By where the text stands in the program.
    shapes: RefCell<HashMap<(usize, usize), Shape>>,
}

/// The names of a statement's columns and of its parameters, these without the colon.
#[derive(Clone, Debug)]
struct Shape {
    columns: Arc<[Box<str>]>,
    parameters: Arc<[Box<str>]>,
}

impl Shape {
    fn of(statement: &Statement<'_>) -> Self {
        let parameter = |place| statement.parameter_name(place).unwrap_or_default();
        Self {
            columns: statement
                .column_names()
                .into_iter()
                .map(Box::from)
                .collect(),
            parameters: (1..=statement.parameter_count())
                .map(|place| Box::from(parameter(place).trim_start_matches(':')))
                .collect(),
        }
    }
}

impl Open {
    fn of(connection: Connection) -> Self {
        Self {
            connection,
            shapes: RefCell::default(),
        }
    }

    fn shape(&self, text: &'static str, statement: &Statement<'_>) -> Shape {
        let place = (text.as_ptr().addr(), text.len());
        let mut shapes = self.shapes.borrow_mut();
        let known = shapes.entry(place);
        known.or_insert_with(|| Shape::of(statement)).clone()
    }

    fn query<P: Serialize + ?Sized>(
        &self,
        text: &'static str,
        parameter: &P,
    ) -> rusqlite::Result<Vec<Row>> {
        let mut found = Vec::new();
        self.run(text, parameter, |columns, rows| {
            while let Some(row) = rows.next()? {
                let values = (0..columns.len())
                    .map(|column| row.get::<_, Value>(column))
                    .collect::<rusqlite::Result<Box<[Value]>>>()?;
                found.push(Row::of_file(Arc::clone(columns), values));
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Runs a statement, once or once per row, and hands over what it gives.
    fn run<P: Serialize + ?Sized>(
        &self,
        text: &'static str,
        parameter: &P,
        mut take: impl FnMut(&Arc<[Box<str>]>, &mut Rows<'_>) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(text)?;
        let shape = self.shape(text, &statement);
        if each::is_each(text) {
            return each::run(&mut statement, &shape.parameters, parameter, |rows| {
                take(&shape.columns, rows)
            });
        }
        if shape.parameters.is_empty() {
            return take(&shape.columns, &mut statement.query(())?);
        }
        let document = serde_json::to_string(parameter)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        take(&shape.columns, &mut statement.query((document,))?)
    }
}
