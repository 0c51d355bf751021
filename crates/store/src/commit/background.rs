//! How work without a caller's key shares transactions in the lower lane.
//!
//! A background write is a closure over a transaction: a relay marks what it has published, a consumer applies
//! events, a workflow moves a step. Those that wait together run one after the other in one transaction, until
//! 5 ms have passed. When one fails, those before it are run again without it, and it is run alone.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::oneshot;

use super::batch::again;
use super::committer::Committer;
use super::crossing::Crossing;
use super::lane::Lane;
use crate::{Engine, StoreError, Tx};

/// Background writes that one transaction takes at most.
const MOST: usize = 64;
/// The name of a commit that holds several.
pub(super) const SHARED: &str = "background";
/// The wait before the first repetition; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(1);
/// The longest wait between two repetitions.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// A background write whose result type is forgotten.
trait Job: Send {
    fn name(&self) -> &'static str;
    fn run<'t>(&'t mut self, tx: &'t Tx) -> BoxFuture<'t, Result<(), StoreError>>;
    fn is_gone(&self) -> bool;
    fn end(self: Box<Self>, ended: Result<(), StoreError>);
}

struct Write<T, F> {
    name: &'static str,
    work: F,
    result: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Write<T, F>
where
    T: Send,
    F: for<'t> FnMut(&'t Tx) -> BoxFuture<'t, Result<T, StoreError>> + Send,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn run<'t>(&'t mut self, tx: &'t Tx) -> BoxFuture<'t, Result<(), StoreError>> {
        let work = (self.work)(tx);
        let result = &mut self.result;
        Box::pin(async move {
            *result = Some(work.await?);
            Ok(())
        })
    }

    fn is_gone(&self) -> bool {
        self.reply.is_closed()
    }

    fn end(self: Box<Self>, ended: Result<(), StoreError>) {
        let missing = StoreError::Contract("a background write ended without its result");
        let Self { result, reply, .. } = *self;
        let _ = reply.send(ended.and_then(|()| result.ok_or(missing)));
    }
}

/// The background writes that wait.
#[derive(Default)]
pub(super) struct Background(Mutex<VecDeque<Box<dyn Job>>>);

impl Committer {
    /// Runs `work` in a transaction of the lower lane; see [`crate::Db::write`].
    pub(crate) async fn write<T, F>(&self, name: &'static str, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnMut(&'t Tx) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.admit_background()?;
        let crossing = Crossing::begin(&self.lane, name);
        self.background.lock().push_back(Box::new(Write {
            name,
            work,
            result: None,
            reply,
        }));
        self.wake();
        if self.has_ended() {
            self.background.abandon();
        }
        crossing.end(answer.await.map_err(|_| StoreError::Closed)?)
    }
}

impl Background {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Box<dyn Job>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn abandon(&self) {
        let waiting = std::mem::take(&mut *self.lock());
        drop(waiting);
    }

    pub(super) fn waits(&self) -> bool {
        !self.lock().is_empty()
    }

    /// Runs what waits in one transaction, as far as it gets in the time of a batch.
    pub(super) async fn run(&self, lane: &Lane) {
        let mut jobs = self.take(lane);
        let mut most = jobs.len();
        let mut wait = FIRST_WAIT;
        let mut conflicts = 0;
        let started = Instant::now();
        while !jobs.is_empty() {
            match together(lane, &mut jobs, most).await {
                Ok(done) => {
                    let rest = jobs.split_off(done.min(jobs.len()));
                    end(lane, jobs, || Ok(()));
                    self.put_back(rest);
                    return;
                }
                Err((error, _))
                    if again(&error, &mut conflicts) && started.elapsed() < lane.limits().batch =>
                {
                    lane.retried("background", &error);
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
                Err((error, 0)) => {
                    let rest = jobs.split_off(1);
                    let mut error = Some(error);
                    end(lane, jobs, || {
                        Err(error.take().unwrap_or(StoreError::Closed))
                    });
                    self.put_back(rest);
                    return;
                }
                // The one at this place failed: those before it go without it, it comes first the next time.
                Err((_, place)) => most = place,
            }
        }
    }

    /// Takes what one transaction may hold; whoever is gone before his work began needs it no more.
    fn take(&self, lane: &Lane) -> Vec<Box<dyn Job>> {
        let mut waiting = self.lock();
        let count = waiting.len().min(MOST);
        let all = waiting.len();
        let mut taken: Vec<Box<dyn Job>> = waiting
            .drain(..count)
            .filter(|job| !job.is_gone())
            .collect();
        // Where other processes write too, the jobs of all of them lock in one order.
        if lane.connections().engine != Engine::Sqlite {
            taken.sort_by_key(|job| job.name());
        }
        let gone = all - waiting.len() - taken.len();
        drop(waiting);
        lane.left(gone);
        taken
    }

    fn put_back(&self, rest: Vec<Box<dyn Job>>) {
        let mut waiting = self.lock();
        for job in rest.into_iter().rev() {
            waiting.push_front(job);
        }
    }
}

/// Runs up to `most` of the jobs in one transaction; how many it held, or which one failed.
async fn together(
    lane: &Lane,
    jobs: &mut [Box<dyn Job>],
    most: usize,
) -> Result<usize, (StoreError, usize)> {
    let started = Instant::now();
    let tx = lane.begin().await.map_err(|error| (error, 0))?;
    let mut done = 0;
    for (place, job) in jobs.iter_mut().take(most).enumerate() {
        if let Err(error) = one(lane, &tx, job.as_mut()).await {
            tx.rollback().await;
            return Err((error, place));
        }
        done = place + 1;
        if started.elapsed() >= lane.limits().work {
            break;
        }
    }
    let name = match jobs {
        [only] => only.name(),
        _ => SHARED,
    };
    lane.commit(name, done, tx, true)
        .await
        .map_err(|error| (error, 0))?;
    Ok(done)
}

async fn one(lane: &Lane, tx: &Tx, job: &mut dyn Job) -> Result<(), StoreError> {
    let name = job.name();
    let limit = lane.limits().batch;
    tx.limit(limit);
    let work = AssertUnwindSafe(async { job.run(tx).await });
    match tokio::time::timeout(limit, work.catch_unwind()).await {
        Ok(Ok(ended)) => ended,
        Ok(Err(_)) => Err(StoreError::Panicked(name)),
        Err(_) => Err(StoreError::Slow(limit)),
    }
}

fn end(lane: &Lane, jobs: Vec<Box<dyn Job>>, mut with: impl FnMut() -> Result<(), StoreError>) {
    lane.left(jobs.len());
    for job in jobs {
        job.end(with());
    }
}
