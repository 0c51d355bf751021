//! The closing row: how far the log was found in order; and which orders and credits were left open below it.

use serde::Serialize;
use serde_json::json;
use stoa_chassis::seal;
use stoa_events::Envelope;
use stoa_store::{Db, Sql, StoreError, Tx, sql};

use crate::domain::event::AGGREGATE;

const LOAD: Sql = sql!("closing_load");
const BEGIN: Sql = sql!("closing_begin");
const LOCK: Sql = sql!("closing_lock");
const SAVE: Sql = sql!("closing_save");
const OPEN_ADD: Sql = sql!("open_add");
const OPEN_REMOVE: Sql = sql!("open_remove");
const OPEN_LIST: Sql = sql!("open_list");

/// Kinds of aggregates that are judged.
const JUDGED: [&str; 2] = [AGGREGATE, "credit"];

/// How far the log was found in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Closing {
    /// The last event.
    pub(crate) position: i64,
    /// Orders and credits that began up to it.
    pub(crate) subjects: i64,
    chain: String,
    seal: String,
}

impl Closing {
    /// That of an empty log.
    pub(crate) fn empty() -> Self {
        let mut closing = Self {
            position: 0,
            subjects: 0,
            chain: String::new(),
            seal: String::new(),
        };
        closing.seal = closing.sealed();
        closing
    }

    /// The one that stands, and how many subjects were left open below it.
    pub(crate) async fn load(db: &Db) -> Result<Option<(Self, i64)>, StoreError> {
        let Some(row) = db.query_one(LOAD, &()).await? else {
            return Ok(None);
        };
        let closing = Self {
            position: row.get("position")?,
            subjects: row.get("subjects")?,
            chain: row.get("chain")?,
            seal: row.get("seal")?,
        };
        Ok(Some((closing, row.get("open")?)))
    }

    /// Whether it is as it was written.
    pub(crate) fn is_whole(&self) -> bool {
        self.seal == self.sealed()
    }

    /// That over these events too, which follow in the order of their positions.
    pub(crate) fn over(&self, events: &[Envelope]) -> Self {
        let mut next = self.clone();
        for event in events {
            next.position = event.position;
            next.chain = link(&next.chain, event);
            let begins = event.aggregate_version == 1 && is_judged(event);
            next.subjects += i64::from(begins);
        }
        next.seal = next.sealed();
        next
    }

    fn sealed(&self) -> String {
        seal(&[
            b"order",
            &self.position.to_be_bytes(),
            &self.subjects.to_be_bytes(),
            self.chain.as_bytes(),
        ])
    }
}

/// Whether it happened to what the doctor judges.
pub(crate) fn is_judged(event: &Envelope) -> bool {
    JUDGED.contains(&event.aggregate_kind.as_str())
}

fn link(chain: &str, event: &Envelope) -> String {
    seal(&[
        chain.as_bytes(),
        &event.position.to_be_bytes(),
        event.event_id.uuid().as_bytes(),
        event.aggregate_kind.as_bytes(),
        event.aggregate_id.as_bytes(),
        &event.aggregate_version.to_be_bytes(),
        event.event_type.as_bytes(),
        &event.payload,
        &event.occurred_at.micros().to_be_bytes(),
    ])
}

/// The position up to which the books are closed, locked; there is a closing row from here on.
pub(crate) async fn lock(tx: &Tx) -> Result<i64, StoreError> {
    tx.execute(BEGIN, &Closing::empty()).await?;
    let row = tx.query_one(LOCK, &()).await?;
    row.ok_or(StoreError::Contract("there is no closing row"))?
        .get("position")
}

/// Moves the closing row, and leaves these subjects open.
pub(crate) async fn advance(tx: &Tx, to: &Closing, changed: &[String]) -> Result<(), StoreError> {
    tx.execute(SAVE, to).await?;
    if !changed.is_empty() {
        tx.execute(OPEN_ADD, changed).await?;
    }
    Ok(())
}

/// An order or credit that was found in order.
#[derive(Debug, Serialize)]
pub(crate) struct Judged {
    pub(crate) subject: String,
    /// Its id in hex.
    pub(crate) id: String,
    pub(crate) version: i64,
}

/// Closes these subjects; how many were open and are it no more.
pub(crate) async fn close(tx: &Tx, judged: &[Judged]) -> Result<u64, StoreError> {
    if judged.is_empty() {
        return Ok(0);
    }
    tx.execute(OPEN_REMOVE, judged).await
}

/// Up to `limit` subjects behind one that were left open.
pub(crate) async fn left_open(
    db: &Db,
    after: &str,
    limit: usize,
) -> Result<Vec<String>, StoreError> {
    let rows = db
        .query(OPEN_LIST, &json!({"after": after, "limit": limit}))
        .await?;
    rows.iter().map(|row| row.get("subject")).collect()
}
