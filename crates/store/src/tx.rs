//! A transaction as the code of a service sees it: statements in, rows out, no way to commit.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement, Value};
use serde::Serialize;

use crate::{Engine, Row, Sql, StoreError};

/// An open transaction; whoever began it ends it.
#[derive(Debug)]
pub struct Tx {
    txn: DatabaseTransaction,
    engine: Engine,
    touched: Mutex<Vec<&'static str>>,
    statements: AtomicU64,
}

impl Tx {
    pub(crate) fn new(txn: DatabaseTransaction, engine: Engine) -> Self {
        Self {
            txn,
            engine,
            touched: Mutex::new(Vec::new()),
            statements: AtomicU64::new(0),
        }
    }

    /// The engine underneath.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The same transaction for the ORM: for cold paths, one statement per row.
    #[must_use]
    pub fn orm(&self) -> &DatabaseTransaction {
        &self.txn
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
        let statement = statement(self.engine, sql, parameter)?;
        self.statements.fetch_add(1, Ordering::Relaxed);
        match self.txn.execute_raw(statement).await {
            Ok(done) => Ok(done.rows_affected()),
            Err(source) => Err(failed(sql, source)),
        }
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
        self.statements.fetch_add(1, Ordering::Relaxed);
        query(&self.txn, self.engine, sql.into(), parameter).await
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

    /// Names something that this transaction touches: after its commit, and only then, its [`Signal`](crate::Signal) wakes.
    pub fn signal(&self, name: &'static str) {
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        if !touched.contains(&name) {
            touched.push(name);
        }
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
        self.txn.commit().await.map_err(StoreError::Commit)
    }

    pub(crate) async fn rollback(self) {
        if let Err(error) = self.txn.rollback().await {
            tracing::debug!(%error, "a rollback failed; the connection rolls back when it is next used");
        }
    }
}

/// Runs a query on any connection.
pub(crate) async fn query<C: ConnectionTrait, P: Serialize + ?Sized + Sync>(
    connection: &C,
    engine: Engine,
    sql: Sql,
    parameter: &P,
) -> Result<Vec<Row>, StoreError> {
    let statement = statement(engine, sql, parameter)?;
    match connection.query_all_raw(statement).await {
        Ok(rows) => Ok(rows.into_iter().map(Row::new).collect()),
        Err(source) => Err(failed(sql, source)),
    }
}

fn failed(sql: Sql, source: sea_orm::DbErr) -> StoreError {
    StoreError::Statement {
        statement: sql.name(),
        source,
    }
}

fn statement<P: Serialize + ?Sized>(
    engine: Engine,
    sql: Sql,
    parameter: &P,
) -> Result<Statement, StoreError> {
    let document = serde_json::to_string(parameter).map_err(|source| StoreError::Json {
        what: "the parameter of a statement",
        source,
    })?;
    let text = sql.text(engine);
    // Postgres refuses a parameter that its statement does not name.
    if engine == Engine::Postgres && !text.contains("$1") {
        return Ok(Statement::from_string(engine.backend(), text));
    }
    Ok(Statement::from_sql_and_values(
        engine.backend(),
        text,
        [Value::from(document)],
    ))
}
