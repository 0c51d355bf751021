//! How a batch is tried, retried whole, halved, and answered by key.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use stoa_errors::{Error, Kind, Record, reason};
use stoa_types::{Ctx, RequestKey, Timestamp};

use super::lane::Lane;
use super::queue::{Reply, TypeQueue, same_request};
use super::{Apply, Committed, Member, Outcome};
use crate::audit::{self, Entry, EntryRow};
use crate::idempotency::{self, Settled, Stored};
use crate::{StoreError, Tx};

/// The wait before the first repetition; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(1);
/// How often a batch yields to transactions that took its unique keys; after that the fault is its own.
const CONFLICTS: u32 = 5;
/// The longest wait between two repetitions.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// Members with their waiters, place by place.
pub(super) struct Batch<A: Apply> {
    members: Vec<Member<A::Command>>,
    waiters: Vec<Vec<Reply<A>>>,
    weights: Vec<usize>,
}

impl<A: Apply> Batch<A> {
    pub(super) fn new() -> Self {
        Self {
            members: Vec::new(),
            waiters: Vec::new(),
            weights: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(super) fn rows(&self) -> usize {
        self.weights.iter().sum()
    }

    pub(super) fn push(
        &mut self,
        ctx: Arc<Ctx>,
        now: Timestamp,
        command: A::Command,
        weight: usize,
        reply: Reply<A>,
    ) {
        self.members.push(Member { ctx, now, command });
        self.waiters.push(vec![reply]);
        self.weights.push(weight);
    }

    pub(super) fn key(&self, place: usize) -> Option<&RequestKey> {
        self.members.get(place)?.ctx.key.as_ref()
    }

    pub(super) fn join(&mut self, place: usize, reply: Reply<A>) {
        if let Some(waiters) = self.waiters.get_mut(place) {
            waiters.push(reply);
        }
    }

    fn split_off(&mut self, at: usize) -> Self {
        Self {
            members: self.members.split_off(at),
            waiters: self.waiters.split_off(at),
            weights: self.weights.split_off(at),
        }
    }

    /// Takes out and answers the members whose keys were used before this batch.
    fn answer_stored(&mut self, lane: &Lane, stored: Vec<Option<Stored>>) {
        let mut left = Self::new();
        let all = std::mem::take(&mut self.members)
            .into_iter()
            .zip(std::mem::take(&mut self.waiters))
            .zip(std::mem::take(&mut self.weights))
            .zip(stored);
        for (((member, waiters), weight), stored) in all {
            match (stored, &member.ctx.key) {
                (Some(stored), Some(key)) => answer(lane, waiters, &replay(key, stored)),
                _ => {
                    left.members.push(member);
                    left.waiters.push(waiters);
                    left.weights.push(weight);
                }
            }
        }
        *self = left;
    }

    fn answer_all(self, lane: &Lane, mut with: impl FnMut() -> Error) {
        for waiters in self.waiters {
            answer(lane, waiters, &Err(with()));
        }
    }
}

/// Runs a batch to its end: every waiter is answered.
pub(super) async fn run<A: Apply>(queue: &TypeQueue<A>, lane: &Lane, batch: Batch<A>) {
    let mut left = vec![batch];
    while let Some(mut batch) = left.pop() {
        match attempts(queue, lane, &mut batch).await {
            Ok(outcomes) => {
                for (waiters, outcome) in batch.waiters.into_iter().zip(outcomes) {
                    answer(lane, waiters, &told(outcome));
                }
            }
            Err(error) if batch.len() > 1 && halves(&error) => {
                let second = batch.split_off(batch.len() / 2);
                left.push(second);
                left.push(batch);
            }
            Err(error) if batch.len() > 1 => {
                let limit = lane.limits().batch;
                tracing::warn!(db = lane.name(), command = A::NAME, %error, "a batch was given up");
                batch.answer_all(lane, || Error::from(StoreError::Slow(limit)));
            }
            Err(error) => {
                let error = Error::from(error);
                batch.answer_all(lane, || error.clone());
            }
        }
    }
}

/// Whether the failure may be one member's: then the batch is halved until the guilty one is alone.
fn halves(error: &StoreError) -> bool {
    !error.is_retryable() && !matches!(error, StoreError::Slow(_))
}

/// Tries the whole batch until it commits, fails for good, or its time is over.
async fn attempts<A: Apply>(
    queue: &TypeQueue<A>,
    lane: &Lane,
    batch: &mut Batch<A>,
) -> Result<Vec<Outcome<A::Answer>>, StoreError> {
    let started = Instant::now();
    let mut wait = FIRST_WAIT;
    let mut conflicts = 0;
    loop {
        let left = lane.limits().batch.saturating_sub(started.elapsed());
        match attempt(queue, lane, batch, left).await {
            Err(error)
                if again(&error, &mut conflicts)
                    && started.elapsed() + wait < lane.limits().batch =>
            {
                lane.retried(A::NAME, &error);
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
            ended => return ended,
        }
    }
}

/// Whether a repetition may heal it: always what passes by itself, a few times what another transaction took.
pub(super) fn again(error: &StoreError, conflicts: &mut u32) -> bool {
    if error.is_conflict() {
        *conflicts += 1;
        return *conflicts <= CONFLICTS;
    }
    error.is_retryable()
}

/// One transaction: keys, the command type's own work, what was decided under the keys, COMMIT.
async fn attempt<A: Apply>(
    queue: &TypeQueue<A>,
    lane: &Lane,
    batch: &mut Batch<A>,
    left: Duration,
) -> Result<Vec<Outcome<A::Answer>>, StoreError> {
    let started = Instant::now();
    let tx = lane.begin().await?;
    tx.limit(left);
    let work = async {
        claim(lane, &tx, batch).await?;
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let outcomes = decide(queue, &tx, batch).await?;
        idempotency::settle(&tx, &settled(batch, &outcomes)?, lane.now()).await?;
        audit::write(&tx, &of_staff(batch, &outcomes)).await?;
        Ok(outcomes)
    };
    let outcomes = match tokio::time::timeout(left, work).await {
        Ok(Ok(outcomes)) => outcomes,
        Ok(Err(error)) => {
            tx.rollback().await;
            return Err(error);
        }
        Err(_) => {
            tx.rollback().await;
            return Err(StoreError::Slow(lane.limits().batch));
        }
    };
    if batch.is_empty() {
        tx.rollback().await;
        return Ok(outcomes);
    }
    let keyed = batch.members.iter().all(|member| member.ctx.key.is_some());
    queue.learn(batch.rows(), started.elapsed());
    lane.commit(A::NAME, batch.len(), tx, !keyed).await?;
    Ok(outcomes)
}

/// Step 1: takes the keys; whoever's key stands there already is answered and leaves the batch.
async fn claim<A: Apply>(lane: &Lane, tx: &Tx, batch: &mut Batch<A>) -> Result<(), StoreError> {
    let keys: Vec<Option<&RequestKey>> = batch
        .members
        .iter()
        .map(|member| member.ctx.key.as_ref())
        .collect();
    let stored = idempotency::claim(tx, &keys, lane.now()).await?;
    if stored.iter().any(Option::is_some) {
        batch.answer_stored(lane, stored);
    }
    Ok(())
}

/// Steps 2 to 4, which the command type brings; a panic of it is an error of the batch.
async fn decide<A: Apply>(
    queue: &TypeQueue<A>,
    tx: &Tx,
    batch: &Batch<A>,
) -> Result<Vec<Outcome<A::Answer>>, StoreError> {
    let work = AssertUnwindSafe(async { queue.apply.apply(tx, &batch.members).await });
    let outcomes = match work.catch_unwind().await {
        Ok(outcomes) => outcomes?,
        Err(_) => return Err(StoreError::Panicked(A::NAME)),
    };
    if outcomes.len() == batch.len() {
        Ok(outcomes)
    } else {
        Err(StoreError::Contract(
            "a command type gave another number of outcomes than it has members",
        ))
    }
}

/// What is written under each key.
fn settled<'a, A: Apply>(
    batch: &'a Batch<A>,
    outcomes: &'a [Outcome<A::Answer>],
) -> Result<Vec<(&'a RequestKey, Settled)>, StoreError> {
    let mut rows = Vec::with_capacity(outcomes.len());
    for (member, outcome) in batch.members.iter().zip(outcomes) {
        let Some(key) = &member.ctx.key else { continue };
        rows.push((
            key,
            match outcome {
                Outcome::Done { resource, .. } => Settled::Resource(resource.clone()),
                Outcome::Refused(error) if error.is_recorded() => Settled::Refusal(record(error)?),
                Outcome::Refused(_) => Settled::Free,
            },
        ));
    }
    Ok(rows)
}

/// What the staff did or was refused for good; a key that stays free leaves nothing behind.
fn of_staff<A: Apply>(batch: &Batch<A>, outcomes: &[Outcome<A::Answer>]) -> Vec<EntryRow> {
    let entry = |outcome: &Outcome<A::Answer>| match outcome {
        Outcome::Done { resource, .. } => Entry {
            subject: Some(resource.clone()),
            outcome: audit::DONE.to_owned(),
        },
        Outcome::Refused(error) => Entry {
            subject: None,
            outcome: error.reason.to_string(),
        },
    };
    batch
        .members
        .iter()
        .zip(outcomes)
        .filter(|(member, outcome)| {
            let kept = !matches!(outcome, Outcome::Refused(error) if !error.is_recorded());
            member.ctx.key.is_some() && kept
        })
        .filter_map(|(member, outcome)| {
            EntryRow::of_staff(&member.ctx, member.now, || entry(outcome))
        })
        .collect()
}

fn record(error: &Error) -> Result<String, StoreError> {
    serde_json::to_string(&error.to_record()).map_err(|source| StoreError::Json {
        what: "a refusal",
        source,
    })
}

fn told<A>(outcome: Outcome<A>) -> Result<Committed<A>, Error> {
    match outcome {
        Outcome::Done { answer, .. } => Ok(Committed::Done(answer)),
        Outcome::Refused(error) => Err(error),
    }
}

/// The answer to a key that was used before.
fn replay<A>(key: &RequestKey, stored: Stored) -> Result<Committed<A>, Error> {
    if !same_request(key, &stored.fingerprint, &stored.contract) {
        return Err(Error::new(
            Kind::AlreadyExists,
            reason::IDEMPOTENCY_KEY_REUSED,
            "this request id was used for another request",
        ));
    }
    match (stored.resource, stored.refusal) {
        (Some(resource), _) => Ok(Committed::Replayed { resource }),
        (None, Some(refusal)) => match serde_json::from_str::<Record>(&refusal) {
            Ok(record) => Err(Error::from_record(record)),
            Err(error) => Err(Error::internal(error)),
        },
        (None, None) => Err(Error::internal(StoreError::Contract(
            "a committed key holds neither a resource nor a refusal",
        ))),
    }
}

fn answer<A: Clone>(
    lane: &Lane,
    waiters: Vec<tokio::sync::oneshot::Sender<Result<Committed<A>, Error>>>,
    answer: &Result<Committed<A>, Error>,
) {
    lane.left(waiters.len());
    for waiter in waiters {
        // Whoever is gone finds his result under his key.
        let _ = waiter.send(answer.clone());
    }
}
