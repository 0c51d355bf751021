//! How a projection is built anew from the logs of its sources while it serves.
//!
//! The new one is a shadow: tables of its own, and an inbox under a name of its own. From the moment that the rebuild is on
//! record, live events go to the shadow first and then to the projection; beside that the logs are read from their
//! beginning into the shadow, whose inbox applies each event once, whichever way it comes. A read that finds nothing more
//! has met the live events: whatever gets its position later is delivered to both. Then one transaction puts the shadow
//! and its inbox in the place of the projection and its own.
//!
//! Because the shadow hears first, it knows whatever the projection knows: no event falls between the two at the swap. A
//! process that dies in between leaves the row, and the next one reads on where it was.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde::Serialize;
use stoa_errors::Error;
use stoa_store::{Db, Engine, Row, Sql, StoreError, Tx, sql};
use stoa_types::{Timestamp, boundary};

use crate::consumer::listens_to;
use crate::operate::give_up_as;
use crate::{Consumer, DeadLetter, Envelope, LetterState, Letters, Subscription, drain, inbox};

const BEGIN: Sql = sql!("rebuild_begin");
const END: Sql = sql!("rebuild_end");
const READ: Sql = sql!("rebuild_read");
const POSITION: Sql = sql!("rebuild_position");
const ADVANCE: Sql = sql!("rebuild_advance");
const COUNT: Sql = sql!("rebuild_count");
const RESTART: Sql = sql!("rebuild_restart");
const FORGET_INBOX: Sql = sql!("inbox_forget");
const FORGET_SEEN: Sql = sql!("inbox_forget_seen");
const FORGET_LETTERS: Sql = sql!("letters_forget");
const RENAME_INBOX: Sql = sql!("inbox_rename");
const RENAME_SEEN: Sql = sql!("inbox_rename_seen");

/// Waits for the deliveries that are under way and holds up the next ones until the commit.
const ALONE: Sql = Sql::new(
    "inbox_alone",
    "",
    include_str!("sql/postgres/inbox_alone.sql"),
);

/// The name that wakes whoever fills shadows.
pub(crate) const BEGUN: &str = "events.rebuild";

/// Events that are read from a log at once.
const CHUNK: usize = 256;
/// After this time without a wake-up the table is looked at: another process may have begun.
const LOOK: Duration = Duration::from_secs(1);

/// The shadow of a projection: it applies events to tables of its own, under a name of its own.
pub trait Shadow: Consumer {
    /// The services whose logs the projection is made of.
    fn sources(&self) -> &'static [&'static str];

    /// Empties the tables of the shadow.
    fn clear<'a>(&'a self, tx: &'a Tx) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Puts what the shadow holds in the place of what serves.
    fn swap<'a>(&'a self, tx: &'a Tx) -> BoxFuture<'a, Result<(), StoreError>>;
}

/// The logs that projections are built from.
pub trait Sources: Send + Sync + 'static {
    /// Up to `limit` events of the log of `service` behind position `after`, in the order of their positions.
    fn read<'a>(
        &'a self,
        service: &'a str,
        after: i64,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Envelope>, Error>>;
}

/// How a rebuild stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RebuildState {
    /// The logs are read; live events go to both.
    Filling,
    /// The new one serves.
    Done,
    /// Some event cannot be applied by the new one; the old one serves.
    Failed,
}

/// The last rebuild of a projection.
#[derive(Clone, Debug)]
pub struct Rebuild {
    /// How it stands.
    pub state: RebuildState,
    /// Events that were read so far, those that the projection does not listen to included.
    pub events: i64,
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Why it failed.
    pub error: Option<String>,
}

#[derive(Serialize)]
struct Named<'a> {
    consumer: &'a str,
    shadow: &'a str,
    all: bool,
    now: i64,
    state: &'a str,
    error: Option<&'a str>,
}

#[derive(Serialize)]
struct Read<'a> {
    consumer: &'a str,
    source: &'a str,
    position: i64,
}

fn named(consumer: &str) -> Named<'_> {
    Named {
        consumer,
        shadow: "",
        all: true,
        now: 0,
        state: "",
        error: None,
    }
}

impl Rebuild {
    /// The last rebuild of each projection of this database, by consumer.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn all(db: &Db) -> Result<BTreeMap<String, Self>, StoreError> {
        let rows = db.query(READ, &()).await?;
        rows.iter()
            .map(|row| Ok((row.get("consumer")?, Self::read(row)?)))
            .collect()
    }

    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            state: match row.get::<String>("state")?.as_str() {
                "FILLING" => RebuildState::Filling,
                "DONE" => RebuildState::Done,
                _ => RebuildState::Failed,
            },
            events: row.get("events")?,
            began: row.get("began_at")?,
            ended: row.get("ended_at")?,
            error: row.get("error")?,
        })
    }

    /// Fills the shadow of this subscription whenever a rebuild is on record, until the database closes. It may be dropped
    /// at any moment.
    pub async fn keep(subscription: Arc<Subscription>, sources: Arc<dyn Sources>) {
        let Some(shadow) = subscription.shadow() else {
            return;
        };
        let begun = subscription.db().signal(BEGUN);
        loop {
            match fill(&subscription, shadow, sources.as_ref()).await {
                Ok(()) => {}
                Err(StoreError::Closed) => return,
                Err(error) => {
                    let consumer = subscription.consumer().name();
                    tracing::warn!(consumer, %error, "the rebuild of a projection goes on in a moment");
                }
            }
            // A wake-up that is lost costs a moment.
            let _ = tokio::time::timeout(LOOK, begun.notified()).await;
        }
    }
}

/// Puts a rebuild on record with an empty shadow; false when one is under way.
pub(crate) async fn begin(
    tx: &Tx,
    consumer: &str,
    shadow: &dyn Shadow,
    now: Timestamp,
) -> Result<bool, StoreError> {
    alone(tx).await?;
    let row = Named {
        now: now.micros(),
        ..named(consumer)
    };
    if tx.execute(BEGIN, &row).await? == 0 {
        return Ok(false);
    }
    tx.execute(RESTART, &row).await?;
    forget(tx, shadow.name(), true).await?;
    shadow.clear(tx).await?;
    tx.signal(BEGUN);
    Ok(true)
}

/// No delivery may write to an inbox while whole inboxes change their names; on SQLite there is one writer.
async fn alone(tx: &Tx) -> Result<(), StoreError> {
    match tx.engine() {
        Engine::Sqlite => Ok(()),
        Engine::Postgres => tx.execute(ALONE, &()).await.map(|_| ()),
    }
}

async fn forget(tx: &Tx, consumer: &str, all: bool) -> Result<(), StoreError> {
    let row = Named {
        all,
        ..named(consumer)
    };
    tx.execute(FORGET_INBOX, &row).await?;
    tx.execute(FORGET_SEEN, &row).await?;
    tx.execute(FORGET_LETTERS, &row).await.map(|_| ())
}

/// Whether live events go to the shadow of this consumer too.
pub(crate) async fn is_filling(db: &Db, consumer: &str) -> Result<bool, StoreError> {
    let all = Rebuild::all(db).await?;
    Ok(all
        .get(consumer)
        .is_some_and(|rebuild| rebuild.state == RebuildState::Filling))
}

async fn fill(
    subscription: &Subscription,
    shadow: &ShadowOf,
    sources: &dyn Sources,
) -> Result<(), StoreError> {
    let consumer = subscription.consumer().name();
    if !is_filling(subscription.db(), consumer).await? {
        return Ok(());
    }
    for source in shadow.projection.sources() {
        read_up(subscription, shadow, source, sources).await?;
    }
    give_up_again(consumer, shadow).await?;
    let which = Letters {
        consumer: Some(shadow.inbox.consumer().name()),
        ..Letters::default()
    };
    let left = DeadLetter::list(subscription.db(), &which, 1).await?;
    match left.first() {
        None => swap(subscription, shadow).await,
        Some(letter) => fail(subscription.db(), consumer, letter).await,
    }
}

/// Reads a log from where the last one stopped until nothing more is there.
async fn read_up(
    subscription: &Subscription,
    shadow: &ShadowOf,
    source: &'static str,
    sources: &dyn Sources,
) -> Result<(), StoreError> {
    let (db, consumer) = (subscription.db(), subscription.consumer().name());
    let asked = Read {
        consumer,
        source,
        position: 0,
    };
    let mut position: i64 = match db.query_one(POSITION, &asked).await? {
        Some(row) => row.get("position")?,
        None => 0,
    };
    loop {
        let events = sources.read(source, position, CHUNK).await?;
        let Some(last) = events.last().map(|event| event.position) else {
            return Ok(());
        };
        let patterns = shadow.inbox.consumer().listens();
        let heard = events
            .into_iter()
            .filter(|event| listens_to(patterns, &event.event_type))
            .collect();
        inbox::deliver_to(&shadow.inbox, heard).await?;
        position = last;
        db.write("events.rebuild.advance", move |tx| {
            Box::pin(async move {
                let read = Read {
                    consumer,
                    source,
                    position,
                };
                tx.execute(ADVANCE, &read).await?;
                tx.execute(COUNT, &named(consumer)).await.map(|_| ())
            })
        })
        .await?;
    }
}

/// What a person has given up in the projection is given up in its shadow.
async fn give_up_again(consumer: &'static str, shadow: &ShadowOf) -> Result<(), StoreError> {
    let inbox = &shadow.inbox;
    let poison = Letters {
        consumer: Some(inbox.consumer().name()),
        state: Some(LetterState::Poison),
        ..Letters::default()
    };
    for letter in DeadLetter::list(inbox.db(), &poison, CHUNK).await? {
        let event = letter.event.event_id;
        let known = DeadLetter::find(inbox.db(), consumer, event).await?;
        let Some((actor, reason)) = known.and_then(|letter| letter.discarded) else {
            continue;
        };
        let (shared, by) = (Arc::clone(inbox.shared()), Arc::new((actor, reason)));
        inbox
            .db()
            .write("events.rebuild.discard", move |tx| {
                let (consumer, by) = (Arc::clone(&shared), Arc::clone(&by));
                Box::pin(async move {
                    let (actor, reason) = by.as_ref();
                    give_up_as(tx, actor, reason, consumer.as_ref(), event)
                        .await
                        .map(|_| ())
                })
            })
            .await?;
        let (kind, id) = letter.event.aggregate();
        drain::drain(inbox, kind, id).await?;
    }
    Ok(())
}

/// Puts the shadow in the place of what serves.
async fn swap(subscription: &Subscription, shadow: &ShadowOf) -> Result<(), StoreError> {
    let (db, consumer) = (subscription.db(), subscription.consumer().name());
    let (projection, now) = (Arc::clone(&shadow.projection), db.now());
    let swapped = boundary!(
        "events.rebuild.swapped",
        db.write("events.rebuild.swap", move |tx| {
            let projection = Arc::clone(&projection);
            Box::pin(async move {
                let row = Named {
                    shadow: projection.name(),
                    now: now.micros(),
                    state: "DONE",
                    ..named(consumer)
                };
                alone(tx).await?;
                if tx.execute(END, &row).await? == 0 {
                    return Ok(false);
                }
                forget(tx, consumer, false).await?;
                tx.execute(RENAME_INBOX, &row).await?;
                tx.execute(RENAME_SEEN, &row).await?;
                tx.execute(FORGET_LETTERS, &named(projection.name()))
                    .await?;
                projection.swap(tx).await?;
                Ok(true)
            })
        })
        .await
    )?;
    if swapped {
        tracing::info!(consumer, "the projection that was built anew serves");
    }
    Ok(())
}

async fn fail(db: &Db, consumer: &'static str, letter: &DeadLetter) -> Result<(), StoreError> {
    let (kind, id) = letter.event.aggregate();
    let why: Arc<str> = format!(
        "version {} of {kind} {id} cannot be applied: {}",
        letter.event.aggregate_version,
        letter
            .error
            .as_deref()
            .unwrap_or("its predecessor is missing")
    )
    .into();
    tracing::error!(consumer, %why, "a projection could not be built anew; the old one serves");
    let now = db.now();
    db.write("events.rebuild.fail", move |tx| {
        let why = Arc::clone(&why);
        Box::pin(async move {
            let row = Named {
                now: now.micros(),
                state: "FAILED",
                error: Some(&why),
                ..named(consumer)
            };
            tx.execute(END, &row).await.map(|_| ())
        })
    })
    .await
}

/// The shadow of a consumer, with an inbox under its own name.
pub(crate) struct ShadowOf {
    pub(crate) projection: Arc<dyn Shadow>,
    pub(crate) inbox: Subscription,
}
