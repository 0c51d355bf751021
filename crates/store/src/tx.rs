//! A transaction as the code of a service sees it: statements in, rows out, no way to commit.

use std::any::Any;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Statement, Value};
use serde::Serialize;

use crate::engine::{EngineError, Transaction, document, is_each};
use crate::{Engine, Row, Sql, StoreError};

/// An open transaction; whoever began it ends it.
#[derive(Debug)]
pub struct Tx {
    open: Open,
    engine: Engine,
    touched: Mutex<Vec<&'static str>>,
    kept: Mutex<Kept>,
    statements: AtomicU64,
}

/// What a transaction keeps until it has ended.
pub(crate) type Kept = Vec<Box<dyn Any + Send>>;

/// Where it is open.
#[derive(Debug)]
enum Open {
    /// On the writer of a SQLite file.
    File(Transaction),
    /// On a connection of the driver under the ORM.
    Orm(Arc<DatabaseTransaction>),
}

impl Tx {
    pub(crate) fn of_orm(txn: DatabaseTransaction, engine: Engine) -> Self {
        Self::new(Open::Orm(Arc::new(txn)), engine)
    }

    pub(crate) fn of_file(transaction: Transaction) -> Self {
        Self::new(Open::File(transaction), Engine::Sqlite)
    }

    fn new(open: Open, engine: Engine) -> Self {
        Self {
            open,
            engine,
            touched: Mutex::new(Vec::new()),
            kept: Mutex::default(),
            statements: AtomicU64::new(0),
        }
    }

    /// The engine underneath.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// From `left` on its statements fail as slow. Only a file needs to be told: there nothing else runs on the thread
    /// that could end a statement from outside.
    pub(crate) fn limit(&self, left: Duration) {
        if let Open::File(transaction) = &self.open {
            transaction.limit(left);
        }
    }

    /// Runs a statement and says how many rows it changed.
    ///
    /// # Errors
    /// When the parameter does not encode or the engine refuses the statement.
    pub async fn execute<P: Serialize + ?Sized + Sync>(
        &self,
        sql: impl Into<Sql>,
        parameter: &P,
    ) -> Result<u64, StoreError> {
        let sql = sql.into();
        let text = sql.text(self.engine);
        self.statements.fetch_add(1, Ordering::Relaxed);
        let done = match &self.open {
            Open::File(transaction) => {
                let done = transaction.execute(text, parameter);
                done.map_err(EngineError::from)
            }
            Open::Orm(txn) => txn
                .execute_raw(self.statement(text, parameter)?)
                .await
                .map(|done| done.rows_affected())
                .map_err(EngineError::from),
        };
        done.map_err(|source| self.failed(sql, source))
    }

    /// Runs a statement and returns its rows.
    ///
    /// # Errors
    /// When the parameter does not encode or the engine refuses the statement.
    pub async fn query<P: Serialize + ?Sized + Sync>(
        &self,
        sql: impl Into<Sql>,
        parameter: &P,
    ) -> Result<Vec<Row>, StoreError> {
        let sql = sql.into();
        let text = sql.text(self.engine);
        self.statements.fetch_add(1, Ordering::Relaxed);
        let found = match &self.open {
            Open::File(transaction) => {
                let found = transaction.query(text, parameter);
                found.map_err(EngineError::from)
            }
            Open::Orm(txn) => txn
                .query_all_raw(self.statement(text, parameter)?)
                .await
                .map(rows)
                .map_err(EngineError::from),
        };
        found.map_err(|source| self.failed(sql, source))
    }

    /// Runs a statement that gives one row or none.
    ///
    /// # Errors
    /// As [`Tx::query`].
    pub async fn query_one<P: Serialize + ?Sized + Sync>(
        &self,
        sql: impl Into<Sql>,
        parameter: &P,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.query(sql, parameter).await?.into_iter().next())
    }

    /// Runs statements that take no parameter, one after the other: those of a migration.
    ///
    /// # Errors
    /// When the engine refuses one.
    pub async fn execute_unprepared(&self, text: &str) -> Result<(), StoreError> {
        match &self.open {
            Open::File(transaction) => transaction.batch(text).map_err(EngineError::from)?,
            Open::Orm(txn) => txn.execute_unprepared(text).await.map(drop)?,
        }
        Ok(())
    }

    /// For the driver under the ORM.
    fn statement<P: Serialize + ?Sized>(
        &self,
        text: &'static str,
        parameter: &P,
    ) -> Result<Statement, StoreError> {
        if self.engine == Engine::Sqlite && is_each(text) {
            return Err(StoreError::Contract(
                "a statement that runs once per row is not for a snapshot",
            ));
        }
        Ok(statement(self.engine, text, document(parameter)?))
    }

    fn failed(&self, sql: Sql, source: EngineError) -> StoreError {
        if let Open::File(transaction) = &self.open
            && let Some(limit) = transaction.exceeded()
        {
            return StoreError::Slow(limit);
        }
        failed(sql, source)
    }

    /// Names something that this transaction touches: after its commit, and only then, its [`Signal`](crate::Signal) wakes.
    pub fn signal(&self, name: &'static str) {
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        if !touched.contains(&name) {
            touched.push(name);
        }
    }

    /// Keeps `value` until this transaction has ended, however it ends: it is dropped when nothing of it can become visible
    /// any more that is not visible now, and before anybody is told.
    pub fn keep(&self, value: impl Any + Send) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(Box::new(value));
    }

    /// What it keeps, for whoever ends it.
    pub(crate) fn kept(&self) -> Kept {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *kept)
    }

    /// What it has touched so far.
    pub(crate) fn touched(&self) -> Vec<&'static str> {
        let touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        touched.clone()
    }

    /// How many statements it has run so far, those of the ORM apart.
    pub(crate) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Ends the transaction.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self.open {
            Open::File(transaction) => transaction.commit().map_err(EngineError::from),
            Open::Orm(txn) => match Arc::into_inner(txn) {
                Some(txn) => txn.commit().await.map_err(EngineError::from),
                None => return Err(StoreError::Contract("a snapshot is not committed")),
            },
        }
        .map_err(StoreError::Commit)
    }

    /// Undoes it; one of a file is undone where it ends.
    pub(crate) async fn rollback(self) {
        if let Open::Orm(txn) = self.open
            && let Some(txn) = Arc::into_inner(txn)
            && let Err(error) = txn.rollback().await
        {
            tracing::debug!(%error, "a rollback failed; the connection rolls back when it is next used");
        }
    }
}

/// One state of the database, read until it is dropped.
#[derive(Debug)]
pub struct Snapshot {
    tx: Tx,
    orm: Arc<DatabaseTransaction>,
}

impl Snapshot {
    pub(crate) fn new(txn: DatabaseTransaction, engine: Engine) -> Self {
        let orm = Arc::new(txn);
        Self {
            tx: Tx::new(Open::Orm(Arc::clone(&orm)), engine),
            orm,
        }
    }

    /// The same state for the ORM.
    #[must_use]
    pub fn orm(&self) -> &DatabaseTransaction {
        &self.orm
    }
}

impl Deref for Snapshot {
    type Target = Tx;

    fn deref(&self) -> &Tx {
        &self.tx
    }
}

pub(crate) fn failed(sql: Sql, source: EngineError) -> StoreError {
    StoreError::Statement {
        statement: sql.name(),
        source,
    }
}

pub(crate) fn rows(found: Vec<QueryResult>) -> Vec<Row> {
    found.into_iter().map(Row::of_orm).collect()
}

pub(crate) fn statement(engine: Engine, text: &'static str, document: String) -> Statement {
    // Postgres refuses a parameter that its statement does not name.
    if engine == Engine::Postgres && !text.contains("$1") {
        return Statement::from_string(engine.backend(), text);
    }
    Statement::from_sql_and_values(engine.backend(), text, [Value::from(document)])
}
