//! What an engine said when something failed, and what of it a repetition heals.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

use super::{postgres, sqlite};

/// What an engine said when something failed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Through the driver under the ORM.
    #[error(transparent)]
    Orm(#[from] DbErr),
    /// A SQLite file that is asked directly.
    #[error(transparent)]
    File(#[from] rusqlite::Error),
}

/// What is known of a failure.
enum Failure {
    /// An extended result code of SQLite.
    Sqlite(u32),
    /// A code of Postgres.
    Postgres(String),
    /// No answer came, or no connection was to be had.
    Lost,
    /// Nothing that helps.
    Other,
}

/// The length of the codes of Postgres; those of SQLite are numbers of at most four digits.
const SQLSTATE: usize = 5;

impl EngineError {
    fn failure(&self) -> Failure {
        match self {
            Self::Orm(error) => failure_of_orm(error),
            Self::File(error) => error
                .sqlite_error()
                .and_then(|error| u32::try_from(error.extended_code).ok())
                .map_or(Failure::Other, Failure::Sqlite),
        }
    }

    /// Whether the same transaction may succeed when it is run again.
    pub(crate) fn is_transient(&self) -> bool {
        match self.failure() {
            Failure::Sqlite(code) => sqlite::is_transient(code),
            Failure::Postgres(code) => postgres::is_transient(&code),
            Failure::Lost => true,
            Failure::Other => false,
        }
    }

    /// Whether a COMMIT that failed so has certainly committed nothing.
    pub(crate) fn is_uncommitted(&self) -> bool {
        match self.failure() {
            Failure::Sqlite(code) => sqlite::is_uncommitted(code),
            Failure::Postgres(code) => postgres::is_uncommitted(&code),
            Failure::Lost | Failure::Other => false,
        }
    }

    /// Whether another transaction took a unique key meanwhile: the same work, run again, sees it and decides anew.
    /// On SQLite there is one writer, and a key that is taken twice is a fault of the statement.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(self.failure(), Failure::Postgres(code) if postgres::is_conflict(&code))
    }

    /// Whether a UNIQUE or PRIMARY KEY constraint refused it.
    pub(crate) fn is_unique_violation(&self) -> bool {
        match self {
            Self::Orm(error) => {
                matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
            }
            Self::File(_) => {
                matches!(self.failure(), Failure::Sqlite(code) if sqlite::is_unique_violation(code))
            }
        }
    }
}

fn failure_of_orm(error: &DbErr) -> Failure {
    let cause = match error {
        DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause))
        | DbErr::Conn(RuntimeErr::SqlxError(cause)) => cause,
        DbErr::ConnectionAcquire(_) => return Failure::Lost,
        _ => return Failure::Other,
    };
    match cause.as_ref() {
        sqlx::Error::Database(error) => match error.code() {
            Some(code) if code.len() == SQLSTATE => Failure::Postgres(code.into_owned()),
            Some(code) => code.parse().map_or(Failure::Other, Failure::Sqlite),
            None => Failure::Other,
        },
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => Failure::Lost,
        _ => Failure::Other,
    }
}
