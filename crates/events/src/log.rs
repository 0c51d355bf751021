//! How the log is read, and how far behind its publication is.

use serde::Serialize;
use stoa_store::{Db, Sql, StoreError, Tx, sql};
use stoa_types::Timestamp;

use crate::Envelope;

const READ: Sql = sql!("log_read");
const STREAM: Sql = sql!("log_stream");
const STREAMS: Sql = sql!("log_streams");
const LAG: Sql = sql!("log_lag");

/// The log of one service.
#[derive(Debug)]
pub struct EventLog;

/// How far the publication is behind the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lag {
    /// The last position that was given.
    pub head: i64,
    /// The last position that every listener has recorded.
    pub published: i64,
    /// Events that no listener was told of yet, those without a position included.
    pub waiting: i64,
    /// When the oldest of them happened.
    pub oldest: Option<Timestamp>,
}

#[derive(Serialize)]
struct Read {
    after: i64,
    limit: usize,
}

#[derive(Serialize)]
struct Stream<'a> {
    kind: &'a str,
    id: &'a str,
    after: i64,
    limit: usize,
}

#[derive(Serialize)]
struct Streams<'a> {
    kind: &'a str,
    ids: &'a [&'a str],
}

impl EventLog {
    /// Up to `limit` events behind position `after`, in the order of their positions.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn read(db: &Db, after: i64, limit: usize) -> Result<Vec<Envelope>, StoreError> {
        let rows = db.query(READ, &Read { after, limit }).await?;
        rows.iter().map(Envelope::read).collect()
    }

    /// Up to `limit` events of one aggregate behind `after_version`, by version: for who folds them. Their
    /// positions are not told: 0.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn stream(
        db: &Db,
        kind: &str,
        id: &str,
        after_version: i64,
        limit: usize,
    ) -> Result<Vec<Envelope>, StoreError> {
        let wanted = Stream {
            kind,
            id,
            after: after_version,
            limit,
        };
        let rows = db.query(STREAM, &wanted).await?;
        rows.iter().map(Envelope::read).collect()
    }

    /// All events of several aggregates of one kind, by aggregate and version, as one transaction sees them: for who
    /// checks that they fold into what the service keeps. Their positions are not told: 0.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn streams(tx: &Tx, kind: &str, ids: &[&str]) -> Result<Vec<Envelope>, StoreError> {
        let rows = tx.query(STREAMS, &Streams { kind, ids }).await?;
        rows.iter().map(Envelope::read).collect()
    }

    /// How far the publication is behind.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn lag(db: &Db) -> Result<Lag, StoreError> {
        let row = db
            .query_one(LAG, &())
            .await?
            .ok_or(StoreError::Contract("the log has no relay row"))?;
        Ok(Lag {
            head: row.get("head")?,
            published: row.get("published")?,
            waiting: row.get("waiting")?,
            oldest: row.get("oldest")?,
        })
    }
}
