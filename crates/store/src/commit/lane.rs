//! How one transaction begins and ends, and what becomes of one whose COMMIT got no answer.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
#[cfg(feature = "crash-points")]
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use stoa_types::{Clock, Timestamp};
use tokio::sync::Notify;

use crate::config::Limits;
use crate::engine::Connections;
use crate::metrics::Metrics;
use crate::signal::Signals;
use crate::{Sql, StoreError, Tx, sql};

const MARK: Sql = sql!("mark_write");
const MARKED: Sql = sql!("mark_read");

/// The pause between two attempts to resolve a commit.
const RESOLVE_PAUSE: Duration = Duration::from_millis(20);

/// What a batch needs of its surroundings.
pub(crate) struct Lane {
    name: String,
    connections: Arc<Connections>,
    clock: Arc<dyn Clock>,
    limits: Limits,
    signals: Arc<Signals>,
    metrics: OnceLock<Metrics>,
    /// Members and background writes that wait or run.
    pub(super) depth: Arc<AtomicUsize>,
    /// The mark of the next transaction with work that has no key.
    mark: AtomicI64,
    /// Raised when a commit has made work for the checkpoint task.
    pub(crate) written: Notify,
    #[cfg(any(test, feature = "crash-points"))]
    pub(crate) lost_commits: AtomicUsize,
    /// Commands and background work whose next commit is reported lost.
    #[cfg(feature = "crash-points")]
    losing: Mutex<Vec<&'static str>>,
}

#[derive(Serialize)]
struct Mark {
    mark: i64,
}

impl Lane {
    pub(crate) fn new(
        name: String,
        connections: Arc<Connections>,
        clock: Arc<dyn Clock>,
        limits: Limits,
        signals: Arc<Signals>,
    ) -> Self {
        let mark = AtomicI64::new(clock.now().micros());
        Self {
            name,
            connections,
            clock,
            limits,
            signals,
            metrics: OnceLock::new(),
            depth: Arc::new(AtomicUsize::new(0)),
            mark,
            written: Notify::new(),
            #[cfg(any(test, feature = "crash-points"))]
            lost_commits: AtomicUsize::new(0),
            #[cfg(feature = "crash-points")]
            losing: Mutex::default(),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn connections(&self) -> &Connections {
        &self.connections
    }

    pub(crate) fn depth(&self) -> &Arc<AtomicUsize> {
        &self.depth
    }

    pub(crate) fn measure(&self, metrics: Metrics) {
        // The first meter stays: a second would count twice.
        let _ = self.metrics.set(metrics);
    }

    /// Shows the figures of a type of command from now on.
    pub(super) fn expects(&self, command: &'static str) {
        if let Some(metrics) = self.metrics.get() {
            metrics.expects(command);
        }
    }

    /// Members that were answered.
    pub(super) fn left(&self, members: usize) {
        self.depth.fetch_sub(members, Ordering::Relaxed);
    }

    pub(super) fn retried(&self, command: &'static str, error: &StoreError) {
        tracing::debug!(db = self.name, command, %error, "a transaction is tried again");
        if let Some(metrics) = self.metrics.get() {
            metrics.retried(command);
        }
    }

    pub(super) async fn begin(&self) -> Result<Tx, StoreError> {
        self.connections().begin().await.map_err(StoreError::Begin)
    }

    /// Commits. An outcome that is not known is resolved: by the mark when the transaction carries one, and
    /// otherwise by an error that repeats it, whose step 1 then finds the keys or does not.
    pub(super) async fn commit(
        &self,
        command: &'static str,
        members: usize,
        tx: Tx,
        marked: bool,
    ) -> Result<(), StoreError> {
        let mark = if marked {
            Some(self.write_mark(&tx).await?)
        } else {
            None
        };
        let started = Instant::now();
        let (touched, statements, kept) = (tx.touched(), tx.statements(), tx.kept());
        let mut ended = tx.commit().await;
        self.lose(command, &mut ended);
        let unknown = match &ended {
            Err(StoreError::Commit(error)) => !error.is_uncommitted(),
            _ => false,
        };
        if unknown {
            // Whoever is woken for nothing looks and sleeps again.
            self.signals.raise(&touched);
        }
        if unknown
            && let Some(mark) = mark
            && self.resolve(mark).await?
        {
            tracing::warn!(
                db = self.name,
                command,
                "a commit that was reported lost stands"
            );
            ended = Ok(());
        }
        drop(kept);
        ended?;
        if let Some(metrics) = self.metrics.get() {
            metrics.committed(command, members, statements, started.elapsed());
        }
        self.signals.raise(&touched);
        self.written.notify_one();
        Ok(())
    }

    /// Whether the transaction with this mark stands; asked until the database answers, for the time of a batch.
    async fn resolve(&self, mark: i64) -> Result<bool, StoreError> {
        let started = Instant::now();
        let limit = self.limits.batch;
        loop {
            match self.has_mark(mark).await {
                Ok(stands) => return Ok(stands),
                Err(error) if started.elapsed() < limit => {
                    tracing::debug!(db = self.name, %error, "a commit is not resolved yet");
                    tokio::time::sleep(RESOLVE_PAUSE).await;
                }
                Err(error) => {
                    tracing::error!(db = self.name, %error, "a commit could not be resolved");
                    return Err(StoreError::Slow(limit));
                }
            }
        }
    }

    async fn write_mark(&self, tx: &Tx) -> Result<i64, StoreError> {
        let mark = self.mark.fetch_add(1, Ordering::Relaxed) + 1;
        match tx.query_one(MARK, &Mark { mark }).await? {
            Some(row) => row.get("mark"),
            None => Err(StoreError::Contract("a transaction has no mark")),
        }
    }

    async fn has_mark(&self, mark: i64) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        let row = tx.query_one(MARKED, &Mark { mark }).await?;
        tx.rollback().await;
        match row {
            Some(row) => row.get("stands"),
            None => Err(StoreError::Contract(
                "nobody knows yet whether a commit stands",
            )),
        }
    }

    #[cfg(not(any(test, feature = "crash-points")))]
    fn lose(&self, _: &str, _: &mut Result<(), StoreError>) {}

    /// Reports a commit that succeeded as lost, as often as a test has asked for.
    #[cfg(any(test, feature = "crash-points"))]
    fn lose(&self, command: &str, ended: &mut Result<(), StoreError>) {
        let wanted = self
            .lost_commits
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
        if (wanted.is_ok() || self.is_planned(command)) && ended.is_ok() {
            let cause = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            let cause = sea_orm::RuntimeErr::SqlxError(sqlx::Error::Io(cause).into());
            *ended = Err(StoreError::Commit(sea_orm::DbErr::Query(cause).into()));
        }
    }

    /// The next commit with the command or work of this name is reported lost although it stands.
    #[cfg(feature = "crash-points")]
    pub(super) fn lose_next(&self, name: &'static str) {
        let mut losing = self.losing.lock().unwrap_or_else(PoisonError::into_inner);
        losing.push(name);
    }

    /// Whether this commit is to be lost. Background work of several names shares one that has none of them.
    #[cfg(feature = "crash-points")]
    fn is_planned(&self, command: &str) -> bool {
        let mut losing = self.losing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = losing.len();
        losing.retain(|name| *name != command && command != super::background::SHARED);
        losing.len() < before
    }

    #[cfg(all(test, not(feature = "crash-points")))]
    fn is_planned(&self, _: &str) -> bool {
        false
    }
}

impl std::fmt::Debug for Lane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lane")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
