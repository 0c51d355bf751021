//! What happens to an event that cannot be applied: it is kept, listed, replayed in order, or given up with a reason.

use std::sync::Arc;

use serde::Serialize;
use stoa_errors::Error;
use stoa_store::{Db, Row, Sql, StoreError, Tx, sql};
use stoa_types::Timestamp;

use crate::{Consumer, Envelope, Mode, inbox, trace};

const LIST: Sql = sql!("letters_list");
const NEXT: Sql = sql!("letters_next");
const REMOVE: Sql = sql!("letters_remove");
const POISON: Sql = sql!("letters_poison");
const DISCARD: Sql = sql!("letters_discard");
const RELEASE: Sql = sql!("inbox_release");
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
struct Aggregate<'a> {
    consumer: &'a str,
    kind: &'a str,
    id: &'a str,
}

#[derive(Serialize)]
struct Letter<'a> {
    consumer: &'a str,
    kind: &'a str,
    id: &'a str,
    version: i64,
    error: Option<&'a str>,
    actor: Option<&'a str>,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct Page<'a> {
    consumer: &'a str,
    after: (&'a str, &'a str, i64),
    limit: usize,
}

/// What one step of a drain did.
enum Step {
    /// A letter was applied.
    Applied(Box<Envelope>),
    /// Nothing is left to apply; the aggregate is parked no more.
    Done,
    /// A letter that could not be applied stands first.
    Stuck,
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

    async fn count(&self, kind: &str, id: &str) -> Result<u64, StoreError> {
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

/// Applies what came early and whose predecessors are there now.
pub(crate) async fn fill_gaps(
    subscription: &Subscription,
    aggregates: Vec<(String, String)>,
) -> Result<(), StoreError> {
    for (kind, id) in aggregates {
        if subscription.count(&kind, &id).await? > 0 {
            drain(subscription, &kind, &id, false).await?;
        }
    }
    Ok(())
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

/// Applies letter after letter of one aggregate; `anew` tries the first one although it is poison.
async fn drain(
    subscription: &Subscription,
    kind: &str,
    id: &str,
    mut anew: bool,
) -> Result<u64, StoreError> {
    let mut applied = 0;
    loop {
        match step(subscription, kind, id, anew).await? {
            Step::Applied(event) => {
                applied += 1;
                subscription
                    .consumer()
                    .committed(std::slice::from_ref(&event));
            }
            Step::Done | Step::Stuck => return Ok(applied),
        }
        anew = false;
    }
}

async fn step(
    subscription: &Subscription,
    kind: &str,
    id: &str,
    anew: bool,
) -> Result<Step, StoreError> {
    let name = subscription.consumer().name();
    let Some(letter) = next(subscription.db(), name, kind, id).await? else {
        return release(subscription, kind, id).await;
    };
    if letter.state == LetterState::Poison && !anew {
        return Ok(Step::Stuck);
    }
    let event = Arc::new([letter.event]);
    let spans = trace::spans(name, event.as_slice());
    let consumer = Arc::clone(subscription.shared());
    let given = Arc::clone(&event);
    let ended = subscription
        .db()
        .write(name, move |tx| {
            let (consumer, event) = (Arc::clone(&consumer), Arc::clone(&given));
            Box::pin(async move { apply(tx, consumer.as_ref(), event.as_slice()).await })
        })
        .await;
    drop(spans);
    let [event] = Arc::unwrap_or_clone(event);
    match ended {
        Ok(true) => Ok(Step::Applied(Box::new(event))),
        Ok(false) => release(subscription, kind, id).await,
        Err(error) if inbox::transient(&error, 1) => Err(error),
        Err(error) => {
            poison(subscription, &event, &inbox::shallow(&error)).await?;
            Ok(Step::Stuck)
        }
    }
}

async fn next(
    db: &Db,
    consumer: &str,
    kind: &str,
    id: &str,
) -> Result<Option<DeadLetter>, StoreError> {
    let aggregate = Aggregate { consumer, kind, id };
    match db.query_one(NEXT, &aggregate).await? {
        Some(row) => read(&row).map(Some),
        None => Ok(None),
    }
}

/// Applies one letter and removes it; false when its turn has not come (STRICT: a predecessor is missing).
async fn apply(tx: &Tx, consumer: &dyn Consumer, event: &[Envelope]) -> Result<bool, StoreError> {
    let [only] = event else {
        return Err(StoreError::Contract("letters are applied one by one"));
    };
    let letter = key(consumer.name(), only);
    let state = tx.query_one(NEXT, &letter).await?;
    let Some(row) = state else { return Ok(false) };
    let last: i64 = row.get::<Option<i64>>("last")?.unwrap_or(0);
    if consumer.mode() == Mode::Strict && only.aggregate_version > last + 1 {
        return Ok(false);
    }
    let old = consumer.mode() != Mode::Any && only.aggregate_version <= last;
    if !old {
        consumer.handle(tx, event).await?;
        inbox::record(tx, consumer, event).await?;
    }
    tx.execute(REMOVE, &letter).await?;
    Ok(true)
}

/// Lets events of the aggregate flow again, unless a letter that could not be applied is left.
async fn release(subscription: &Subscription, kind: &str, id: &str) -> Result<Step, StoreError> {
    let given: Arc<[String]> = [subscription.consumer().name(), kind, id]
        .map(str::to_owned)
        .into();
    subscription
        .db()
        .write("events.letters.release", move |tx| {
            let given = Arc::clone(&given);
            Box::pin(async move {
                let [consumer, kind, id] = &*given else {
                    return Err(StoreError::Contract("a consumer, a kind and an id"));
                };
                tx.execute(RELEASE, &Aggregate { consumer, kind, id }).await
            })
        })
        .await?;
    Ok(Step::Done)
}

async fn poison(
    subscription: &Subscription,
    event: &Envelope,
    error: &Error,
) -> Result<(), StoreError> {
    let name = subscription.consumer().name();
    tracing::error!(consumer = name, event.id = %event.event_id, %error, cause = error.causes(), "a letter cannot be applied");
    let (event, text): (Arc<Envelope>, Arc<str>) = (Arc::new(event.clone()), told(error).into());
    subscription
        .db()
        .write("events.letters.poison", move |tx| {
            let (event, text) = (Arc::clone(&event), Arc::clone(&text));
            Box::pin(async move {
                let letter = Letter {
                    error: Some(&text),
                    ..key(name, &event)
                };
                tx.execute(POISON, &letter).await.map(|_| ())
            })
        })
        .await
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

fn key<'a>(consumer: &'a str, event: &'a Envelope) -> Letter<'a> {
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

fn read(row: &Row) -> Result<DeadLetter, StoreError> {
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
