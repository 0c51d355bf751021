//! What happens to an event that cannot be applied: it is kept, and told to whoever operates the suite.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use stoa_errors::Error;
use stoa_store::{Db, Row, Sql, StoreError, Tx, sql};
use stoa_types::{EventId, Timestamp};

use crate::rebuild::ShadowOf;
use crate::{Consumer, Envelope, Shadow};

const LIST: Sql = sql!("letters_list");
const FIND: Sql = sql!("letters_find");
const HELD: Sql = sql!("letters_held");
pub(crate) const NEXT: Sql = sql!("letters_next");
const COUNT: Sql = sql!("letters_count");

/// A consumer with the database of its inbox and its dead letters.
pub struct Subscription {
    db: Db,
    consumer: Arc<dyn Consumer>,
    shadow: Option<Box<ShadowOf>>,
}

/// Why a letter is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterState {
    /// It could not be applied; its aggregate is parked in this consumer.
    Poison,
    /// It waits behind one that could not be applied, or to be applied now.
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

/// Which letters.
#[derive(Clone, Debug, Default)]
pub struct Letters<'a> {
    /// Only of this consumer.
    pub consumer: Option<&'a str>,
    /// Only in this state; none: all that are not given up.
    pub state: Option<LetterState>,
    /// Only those behind this one.
    pub after: LetterPlace,
}

/// Where a letter stands in the order of all: consumer, kind and id of the aggregate, version. The default stands before
/// every letter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterPlace(String, String, String, i64);

/// What a consumer holds back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Letters that could not be applied.
    pub poison: i64,
    /// Letters behind those.
    pub queued: i64,
    /// Letters that came early.
    pub waiting: i64,
    /// Since when the oldest is held back.
    pub oldest: Option<Timestamp>,
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
    consumer: Option<&'a str>,
    state: Option<&'static str>,
    after: &'a LetterPlace,
    limit: usize,
}

#[derive(Serialize)]
struct Find<'a> {
    consumer: &'a str,
    event_id: String,
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
        let shadow = consumer.shadow().map(|projection| {
            let inbox = Self {
                db: db.clone(),
                consumer: Arc::<dyn Shadow>::clone(&projection),
                shadow: None,
            };
            Box::new(ShadowOf { projection, inbox })
        });
        Self {
            db,
            consumer,
            shadow,
        }
    }

    pub(crate) fn shadow(&self) -> Option<&ShadowOf> {
        self.shadow.as_deref()
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

    /// Letters of one aggregate that are not given up.
    pub(crate) async fn count(&self, kind: &str, id: &str) -> Result<u64, StoreError> {
        let aggregate = Aggregate {
            consumer: self.consumer.name(),
            kind,
            id,
        };
        counted(self.db.query_one(COUNT, &aggregate).await?)
    }
}

impl DeadLetter {
    /// Up to `limit` letters in the order of their places.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list(db: &Db, which: &Letters<'_>, limit: usize) -> Result<Vec<Self>, StoreError> {
        let page = Page {
            consumer: which.consumer,
            state: which.state.map(LetterState::as_str),
            after: &which.after,
            limit,
        };
        let rows = db.query(LIST, &page).await?;
        rows.iter().map(Self::read).collect()
    }

    /// The letter of this event in this consumer.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find(db: &Db, consumer: &str, event: EventId) -> Result<Option<Self>, StoreError> {
        let row = db.query_one(FIND, &find(consumer, event)).await?;
        row.as_ref().map(Self::read).transpose()
    }

    /// As [`DeadLetter::find`], as a transaction sees it.
    pub(crate) async fn find_in(
        tx: &Tx,
        consumer: &str,
        event: EventId,
    ) -> Result<Option<Self>, StoreError> {
        let row = tx.query_one(FIND, &find(consumer, event)).await?;
        row.as_ref().map(Self::read).transpose()
    }

    /// What the consumers of this database hold back, by their names; those that hold nothing are not there.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn held(db: &Db) -> Result<BTreeMap<String, Held>, StoreError> {
        let mut all: BTreeMap<String, Held> = BTreeMap::new();
        for row in db.query(HELD, &()).await? {
            let held = all.entry(row.get("consumer")?).or_default();
            let (letters, oldest): (i64, Timestamp) = (row.get("letters")?, row.get("oldest")?);
            match LetterState::parse(&row.get::<String>("state")?)? {
                LetterState::Poison => held.poison = letters,
                LetterState::Queued => held.queued = letters,
                LetterState::Waiting => held.waiting = letters,
                LetterState::Discarded => continue,
            }
            held.oldest = Some(held.oldest.map_or(oldest, |known| known.min(oldest)));
        }
        Ok(all)
    }

    /// Where it stands in the order of all.
    #[must_use]
    pub fn place(&self) -> LetterPlace {
        LetterPlace(
            self.consumer.clone(),
            self.event.aggregate_kind.clone(),
            self.event.aggregate_id.clone(),
            self.event.aggregate_version,
        )
    }

    pub(crate) fn read(row: &Row) -> Result<Self, StoreError> {
        let (actor, reason): (Option<String>, Option<String>) =
            (row.get("actor_of_discard")?, row.get("reason_of_discard")?);
        Ok(Self {
            consumer: row.get("consumer")?,
            state: LetterState::parse(&row.get::<String>("state")?)?,
            since: row.get("since")?,
            attempts: row.get("attempts")?,
            error: row.get("error")?,
            discarded: actor.zip(reason),
            event: Envelope::read(row)?,
        })
    }
}

fn find(consumer: &str, event: EventId) -> Find<'_> {
    Find {
        consumer,
        event_id: event.hex(),
    }
}

/// As [`Subscription::count`], as a transaction sees it.
pub(crate) async fn count(tx: &Tx, aggregate: &Aggregate<'_>) -> Result<u64, StoreError> {
    counted(tx.query_one(COUNT, aggregate).await?)
}

fn counted(row: Option<Row>) -> Result<u64, StoreError> {
    let left: i64 = match row {
        Some(row) => row.get("left")?,
        None => 0,
    };
    Ok(u64::try_from(left).unwrap_or(0))
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
