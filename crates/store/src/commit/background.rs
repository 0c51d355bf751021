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
use super::lane::{Lane, Share};
use super::together::Part;
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

    /// Takes what one transaction may hold; whoever is gone before his work began needs it no more.
    pub(super) fn take(&self, lane: &Lane) -> Option<Jobs<'_>> {
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
        (!taken.is_empty()).then_some(Jobs {
            background: self,
            jobs: taken,
            done: 0,
        })
    }

    fn put_back(&self, rest: Vec<Box<dyn Job>>) {
        let mut waiting = self.lock();
        for job in rest.into_iter().rev() {
            waiting.push_front(job);
        }
    }
}

/// Background writes that were taken.
pub(super) struct Jobs<'a> {
    background: &'a Background,
    jobs: Vec<Box<dyn Job>>,
    /// How many of them the last attempt did.
    done: usize,
}

impl Jobs<'_> {
    /// Does them in a transaction, up to `most` of them, as far as it gets in the time of a batch; at which one it failed.
    async fn inside(
        &mut self,
        lane: &Lane,
        tx: &Tx,
        most: usize,
    ) -> Result<(), (StoreError, usize)> {
        let started = Instant::now();
        self.done = 0;
        for (place, job) in self.jobs.iter_mut().take(most).enumerate() {
            one(lane, tx, job.as_mut())
                .await
                .map_err(|error| (error, place))?;
            self.done = place + 1;
            if started.elapsed() >= lane.limits().work {
                break;
            }
        }
        Ok(())
    }

    /// One transaction of their own.
    async fn together(&mut self, lane: &Lane, most: usize) -> Result<(), (StoreError, usize)> {
        let tx = lane.begin().await.map_err(|error| (error, 0))?;
        if let Err(failed) = self.inside(lane, &tx, most).await {
            tx.rollback().await;
            return Err(failed);
        }
        let share = Share::whole(self.name(), self.done);
        let ended = lane.commit(vec![share], tx, true).await;
        ended.map_err(|error| (error, 0))
    }

    /// Ends the first `count` of them; the others wait again.
    fn end(mut self, lane: &Lane, count: usize, mut with: impl FnMut() -> Result<(), StoreError>) {
        let rest = self.jobs.split_off(count.min(self.jobs.len()));
        lane.left(self.jobs.len());
        for job in self.jobs {
            job.end(with());
        }
        self.background.put_back(rest);
    }

    /// Tries them until some are done, or the first of them fails for good.
    async fn to_an_end(mut self, lane: &Lane) {
        let mut most = self.jobs.len();
        let mut wait = FIRST_WAIT;
        let mut conflicts = 0;
        let started = Instant::now();
        while !self.jobs.is_empty() {
            match self.together(lane, most).await {
                Ok(()) => {
                    let done = self.done;
                    return self.end(lane, done, || Ok(()));
                }
                Err((error, _))
                    if again(&error, &mut conflicts) && started.elapsed() < lane.limits().batch =>
                {
                    lane.retried("background", &error);
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
                Err((error, 0)) => {
                    let mut error = Some(error);
                    return self.end(lane, 1, || Err(error.take().unwrap_or(StoreError::Closed)));
                }
                // The one at this place failed: those before it go without it, it comes first the next time.
                Err((_, place)) => most = place,
            }
        }
    }
}

impl Part for Jobs<'_> {
    fn name(&self) -> &'static str {
        match self.jobs.as_slice() {
            [only] => only.name(),
            _ => SHARED,
        }
    }

    fn members(&self) -> usize {
        self.done
    }

    fn is_marked(&self) -> bool {
        true
    }

    fn attempt<'t>(
        &'t mut self,
        lane: &'t Lane,
        tx: &'t Tx,
        _: Duration,
    ) -> BoxFuture<'t, Result<(), StoreError>> {
        Box::pin(async move {
            let most = self.jobs.len();
            self.inside(lane, tx, most)
                .await
                .map_err(|(error, _)| error)
        })
    }

    fn committed(self: Box<Self>, lane: &Lane) {
        let done = self.done;
        self.end(lane, done, || Ok(()));
    }

    fn unresolved(self: Box<Self>, lane: &Lane) {
        let (done, limit) = (self.done, lane.limits().batch);
        self.end(lane, done, || Err(StoreError::Slow(limit)));
    }

    fn alone<'t>(self: Box<Self>, lane: &'t Lane) -> BoxFuture<'t, ()>
    where
        Self: 't,
    {
        Box::pin(self.to_an_end(lane))
    }
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
