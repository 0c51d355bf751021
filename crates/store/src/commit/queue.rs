//! Who waits, in which order, and what one batch may take.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use stoa_errors::{Error, Kind, reason};
use stoa_types::{Ctx, RequestKey};
use tokio::sync::oneshot;

use super::batch::{self, Batch};
use super::committer::{Committer, Source};
use super::crossing::Crossing;
use super::lane::Lane;
use super::{Apply, Committed};

/// Where a member's answer goes; its caller may be gone.
pub(super) type Reply<A> = oneshot::Sender<Result<Committed<<A as Apply>::Answer>, Error>>;

/// A member that waits.
struct Waiting<A: Apply> {
    ctx: Arc<Ctx>,
    command: A::Command,
    weight: usize,
    reply: Reply<A>,
}

/// All members of one command type.
pub(super) struct TypeQueue<A: Apply> {
    pub(super) apply: A,
    waiting: Mutex<VecDeque<Waiting<A>>>,
    /// Nanoseconds that a row of this type took lately; 0 before the first batch.
    row_cost: AtomicU64,
}

/// A batch never shrinks below this for being slow: its fixed cost would then weigh more than its rows.
const LEAST_ROWS: u64 = 16;

/// The way into the group committer for one command type; clones share it.
pub struct Queue<A: Apply> {
    queue: Arc<TypeQueue<A>>,
    committer: Arc<Committer>,
}

impl<A: Apply> Queue<A> {
    pub(crate) fn new(committer: Arc<Committer>, apply: A) -> Self {
        let queue = Arc::new(TypeQueue {
            apply,
            waiting: Mutex::new(VecDeque::new()),
            row_cost: AtomicU64::new(0),
        });
        committer.lane.expects(A::NAME);
        committer.register(Arc::<TypeQueue<A>>::clone(&queue));
        Self { queue, committer }
    }

    /// Puts a command into the next batch and waits for its commit.
    ///
    /// The key is `ctx.key`; a command without one is applied as often as it is submitted. When this future is
    /// dropped the command is carried through all the same.
    ///
    /// # Errors
    /// What [`Apply::apply`] refused; `ALREADY_EXISTS` / `IDEMPOTENCY_KEY_REUSED` for a key that stands for another
    /// request; `RESOURCE_EXHAUSTED` with a retry hint when too many wait; `DEADLINE_EXCEEDED` when its time came
    /// before its turn; `UNAVAILABLE` with a retry hint when the database did not take it in time or is closing.
    pub async fn submit(
        &self,
        ctx: &Ctx,
        command: A::Command,
    ) -> Result<Committed<A::Answer>, Error> {
        let (reply, answer) = oneshot::channel();
        let weight = self.queue.apply.weight(&command).max(1);
        self.committer.admit()?;
        let crossing = Crossing::begin(&self.committer.lane, A::NAME);
        self.queue.lock().push_back(Waiting {
            ctx: Arc::new(ctx.clone()),
            command,
            weight,
            reply,
        });
        self.committer.wake();
        if self.committer.has_ended() {
            self.queue.abandon();
        }
        crossing.end(match answer.await {
            Ok(answer) => answer,
            Err(_) => Err(Error::from(crate::StoreError::Closed)),
        })
    }
}

impl<A: Apply> Clone for Queue<A> {
    fn clone(&self) -> Self {
        Self {
            queue: Arc::clone(&self.queue),
            committer: Arc::clone(&self.committer),
        }
    }
}

impl<A: Apply> std::fmt::Debug for Queue<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Queue").field(&A::NAME).finish()
    }
}

impl<A: Apply> TypeQueue<A> {
    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Waiting<A>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rows that the next batch may write: what is allowed, or what lately took the allowed time.
    fn rows(&self, lane: &Lane) -> usize {
        let limits = lane.limits();
        let cost = self.row_cost.load(Ordering::Relaxed);
        let allowed = u64::try_from(limits.work.as_nanos()).unwrap_or(u64::MAX);
        match allowed.checked_div(cost) {
            Some(rows) => usize::try_from(rows.max(LEAST_ROWS))
                .unwrap_or(usize::MAX)
                .min(limits.rows),
            None => limits.rows,
        }
    }

    /// Learns what a batch of `rows` rows took, slowly.
    pub(super) fn learn(&self, rows: usize, took: Duration) {
        let rows = u64::try_from(rows.max(1)).unwrap_or(u64::MAX);
        let cost = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX) / rows;
        let before = self.row_cost.load(Ordering::Relaxed);
        let after = if before == 0 {
            cost
        } else {
            (before.saturating_mul(3).saturating_add(cost)) / 4
        };
        self.row_cost.store(after.max(1), Ordering::Relaxed);
    }

    /// Takes what the next batch may hold, in order of arrival. Members whose deadline has passed are answered
    /// so; members with equal keys become one with several waiters; one whose key is in the batch with another
    /// fingerprint waits for the next batch, where the key stands in the table and decides.
    fn take(&self, lane: &Lane) -> Batch<A> {
        let now = lane.now();
        let budget = self.rows(lane);
        let mut batch = Batch::new();
        let mut late: Vec<Reply<A>> = Vec::new();
        let mut deferred: Vec<Waiting<A>> = Vec::new();
        let mut keys: HashMap<(String, &'static str, String), usize> = HashMap::new();
        let mut waiting = self.lock();
        while let Some(next) = waiting.pop_front() {
            if next.ctx.deadline <= now {
                late.push(next.reply);
                continue;
            }
            let known = next.ctx.key.as_ref().map(|key| {
                let name = (key.scope.clone(), key.method, key.id.clone());
                let place = keys.get(&name).copied();
                (name, place)
            });
            match known {
                Some((_, Some(place))) => {
                    if let Some(left) = join(&mut batch, place, next) {
                        deferred.push(left);
                    }
                }
                unknown => {
                    if !batch.is_empty() && batch.rows() + next.weight > budget {
                        waiting.push_front(next);
                        break;
                    }
                    if let Some((name, None)) = unknown {
                        keys.insert(name, batch.len());
                    }
                    batch.push(next.ctx, now, next.command, next.weight, next.reply);
                }
            }
        }
        for left in deferred.into_iter().rev() {
            waiting.push_front(left);
        }
        drop(waiting);
        for reply in late {
            let _ = reply.send(Err(too_late()));
            lane.left(1);
        }
        batch
    }
}

/// Makes `next` a waiter of the member at `place` when both ask for the same.
fn join<A: Apply>(batch: &mut Batch<A>, place: usize, next: Waiting<A>) -> Option<Waiting<A>> {
    match (batch.key(place), &next.ctx.key) {
        (Some(leader), Some(key)) if same_request(leader, &key.fingerprint, &key.contract) => {
            batch.join(place, next.reply);
            None
        }
        _ => Some(next),
    }
}

/// Whether a key that comes again stands for the same request: fingerprints of two contracts are not compared.
pub(super) fn same_request(key: &RequestKey, fingerprint: &[u8; 32], contract: &[u8; 32]) -> bool {
    key.contract != *contract || key.fingerprint == *fingerprint
}

impl<A: Apply> Source for TypeQueue<A> {
    fn abandon(&self) {
        let waiting = std::mem::take(&mut *self.lock());
        drop(waiting);
    }

    fn waits(&self) -> bool {
        !self.lock().is_empty()
    }

    fn run<'a>(&'a self, lane: &'a Lane) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let batch = self.take(lane);
            if !batch.is_empty() {
                batch::run(self, lane, batch).await;
            }
        })
    }
}

fn too_late() -> Error {
    Error::new(
        Kind::DeadlineExceeded,
        reason::DEADLINE_EXCEEDED,
        "the deadline passed before the command had its turn",
    )
}

/// The refusal of a full queue.
pub(super) fn overloaded() -> Error {
    Error::new(
        Kind::ResourceExhausted,
        reason::OVERLOADED,
        "too many writes are waiting",
    )
    .retry(Duration::from_millis(100))
}
