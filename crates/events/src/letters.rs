//! What happens to an event that cannot be applied: it is kept, listed, replayed in order, or given up with a reason.

use std::sync::Arc;

use serde::Serialize;
use stoa_errors::Error;
use stoa_store::{Db, Row, Sql, StoreError, Tx, sql};
use stoa_types::Timestamp;

use crate::drain::drain;
use crate::{Consumer, Envelope, inbox};

const LIST: Sql = sql!("letters_list");
pub(crate) const NEXT: Sql = sql!("letters_next");
const DISCARD: Sql = sql!("letters_discard");
const COUNT: Sql = sql!("letters_count");

/// A consumer with the database of its inbox and its dead letters.
pub struct Subscription {
    db: Db,
    consumer: Arc<dyn Consumer>,
}

/// Why a letter is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterState {
    /// It could not be applied; its aggregate is parked in this consumer.
    Poison,
    /// It waits behind one that could not be applied.
    Queued,
    /// It came before its predecessor.
    Waiting,
    /// It was given up.
    Discarded,
}

/// An event that a consumer has not applied.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// Which consumer.
    pub consumer: String,
    /// Why it is kept.
    pub state: LetterState,
    /// Since when.
    pub since: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// What went wrong the last time.
    pub error: Option<String>,
    /// Who gave it up, and why.
    pub discarded: Option<(String, String)>,
    /// The event.
    pub event: Envelope,
}

/// What a replay has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Letters that were applied now.
    pub applied: u64,
    /// Letters of the aggregate that are left.
    pub left: u64,
}

#[derive(Serialize)]
pub(crate) struct Aggregate<'a> {
    pub(crate) consumer: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) id: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Letter<'a> {
    pub(crate) consumer: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) id: &'a str,
    pub(crate) version: i64,
    pub(crate) error: Option<&'a str>,
    pub(crate) actor: Option<&'a str>,
    pub(crate) reason: Option<&'a str>,
}

#[derive(Serialize)]
struct Page<'a> {
    consumer: &'a str,
    after: (&'a str, &'a str, i64),
    limit: usize,
}

impl LetterState {
    /// Its name in the table and in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Poison => "POISON",
            Self::Queued => "QUEUED",
            Self::Waiting => "WAITING",
            Self::Discarded => "DISCARDED",
        }
    }

    fn parse(text: &str) -> Result<Self, StoreError> {
        [Self::Poison, Self::Queued, Self::Waiting, Self::Discarded]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(StoreError::Contract(
                "a letter has a state that nobody knows",
            ))
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription")
            .field("db", &self.db.name())
            .field("consumer", &self.consumer.name())
            .finish()
    }
}

impl Subscription {
    /// `consumer`, with its inbox and its dead letters in `db`.
    #[must_use]
    pub fn new(db: Db, consumer: Arc<dyn Consumer>) -> Self {
        Self { db, consumer }
    }

    /// The database of the inbox.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Who listens.
    #[must_use]
    pub fn consumer(&self) -> &dyn Consumer {
        self.consumer.as_ref()
    }

    pub(crate) fn shared(&self) -> &Arc<dyn Consumer> {
        &self.consumer
    }

    /// Up to `limit` letters behind `after` (kind, id and version of the last one listed), in that order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn letters(
        &self,
        after: Option<(&str, &str, i64)>,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let page = Page {
            consumer: self.consumer.name(),
            after: after.unwrap_or_default(),
            limit,
        };
        let rows = self.db.query(LIST, &page).await?;
        rows.iter().map(read).collect()
    }

    /// Applies the letters of one aggregate in order, as far as they go.
    ///
    /// # Errors
    /// When the database does not take it, or a repetition heals what went wrong.
    pub async fn replay(&self, kind: &str, id: &str) -> Result<Replayed, StoreError> {
        let applied = drain(self, kind, id, true).await?;
        let left = self.count(kind, id).await?;
        Ok(Replayed { applied, left })
    }

    /// Gives up the letter that could not be applied and goes on with what waits behind it; false when there is
    /// no such letter.
    ///
    /// # Errors
    /// As [`Subscription::replay`].
    pub async fn discard(
        &self,
        kind: &str,
        id: &str,
        version: i64,
        actor: &str,
        reason: &str,
    ) -> Result<bool, StoreError> {
        let consumer = Arc::clone(&self.consumer);
        let given: Arc<[String]> = [kind, id, actor, reason].map(str::to_owned).into();
        let found = self
            .db
            .write("events.letters.discard", move |tx| {
                let (consumer, given) = (Arc::clone(&consumer), Arc::clone(&given));
                Box::pin(async move { give_up(tx, consumer.as_ref(), &given, version).await })
            })
            .await?;
        if found {
            drain(self, kind, id, false).await?;
        }
        Ok(found)
    }

    pub(crate) async fn count(&self, kind: &str, id: &str) -> Result<u64, StoreError> {
        let aggregate = Aggregate {
            consumer: self.consumer.name(),
            kind,
            id,
        };
        let row = self.db.query_one(COUNT, &aggregate).await?;
        let left: i64 = match row {
            Some(row) => row.get("left")?,
            None => 0,
        };
        Ok(u64::try_from(left).unwrap_or(0))
    }
}

/// The text that an operator reads beside a letter.
pub(crate) fn told(error: &Error) -> String {
    let causes = error.causes();
    if causes.is_empty() {
        error.to_string()
    } else {
        format!("{error}: {causes}")
    }
}

async fn give_up(
    tx: &Tx,
    consumer: &dyn Consumer,
    given: &[String],
    version: i64,
) -> Result<bool, StoreError> {
    let [kind, id, actor, reason] = given else {
        return Err(StoreError::Contract("a kind, an id, an actor and a reason"));
    };
    let aggregate = Aggregate {
        consumer: consumer.name(),
        kind,
        id,
    };
    inbox::lock_letters(tx, consumer.name(), kind, id).await?;
    let Some(row) = tx.query_one(NEXT, &aggregate).await? else {
        return Ok(false);
    };
    let letter = read(&row)?;
    if letter.state != LetterState::Poison || letter.event.aggregate_version != version {
        return Ok(false);
    }
    let mark = Letter {
        actor: Some(actor),
        reason: Some(reason),
        ..key(consumer.name(), &letter.event)
    };
    tx.execute(DISCARD, &mark).await?;
    // It counts as applied: it must not come again, and what waits behind it has its turn.
    inbox::record(tx, consumer, std::slice::from_ref(&letter.event)).await?;
    Ok(true)
}

/// How statements name a letter.
pub(crate) fn key<'a>(consumer: &'a str, event: &'a Envelope) -> Letter<'a> {
    Letter {
        consumer,
        kind: &event.aggregate_kind,
        id: &event.aggregate_id,
        version: event.aggregate_version,
        error: None,
        actor: None,
        reason: None,
    }
}

pub(crate) fn read(row: &Row) -> Result<DeadLetter, StoreError> {
    let (actor, reason): (Option<String>, Option<String>) =
        (row.get("actor_of_discard")?, row.get("reason_of_discard")?);
    Ok(DeadLetter {
        consumer: row.get("consumer")?,
        state: LetterState::parse(&row.get::<String>("state")?)?,
        since: row.get("since")?,
        attempts: row.get("attempts")?,
        error: row.get("error")?,
        discarded: actor.zip(reason),
        event: Envelope::read(row)?,
    })
}
