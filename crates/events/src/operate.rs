//! What an operator does about events that could not be applied, or that somebody has missed.
//!
//! Each is a command under the caller's key, with its entry in the audit log. What it decides is one transaction; letters
//! are then applied one by one, each in its own. A call that comes again under its key goes on where the first one died.

use std::sync::Arc;

use futures::future::BoxFuture;
use serde::Serialize;
use stoa_api::ops::v1::reason;
use stoa_errors::{Error, Kind};
use stoa_store::{Apply, Committed, Db, Member, Outcome, Queue, Sql, StoreError, Tx, sql};
use stoa_types::{Ctx, EventId, Timestamp};

use crate::drain::drain;
use crate::letters::{Aggregate, Letter, NEXT, count, key};
use crate::{Consumer, DeadLetter, LetterState, Subscription, inbox, rebuild};

const REQUEUE: Sql = sql!("letters_requeue");
const DISCARD: Sql = sql!("letters_discard");
const REWIND: Sql = sql!("relay_rewind");
const LAG: Sql = sql!("log_lag");

/// The operator's hand on the events of one database.
#[derive(Clone, Debug)]
pub struct Operator {
    db: Db,
    queue: Queue<Operate>,
}

/// What became of the letters of an aggregate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Letters that were applied now.
    pub applied: u64,
    /// Letters of the aggregate that are left.
    pub left: u64,
}

/// What is asked for.
enum Operation {
    Replay {
        consumer: Arc<dyn Consumer>,
        kind: String,
        id: String,
    },
    Discard {
        consumer: Arc<dyn Consumer>,
        event: EventId,
    },
    Republish {
        after: i64,
    },
    Rebuild {
        consumer: Arc<dyn Consumer>,
    },
}

/// All of these as one command type.
struct Operate;

#[derive(Serialize)]
struct Rewind {
    after: i64,
}

impl Operator {
    /// For the consumers and the log of `db`.
    #[must_use]
    pub fn new(db: &Db) -> Self {
        Self {
            queue: db.queue(Operate),
            db: db.clone(),
        }
    }

    /// Applies the letters of one aggregate in order, as far as they go; the first is tried again although it could not be
    /// applied before.
    ///
    /// # Errors
    /// NOT_FOUND / `DEAD_LETTER_NOT_FOUND`, or the store's own: then the call may be repeated.
    pub async fn replay(
        &self,
        ctx: &Ctx,
        subscription: &Subscription,
        kind: &str,
        id: &str,
    ) -> Result<Replayed, Error> {
        let operation = Operation::Replay {
            consumer: Arc::clone(subscription.shared()),
            kind: kind.to_owned(),
            id: id.to_owned(),
        };
        self.queue.submit(ctx, operation).await?;
        Ok(go_on(subscription, kind, id).await?)
    }

    /// Gives up the letter that holds up its aggregate, for the reason in `ctx`, and applies those behind it.
    ///
    /// # Errors
    /// NOT_FOUND / `DEAD_LETTER_NOT_FOUND`, FAILED_PRECONDITION / `DEAD_LETTER_STATE`, or the store's own.
    pub async fn discard(
        &self,
        ctx: &Ctx,
        subscription: &Subscription,
        event: EventId,
    ) -> Result<(DeadLetter, Replayed), Error> {
        let operation = Operation::Discard {
            consumer: Arc::clone(subscription.shared()),
            event,
        };
        self.queue.submit(ctx, operation).await?;
        let name = subscription.consumer().name();
        let letter = DeadLetter::find(&self.db, name, event).await?;
        let letter = letter.ok_or_else(|| not_found(event))?;
        let (kind, id) = letter.event.aggregate();
        let replayed = go_on(subscription, kind, id).await?;
        Ok((letter, replayed))
    }

    /// Publishes everything behind position `after` again; consumers skip what they have applied.
    ///
    /// # Errors
    /// FAILED_PRECONDITION / `EVENT_POSITION_AHEAD`, or the store's own.
    pub async fn republish(&self, ctx: &Ctx, after: i64) -> Result<(), Error> {
        let operation = Operation::Republish { after };
        match self.queue.submit(ctx, operation).await? {
            Committed::Done(()) | Committed::Replayed { .. } => Ok(()),
        }
    }
}

impl Operator {
    /// Begins to build a projection anew while it serves; [`crate::Rebuild::keep`] does it.
    ///
    /// # Errors
    /// FAILED_PRECONDITION / `PROJECTION_FIXED` or `REBUILD_RUNNING`, or the store's own.
    pub async fn rebuild(&self, ctx: &Ctx, subscription: &Subscription) -> Result<(), Error> {
        let consumer = Arc::clone(subscription.shared());
        match self
            .queue
            .submit(ctx, Operation::Rebuild { consumer })
            .await?
        {
            Committed::Done(()) | Committed::Replayed { .. } => Ok(()),
        }
    }
}

/// Applies what can be applied of an aggregate.
async fn go_on(subscription: &Subscription, kind: &str, id: &str) -> Result<Replayed, StoreError> {
    Ok(Replayed {
        applied: drain(subscription, kind, id).await?,
        left: subscription.count(kind, id).await?,
    })
}

impl Apply for Operate {
    type Command = Operation;
    type Answer = ();
    const NAME: &'static str = "events.operate";

    fn weight(&self, _: &Operation) -> usize {
        1
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<Operation>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<()>>, StoreError>> {
        Box::pin(async move {
            let mut outcomes = Vec::with_capacity(members.len());
            for member in members {
                let decided = match &member.command {
                    Operation::Replay { consumer, kind, id } => {
                        requeue(tx, consumer.name(), kind, id).await?
                    }
                    Operation::Discard { consumer, event } => {
                        give_up(tx, &member.ctx, consumer.as_ref(), *event).await?
                    }
                    Operation::Republish { after } => rewind(tx, *after).await?,
                    Operation::Rebuild { consumer } => {
                        begin(tx, consumer.as_ref(), member.now).await?
                    }
                };
                outcomes.push(match decided {
                    Ok(resource) => Outcome::Done {
                        resource,
                        answer: (),
                    },
                    Err(refusal) => Outcome::Refused(refusal),
                });
            }
            Ok(outcomes)
        })
    }
}

/// What it is about, or why not.
pub(crate) type Decided = Result<Result<String, Error>, StoreError>;

/// Lets the letter that holds up an aggregate be tried again.
async fn requeue(tx: &Tx, consumer: &str, kind: &str, id: &str) -> Decided {
    inbox::lock_letters(tx, consumer, kind, id).await?;
    let aggregate = Aggregate { consumer, kind, id };
    if count(tx, &aggregate).await? == 0 {
        let what = format!("{consumer} keeps nothing of {kind} {id} aside");
        return Ok(Err(Error::new(
            Kind::NotFound,
            reason::DEAD_LETTER_NOT_FOUND,
            what,
        )));
    }
    tx.execute(REQUEUE, &aggregate).await?;
    Ok(Ok(id.to_owned()))
}

async fn give_up(tx: &Tx, ctx: &Ctx, consumer: &dyn Consumer, event: EventId) -> Decided {
    let reason = ctx.reason.as_deref().unwrap_or_default();
    give_up_as(tx, &ctx.actor(), reason, consumer, event).await
}

/// Gives up the letter that holds up its aggregate, in the name of whoever did so.
pub(crate) async fn give_up_as(
    tx: &Tx,
    actor: &str,
    why: &str,
    consumer: &dyn Consumer,
    event: EventId,
) -> Decided {
    let name = consumer.name();
    let Some(found) = DeadLetter::find_in(tx, name, event).await? else {
        return Ok(Err(not_found(event)));
    };
    let (kind, id) = found.event.aggregate();
    inbox::lock_letters(tx, name, kind, id).await?;
    let aggregate = Aggregate {
        consumer: name,
        kind,
        id,
    };
    let first = match tx.query_one(NEXT, &aggregate).await? {
        Some(row) => Some(DeadLetter::read(&row)?),
        None => None,
    };
    let first = first
        .filter(|letter| letter.state == LetterState::Poison && letter.event.event_id == event);
    let Some(letter) = first else {
        let state = found.state.as_str();
        let refusal = Error::new(
            Kind::FailedPrecondition,
            reason::DEAD_LETTER_STATE,
            format!("{event} is {state} and does not hold up its aggregate"),
        );
        return Ok(Err(refusal.meta("state", state)));
    };
    let mark = Letter {
        actor: Some(actor),
        reason: Some(why),
        ..key(name, &letter.event)
    };
    tx.execute(DISCARD, &mark).await?;
    // It counts as applied: it must not come again, and what waits behind it has its turn.
    inbox::record(tx, consumer, std::slice::from_ref(&letter.event)).await?;
    Ok(Ok(event.to_string()))
}

async fn rewind(tx: &Tx, after: i64) -> Decided {
    let published: i64 = match tx.query_one(LAG, &()).await? {
        Some(row) => row.get("published")?,
        None => return Err(StoreError::Contract("the log has no relay row")),
    };
    if after > published {
        let refusal = Error::new(
            Kind::FailedPrecondition,
            reason::EVENT_POSITION_AHEAD,
            format!("the log is published up to position {published}, not {after}"),
        );
        return Ok(Err(refusal.meta("published", published.to_string())));
    }
    tx.execute(REWIND, &Rewind { after }).await?;
    tx.signal(crate::APPENDED);
    Ok(Ok(format!("events behind {after}")))
}

async fn begin(tx: &Tx, consumer: &dyn Consumer, now: Timestamp) -> Decided {
    let name = consumer.name();
    let refused = |reason, what: &str| {
        let text = format!("{name} {what}");
        Ok(Err(Error::new(Kind::FailedPrecondition, reason, text)))
    };
    let Some(shadow) = consumer.shadow() else {
        return refused(reason::PROJECTION_FIXED, "is no projection of events alone");
    };
    if !rebuild::begin(tx, name, shadow.as_ref(), now).await? {
        return refused(reason::REBUILD_RUNNING, "is being built anew already");
    }
    Ok(Ok(name.to_owned()))
}

fn not_found(event: EventId) -> Error {
    Error::not_found(
        reason::DEAD_LETTER_NOT_FOUND,
        format!("dead letter {event}"),
    )
}
