//! Which of the events that arrive are applied, queued, skipped; all of it in one transaction with the effect.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use stoa_errors::Error;
use stoa_store::{Engine, Sql, StoreError, Tx, sql};
use stoa_types::{Timestamp, boundary};

use crate::consumer::is_transient;
use crate::drain::fill_gaps;
use crate::envelope::EnvelopeRow;
use crate::{Consumer, Envelope, LetterState, Mode, Subscription, letters, rebuild, trace};

const STATES: Sql = sql!("inbox_states");
const SEEN: Sql = sql!("inbox_seen");
const VERSIONS: Sql = sql!("inbox_versions");
const LETTERS: Sql = sql!("letters_insert");
const PARK: Sql = sql!("inbox_park");
const CLAIM: Sql = Sql::new(
    "inbox_claim",
    "",
    include_str!("sql/postgres/inbox_claim.sql"),
);
const LOCK: Sql = Sql::new(
    "inbox_lock",
    "",
    include_str!("sql/postgres/inbox_lock.sql"),
);

/// What becomes of an event that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It was applied before, or is older than what was.
    Skip,
    /// It is applied now.
    Apply,
    /// Its aggregate is parked: it waits behind what could not be applied.
    Queue,
    /// It came before its predecessor.
    Wait,
}

/// What the inbox holds about an aggregate.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    last: i64,
    parked: bool,
}

#[derive(Serialize)]
struct Given<'a, T> {
    consumer: &'a str,
    events: Vec<T>,
}

#[derive(Serialize)]
struct Key<'a> {
    kind: &'a str,
    id: &'a str,
    version: i64,
}

#[derive(Serialize)]
pub(crate) struct LetterRow<'a> {
    #[serde(flatten)]
    event: EnvelopeRow<'a>,
    consumer: &'a str,
    state: &'static str,
    since: i64,
    attempts: u32,
    error: Option<&'a str>,
}

/// Gives events to a consumer, and before to its shadow while it is built anew.
///
/// # Errors
/// Only what a repetition heals; events that can never be applied become dead letters.
pub(crate) async fn deliver(
    subscription: &Subscription,
    events: Vec<Envelope>,
) -> Result<(), StoreError> {
    if let Some(shadow) = subscription.shadow()
        && rebuild::is_filling(subscription.db(), subscription.consumer().name()).await?
    {
        deliver_to(&shadow.inbox, events.clone()).await?;
    }
    deliver_to(subscription, events).await
}

/// Gives events to one consumer; returns when each is durably applied, skipped or a letter.
pub(crate) async fn deliver_to(
    subscription: &Subscription,
    events: Vec<Envelope>,
) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let mut aggregates: Vec<(String, String)> = Vec::new();
    if subscription.consumer().mode() == Mode::Strict {
        aggregates.extend(events.iter().map(|event| {
            let (kind, id) = event.aggregate();
            (kind.to_owned(), id.to_owned())
        }));
        aggregates.sort();
        aggregates.dedup();
    }
    let mut left = vec![events];
    while let Some(mut batch) = left.pop() {
        match accept(subscription, &batch).await {
            Ok(()) => {}
            Err(error) if batch.len() > 1 && !transient(&error, batch.len()) => {
                let second = batch.split_off(batch.len() / 2);
                left.push(second);
                left.push(batch);
            }
            Err(error) if transient(&error, batch.len()) => return Err(error),
            Err(error) => {
                for event in batch {
                    park(subscription, event, shallow(&error)).await?;
                }
            }
        }
    }
    fill_gaps(subscription, aggregates).await
}

/// Whether a repetition heals it. A batch that is slow is halved, one slow event is tried again.
pub(crate) fn transient(error: &StoreError, events: usize) -> bool {
    match error {
        StoreError::Refused(error) => is_transient(error),
        StoreError::Slow(_) => events == 1,
        StoreError::Closed => true,
        other => other.is_retryable(),
    }
}

/// What an operator reads about an event that could not be applied.
pub(crate) fn shallow(error: &StoreError) -> Error {
    match error {
        StoreError::Refused(error) => (**error).clone(),
        other => Error::internal(describe(other)),
    }
}

fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// One transaction: the inbox is read, what is to be applied is handled and recorded, the rest becomes letters.
async fn accept(subscription: &Subscription, batch: &[Envelope]) -> Result<(), StoreError> {
    let spans = trace::spans(subscription.consumer().name(), batch);
    let events: Arc<[Envelope]> = batch.into();
    let now = subscription.db().now();
    let consumer = Arc::clone(subscription.shared());
    let given = Arc::clone(&events);
    let name = subscription.consumer().name();
    let fates = boundary!(
        "events.consumer.committed",
        subscription
            .db()
            .write(name, move |tx| {
                let (consumer, events) = (Arc::clone(&consumer), Arc::clone(&given));
                Box::pin(async move { transact(tx, consumer.as_ref(), &events, now).await })
            })
            .await
    )?;
    drop(spans);
    let applied = select(&events, &fates, Fate::Apply);
    if !applied.is_empty() {
        subscription.consumer().committed(&applied);
    }
    Ok(())
}

async fn transact(
    tx: &Tx,
    consumer: &dyn Consumer,
    events: &[Envelope],
    now: Timestamp,
) -> Result<Vec<Fate>, StoreError> {
    lock(tx, consumer, events).await?;
    let fates = fates(tx, consumer, events).await?;
    let applied = select(events, &fates, Fate::Apply);
    if !applied.is_empty() {
        consumer.handle(tx, &applied).await?;
        record(tx, consumer, &applied).await?;
    }
    for (fate, state) in [
        (Fate::Queue, LetterState::Queued),
        (Fate::Wait, LetterState::Waiting),
    ] {
        let kept = select(events, &fates, fate);
        if !kept.is_empty() {
            keep(tx, consumer.name(), &kept, state, None, now).await?;
        }
    }
    Ok(fates)
}

/// The events with one fate; all of them are not copied.
fn select<'a>(
    events: &'a [Envelope],
    fates: &[Fate],
    wanted: Fate,
) -> std::borrow::Cow<'a, [Envelope]> {
    if fates.iter().all(|fate| *fate == wanted) {
        return events.into();
    }
    let some: Vec<Envelope> = events
        .iter()
        .zip(fates)
        .filter(|(_, fate)| **fate == wanted)
        .map(|(event, _)| event.clone())
        .collect();
    some.into()
}

/// Makes this transaction the only one that applies events of these aggregates in this consumer, where it could be another.
/// Effects that commute need it only beside letters, and a letter has its row.
pub(crate) async fn lock(
    tx: &Tx,
    consumer: &dyn Consumer,
    events: &[Envelope],
) -> Result<(), StoreError> {
    if tx.engine() == Engine::Sqlite {
        return Ok(());
    }
    let given = given(consumer.name(), events);
    match consumer.mode() {
        Mode::Any => tx.query(LOCK, &given).await.map(|_| ()),
        Mode::Latest | Mode::Strict => tx.execute(CLAIM, &given).await.map(|_| ()),
    }
}

/// As [`lock`], of one aggregate that has letters.
pub(crate) async fn lock_letters(
    tx: &Tx,
    consumer: &str,
    kind: &str,
    id: &str,
) -> Result<(), StoreError> {
    if tx.engine() == Engine::Sqlite {
        return Ok(());
    }
    let events = vec![Key {
        kind,
        id,
        version: 0,
    }];
    tx.query(LOCK, &Given { consumer, events })
        .await
        .map(|_| ())
}

/// Whether this event was applied before, or what it says is older than what was.
pub(crate) async fn is_old(
    tx: &Tx,
    consumer: &dyn Consumer,
    event: &Envelope,
) -> Result<bool, StoreError> {
    let given = given(consumer.name(), std::slice::from_ref(event));
    let Some(row) = tx.query_one(STATES, &given).await? else {
        return Ok(false);
    };
    Ok(match consumer.mode() {
        Mode::Any => row.get::<i64>("seen")? == 1,
        Mode::Latest | Mode::Strict => {
            event.aggregate_version <= row.get::<Option<i64>>("last")?.unwrap_or(0)
        }
    })
}

async fn fates(
    tx: &Tx,
    consumer: &dyn Consumer,
    events: &[Envelope],
) -> Result<Vec<Fate>, StoreError> {
    let given = given(consumer.name(), events);
    let mut states: HashMap<(&str, &str), State> = HashMap::new();
    let mut seen: HashMap<(&str, &str, i64), ()> = HashMap::new();
    for row in tx.query(STATES, &given).await? {
        let place: i64 = row.get("place")?;
        let found = usize::try_from(place)
            .ok()
            .and_then(|place| events.get(place));
        let Some(event) = found else { continue };
        let (kind, id) = event.aggregate();
        let state = State {
            last: row.get::<Option<i64>>("last")?.unwrap_or(0),
            parked: row.get::<Option<i64>>("parked")?.unwrap_or(0) == 1,
        };
        states.insert((kind, id), state);
        if row.get::<i64>("seen")? == 1 {
            seen.insert((kind, id, event.aggregate_version), ());
        }
    }
    Ok(events
        .iter()
        .map(|event| {
            let (kind, id) = event.aggregate();
            let version = event.aggregate_version;
            let first = seen.insert((kind, id, version), ()).is_none();
            let state = states.entry((kind, id)).or_default();
            fate(consumer.mode(), state, version, first)
        })
        .collect())
}

/// The rule of each mode; `first` says that this very event was not applied before.
fn fate(mode: Mode, state: &mut State, version: i64, first: bool) -> Fate {
    let old = match mode {
        Mode::Any => !first,
        Mode::Latest | Mode::Strict => version <= state.last,
    };
    if old {
        return Fate::Skip;
    }
    if state.parked {
        return Fate::Queue;
    }
    if mode == Mode::Strict && version != state.last + 1 {
        return Fate::Wait;
    }
    state.last = version;
    Fate::Apply
}

/// Records that these events were applied.
pub(crate) async fn record(
    tx: &Tx,
    consumer: &dyn Consumer,
    applied: &[Envelope],
) -> Result<(), StoreError> {
    let statement = match consumer.mode() {
        Mode::Any => SEEN,
        Mode::Latest | Mode::Strict => VERSIONS,
    };
    tx.execute(statement, &given(consumer.name(), applied))
        .await
        .map(|_| ())
}

fn given<'a>(consumer: &'a str, events: &'a [Envelope]) -> Given<'a, Key<'a>> {
    Given {
        consumer,
        events: events
            .iter()
            .map(|event| Key {
                kind: &event.aggregate_kind,
                id: &event.aggregate_id,
                version: event.aggregate_version,
            })
            .collect(),
    }
}

/// Keeps events as letters; one that is a letter already stays as it is.
async fn keep(
    tx: &Tx,
    consumer: &str,
    events: &[Envelope],
    state: LetterState,
    error: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let rows: Vec<LetterRow<'_>> = events
        .iter()
        .map(|event| LetterRow {
            event: event.into(),
            consumer,
            state: state.as_str(),
            since: now.micros(),
            attempts: u32::from(error.is_some()),
            error,
        })
        .collect();
    tx.execute(LETTERS, &rows).await.map(|_| ())
}

/// Parks the aggregate of an event that cannot be applied: in this consumer only, all others flow.
async fn park(
    subscription: &Subscription,
    event: Envelope,
    error: Error,
) -> Result<(), StoreError> {
    let consumer = Arc::clone(subscription.shared());
    let name = consumer.name();
    tracing::error!(
        consumer = name,
        event.id = %event.event_id,
        event.r#type = event.event_type,
        aggregate.id = event.aggregate_id,
        aggregate.version = event.aggregate_version,
        %error,
        cause = error.causes(),
        "an event cannot be applied; its aggregate is parked in this consumer"
    );
    let text: Arc<str> = letters::told(&error).into();
    let now = subscription.db().now();
    let event = Arc::new([event]);
    subscription
        .db()
        .write("events.inbox.park", move |tx| {
            let (event, text) = (Arc::clone(&event), Arc::clone(&text));
            let consumer = Arc::clone(&consumer);
            Box::pin(async move {
                let [only] = &*event;
                lock(tx, consumer.as_ref(), event.as_slice()).await?;
                if is_old(tx, consumer.as_ref(), only).await? {
                    return Ok(());
                }
                let events = event.as_slice();
                tx.execute(PARK, &given(name, events)).await?;
                keep(tx, name, events, LetterState::Poison, Some(&text), now).await
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(mode: Mode, parked: bool, last: i64, versions: &[i64]) -> Vec<Fate> {
        let mut state = State { last, parked };
        versions
            .iter()
            .map(|version| fate(mode, &mut state, *version, true))
            .collect()
    }

    #[test]
    fn latest_skips_what_is_older() {
        use Fate::{Apply, Skip};
        assert_eq!(
            run(Mode::Latest, false, 2, &[1, 2, 4, 3, 5]),
            [Skip, Skip, Apply, Skip, Apply]
        );
    }

    #[test]
    fn strict_waits_for_the_next() {
        use Fate::{Apply, Skip, Wait};
        assert_eq!(
            run(Mode::Strict, false, 0, &[2, 1, 2, 4, 1]),
            [Wait, Apply, Apply, Wait, Skip]
        );
    }

    #[test]
    fn whatever_is_new_queues_behind_a_parked_aggregate() {
        use Fate::{Queue, Skip};
        assert_eq!(run(Mode::Any, true, 0, &[3, 4]), [Queue, Queue]);
        assert_eq!(run(Mode::Latest, true, 2, &[2, 3]), [Skip, Queue]);
        assert_eq!(run(Mode::Strict, true, 2, &[3, 9]), [Queue, Queue]);
    }
}
