//! How the letters of one aggregate are applied, one after the other, until one cannot be.

use std::sync::Arc;

use stoa_errors::Error;
use stoa_store::{Db, Sql, StoreError, Tx, sql};

use crate::letters::{Aggregate, NEXT, key, told};
use crate::{Consumer, DeadLetter, Envelope, LetterState, Mode, Subscription, inbox, trace};

const REMOVE: Sql = sql!("letters_remove");
const POISON: Sql = sql!("letters_poison");
const RELEASE: Sql = sql!("inbox_release");

/// What one step of a drain did.
enum Step {
    /// A letter was applied.
    Applied(Box<Envelope>),
    /// Nothing is left to apply; the aggregate is parked no more.
    Done,
    /// A letter that could not be applied stands first.
    Stuck,
}

/// Applies what came early and whose predecessors are there now.
pub(crate) async fn fill_gaps(
    subscription: &Subscription,
    aggregates: Vec<(String, String)>,
) -> Result<(), StoreError> {
    for (kind, id) in aggregates {
        if subscription.count(&kind, &id).await? > 0 {
            drain(subscription, &kind, &id).await?;
        }
    }
    Ok(())
}

/// Applies letter after letter of one aggregate, until one is poison or has no predecessor.
pub(crate) async fn drain(
    subscription: &Subscription,
    kind: &str,
    id: &str,
) -> Result<u64, StoreError> {
    let mut applied = 0;
    loop {
        match step(subscription, kind, id).await? {
            Step::Applied(event) => {
                applied += 1;
                subscription
                    .consumer()
                    .committed(std::slice::from_ref(&event));
            }
            Step::Done | Step::Stuck => return Ok(applied),
        }
    }
}

async fn step(subscription: &Subscription, kind: &str, id: &str) -> Result<Step, StoreError> {
    let name = subscription.consumer().name();
    let Some(letter) = next(subscription.db(), name, kind, id).await? else {
        return release(subscription, kind, id).await;
    };
    if letter.state == LetterState::Poison {
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
        Some(row) => DeadLetter::read(&row).map(Some),
        None => Ok(None),
    }
}

/// Applies one letter and removes it; false when its turn has not come (STRICT: a predecessor is missing).
async fn apply(tx: &Tx, consumer: &dyn Consumer, event: &[Envelope]) -> Result<bool, StoreError> {
    let [only] = event else {
        return Err(StoreError::Contract("letters are applied one by one"));
    };
    inbox::lock(tx, consumer, event).await?;
    let letter = key(consumer.name(), only);
    let state = tx.query_one(NEXT, &letter).await?;
    let Some(row) = state else { return Ok(false) };
    let last: i64 = row.get::<Option<i64>>("last")?.unwrap_or(0);
    if consumer.mode() == Mode::Strict && only.aggregate_version > last + 1 {
        return Ok(false);
    }
    if !inbox::is_old(tx, consumer, only).await? {
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
                inbox::lock_letters(tx, consumer, kind, id).await?;
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
                inbox::lock_letters(tx, name, &event.aggregate_kind, &event.aggregate_id).await?;
                let mut letter = key(name, &event);
                letter.error = Some(&text);
                tx.execute(POISON, &letter).await.map(|_| ())
            })
        })
        .await
}
