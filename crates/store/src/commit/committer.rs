//! Whose turn it is: the tasks that serve what waits.
//!
//! On SQLite there is one lane per file, because there is one writer; on Postgres there are a few. Each is a task of its own:
//! no caller's future holds a transaction, so nobody who goes away takes one with him.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use stoa_errors::Error;
use tokio::sync::Notify;

use super::background::Background;
use super::lane::Lane;
use super::queue::overloaded;
use crate::StoreError;
use crate::engine::{Checkpointer, Engine};

/// Something with members that wait.
pub(super) trait Source: Send + Sync {
    /// Lets go of all that wait: they are told that the database is closing.
    fn abandon(&self);
    /// Whether anyone waits.
    fn waits(&self) -> bool;
    /// Takes the next batch and runs it to its end.
    fn run<'a>(&'a self, lane: &'a Lane) -> BoxFuture<'a, ()>;
}

/// The command types of one database, their background work, and the task that serves them.
pub(crate) struct Committer {
    pub(crate) lane: Arc<Lane>,
    sources: Mutex<Vec<Arc<dyn Source>>>,
    pub(super) background: Background,
    wake: Notify,
    closing: AtomicBool,
    /// The task is no more: nobody would answer.
    ended: AtomicBool,
    /// Wakes the checkpoint task when the committer's task ends.
    pub(crate) end: Notify,
    /// Raised by the checkpoint task when the log needs a moment without a writer.
    pub(crate) pause: AtomicBool,
}

impl Committer {
    pub(crate) fn new(lane: Arc<Lane>) -> Self {
        Self {
            lane,
            sources: Mutex::new(Vec::new()),
            background: Background::default(),
            wake: Notify::new(),
            closing: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            end: Notify::new(),
            pause: AtomicBool::new(false),
        }
    }

    pub(super) fn register(&self, source: Arc<dyn Source>) {
        self.sources().push(source);
    }

    /// Counts one more that waits, or refuses it.
    pub(super) fn admit(&self) -> Result<(), Error> {
        if self.closing.load(Ordering::Acquire) {
            return Err(Error::from(StoreError::Closed));
        }
        let before = self.lane.depth.fetch_add(1, Ordering::Relaxed);
        if before >= self.lane.limits().queue {
            self.lane.left(1);
            return Err(overloaded());
        }
        Ok(())
    }

    /// Counts one more background write: it has no caller whom a refusal would slow down.
    pub(super) fn admit_background(&self) -> Result<(), StoreError> {
        if self.closing.load(Ordering::Acquire) {
            return Err(StoreError::Closed);
        }
        self.lane.depth.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// No new members from here on; the task ends when the last that waits is answered.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Release);
        self.wake();
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    fn sources(&self) -> std::sync::MutexGuard<'_, Vec<Arc<dyn Source>>> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next command type with members that wait, beginning behind the one that had the last turn.
    fn next(&self, turn: &mut usize) -> Option<Arc<dyn Source>> {
        let sources = self.sources();
        let count = sources.len();
        let found = (1..=count)
            .map(|step| (*turn + step) % count)
            .find_map(|place| {
                let source = sources.get(place)?;
                source.waits().then(|| (place, Arc::clone(source)))
            });
        let (place, source) = found?;
        *turn = place;
        Some(source)
    }

    /// Whether members that were put into a queue just now will never have a turn.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    /// The tasks: each batch after batch, until closed. However the last one ends, also before it begins, nobody
    /// waits for it afterwards.
    pub(crate) fn lanes(
        this: &Arc<Self>,
        count: u32,
    ) -> Vec<impl Future<Output = ()> + Send + use<>> {
        let end = Arc::new(End(Arc::clone(this)));
        (0..count)
            .map(|_| {
                let end = Arc::clone(&end);
                async move { end.0.serve().await }
            })
            .collect()
    }

    async fn serve(&self) {
        let mut turn = 0;
        let mut passed = 0;
        loop {
            if self.pause.swap(false, Ordering::AcqRel) {
                self.checkpoint().await;
            }
            let background = self.background.waits();
            match self.next(&mut turn) {
                Some(source) if !background || passed < self.lane.limits().passes => {
                    passed = if background { passed + 1 } else { 0 };
                    self.hand_on();
                    source.run(&self.lane).await;
                }
                _ if background => {
                    passed = 0;
                    self.hand_on();
                    self.background.run(&self.lane).await;
                }
                _ if self.is_closing() => {
                    self.hand_on();
                    break;
                }
                _ => self.wake.notified().await,
            }
        }
    }

    /// One lane is busy from here on: another looks whether more waits.
    fn hand_on(&self) {
        if self.lane.connections().engine != Engine::Sqlite {
            self.wake();
        }
    }

    async fn checkpoint(&self) {
        let done = self
            .lane
            .connections()
            .checkpoint(Checkpointer::Writer)
            .await;
        if let Err(error) = done {
            tracing::warn!(db = self.lane.name(), %error, "a checkpoint failed; the log grows");
        }
    }
}

/// The end of the task, whatever it was.
struct End(Arc<Committer>);

impl Drop for End {
    fn drop(&mut self) {
        let committer = &self.0;
        committer.closing.store(true, Ordering::SeqCst);
        committer.ended.store(true, Ordering::SeqCst);
        // A command type may hold this database, which would hold it in turn.
        let sources = std::mem::take(&mut *committer.sources());
        for source in sources {
            source.abandon();
        }
        committer.background.abandon();
        committer.end.notify_one();
        committer.lane.written.notify_one();
    }
}

impl std::fmt::Debug for Committer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Committer")
            .field("lane", &self.lane)
            .finish_non_exhaustive()
    }
}
