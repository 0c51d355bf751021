//! The runner as a service holds it: made before the service is mounted, started after, stopped at the end.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry::metrics::Meter;
use serde::Serialize;
use stoa_errors::Error;
use stoa_store::{Committed, Db, Engine as Kept, Queue, Sql, StoreError, sql};
use stoa_types::{Clock, Ctx, Ids, Timestamp, Uuid, WorkflowId};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::change::hex;
use crate::engine::Engine;
use crate::metrics::Metrics;
use crate::operator::{Retry, RetryWorkflows};
use crate::settle::{SettleRuns, rest};
use crate::{Info, Kind, NewWorkflow, Work, lease, operator};

const LOAD: Sql = sql!("load");
const DUE: Sql = sql!("due");

/// The name that a transaction signals when it made work due.
pub(crate) const SIGNAL: &str = "workflow";

/// How many inserted workflows are kept in memory until their kick; one that finds no room is read from its row.
const FRESH: usize = 8_192;

/// The bounds of one runner.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Runs at the same time.
    pub concurrency: usize,
    /// How long one run may take before it is stopped and backs off.
    pub run: Duration,
    /// How often the table is searched for what is due. What this process inserts, parks or wakes needs no search.
    pub poll: Duration,
    /// The first pause after a failure; doubles up to [`Limits::backoff_cap`].
    pub backoff: Duration,
    /// The longest pause after a failure.
    pub backoff_cap: Duration,
    /// How long a lease lives; renewed three times in it.
    pub lease: Duration,
    /// Whether this process holds the database for itself, so that every other runner is dead. It never does on Postgres,
    /// whatever is said here.
    pub alone: bool,
    /// How long a finished workflow stays.
    pub keep: Duration,
    /// How often counts are taken and finished rows pruned.
    pub housekeeping: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency: 256,
            run: Duration::from_mins(1),
            poll: Duration::from_secs(1),
            backoff: Duration::from_millis(100),
            backoff_cap: Duration::from_mins(1),
            lease: Duration::from_secs(15),
            alone: true,
            keep: Duration::from_hours(7 * 24),
            housekeeping: Duration::from_secs(5),
        }
    }
}

/// What reaches the engine from outside.
#[derive(Debug)]
pub(crate) enum Message {
    /// Run this one now.
    Kick(WorkflowId),
    /// This incarnation was buried and a new one entered: what is in memory is others' work.
    Reborn,
    /// Start nothing more; end when the last run has ended.
    Stop,
}

/// The runner of one service in this process. Cheap to clone.
#[derive(Clone)]
pub struct Runner(Arc<Shared>);

/// What the handle, the engine and the runs share.
pub(crate) struct Shared {
    pub(crate) name: &'static str,
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) limits: Limits,
    pub(crate) settle: Queue<SettleRuns>,
    pub(crate) metrics: Metrics,
    retry: Queue<RetryWorkflows>,
    incarnation: Mutex<Uuid>,
    fresh: Mutex<HashMap<WorkflowId, (Timestamp, Work)>>,
    messages: mpsc::UnboundedSender<Message>,
    inbox: Mutex<Option<mpsc::UnboundedReceiver<Message>>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner")
            .field("name", &self.0.name)
            .field("incarnation", &self.incarnation())
            .finish_non_exhaustive()
    }
}

impl Runner {
    /// A runner that does not run yet: work can be inserted under its name and kicked, and waits for [`Runner::start`].
    /// `name` is the service's, for metrics and log lines.
    #[must_use]
    pub fn new(
        name: &'static str,
        db: &Db,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        limits: Limits,
        meter: &Meter,
    ) -> Self {
        let (messages, inbox) = mpsc::unbounded_channel();
        let limits = Limits {
            alone: limits.alone && db.engine() == Kept::Sqlite,
            ..limits
        };
        Self(Arc::new(Shared {
            name,
            settle: db.queue(SettleRuns),
            retry: db.queue(RetryWorkflows),
            metrics: Metrics::new(name, meter, Arc::clone(&clock)),
            incarnation: Mutex::new(ids.uuid()),
            db: db.clone(),
            clock,
            ids,
            limits,
            fresh: Mutex::default(),
            messages,
            inbox: Mutex::new(Some(inbox)),
            tasks: Mutex::default(),
        }))
    }

    /// Enters the table of runners, adopts the work of the dead and begins to run; its tasks live on `handle`. Says how much
    /// work was adopted.
    ///
    /// # Errors
    /// When the database refuses it, or when it was started before.
    pub async fn start(
        &self,
        kinds: Vec<Arc<dyn Kind>>,
        handle: &Handle,
    ) -> Result<u64, StoreError> {
        let inbox = lock(&self.0.inbox)
            .take()
            .ok_or(StoreError::Contract("a workflow runner starts once"))?;
        let adopted = lease::enter(&self.0.db, self.incarnation(), &self.0.limits).await?;
        self.0.adopted(adopted);
        let mut engine = Engine::new(&self.0, kinds, handle.clone());
        engine.search().await;
        let mut tasks = lock(&self.0.tasks);
        tasks.push(handle.spawn(engine.drive(inbox)));
        tasks.push(handle.spawn(crate::engine::housekeeping(Arc::clone(&self.0))));
        if !self.0.limits.alone {
            tasks.push(handle.spawn(crate::engine::leases(Arc::clone(&self.0))));
        }
        Ok(adopted)
    }

    /// Runs a workflow at once: after the commit that inserted it, or to look again before it is due. Kicking what is not
    /// there, not ours or running already does no harm.
    pub fn kick(&self, id: WorkflowId) {
        // Fails only when the engine has ended: the row is durable and the next runner finds it.
        let _stopped = self.0.messages.send(Message::Kick(id));
    }

    /// Starts nothing more, waits up to `grace` for the runs that are under way, then stops them where they stand (their rows
    /// say where to go on) and leaves the table of runners.
    pub async fn stop(&self, grace: Duration) {
        let _ended = self.0.messages.send(Message::Stop);
        let mut tasks = std::mem::take(&mut *lock(&self.0.tasks)).into_iter();
        let Some(mut engine) = tasks.next() else {
            return;
        };
        if tokio::time::timeout(grace, &mut engine).await.is_err() {
            tracing::warn!(
                service = self.0.name,
                "workflow runs did not end in time; they are resumed at the next start"
            );
            engine.abort();
        }
        for task in tasks {
            task.abort();
        }
        if let Err(error) = lease::leave(&self.0.db, self.incarnation(), &self.0.limits).await {
            tracing::debug!(%error, service = self.0.name, "the runner's row stays until its lease lapses");
        }
    }

    /// Workflows of this service, for an operator.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list(
        &self,
        filter: &operator::Filter,
        limit: u32,
    ) -> Result<Vec<Info>, StoreError> {
        operator::list(&self.0.db, filter, limit).await
    }

    /// One workflow of this service, for an operator.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn show(&self, id: WorkflowId) -> Result<Option<Info>, StoreError> {
        operator::show(&self.0.db, id).await
    }

    /// The command [`Retry`], under the caller's key when he has one.
    ///
    /// # Errors
    /// NOT_FOUND / `WORKFLOW_NOT_FOUND`, FAILED_PRECONDITION / `WORKFLOW_STATE`, or the store's own.
    pub async fn retry(&self, ctx: &Ctx, id: WorkflowId) -> Result<(), Error> {
        match self.0.retry.submit(ctx, Retry { id }).await? {
            Committed::Done(()) | Committed::Replayed { .. } => Ok(()),
        }
    }

    /// The id under which this incarnation owns its work.
    #[must_use]
    pub fn incarnation(&self) -> Uuid {
        self.0.incarnation()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Keeps what was just inserted, so that its first run need not read it. The insert may still be rolled back: nothing
    /// runs from here without a kick, and whoever kicks has seen the commit.
    pub(crate) fn remember(&self, new: &NewWorkflow) {
        let mut fresh = lock(&self.0.fresh);
        if fresh.len() < FRESH {
            let work = Work {
                id: new.id,
                kind: new.kind.to_owned(),
                version: new.version,
                subject: new.subject.clone(),
                step: new.step.to_owned(),
                attempt: 0,
                fence: 1,
                state: new.state.clone(),
                actor: new.ctx.actor(),
                traceparent: new.ctx.traceparent.clone(),
                correlation_id: new.ctx.correlation_id,
                woken: 0,
            };
            fresh.insert(new.id, (self.0.clock.now(), work));
        }
    }
}

#[derive(Serialize)]
struct LoadRow {
    id: String,
    runner: String,
}

#[derive(Serialize)]
struct DueRow {
    now: i64,
    ahead: i64,
    runner: String,
    limit: usize,
}

impl Shared {
    pub(crate) fn incarnation(&self) -> Uuid {
        *lock(&self.incarnation)
    }

    /// Takes a new name after the old one was buried.
    pub(crate) fn be_reborn(&self) -> Uuid {
        let fresh = self.ids.uuid();
        *lock(&self.incarnation) = fresh;
        lock(&self.fresh).clear();
        fresh
    }

    pub(crate) fn announce_rebirth(&self) {
        let _stopped = self.messages.send(Message::Reborn);
    }

    /// What [`Runner::remember`] kept of a workflow, once.
    pub(crate) fn take_fresh(&self, id: WorkflowId) -> Option<Work> {
        lock(&self.fresh).remove(&id).map(|(_, work)| work)
    }

    /// Forgets what was kept for a kick that never came: its insert was rolled back, or its caller went away.
    pub(crate) fn forget_stale(&self) {
        let horizon = self.clock.now().minus(self.limits.run);
        lock(&self.fresh).retain(|_, (since, _)| *since > horizon);
    }

    /// The row of a workflow that is live and ours.
    pub(crate) async fn load(&self, id: WorkflowId) -> Result<Option<Work>, StoreError> {
        let parameter = LoadRow {
            id: id.hex(),
            runner: hex(self.incarnation()),
        };
        let rows = self.db.query(LOAD, &parameter).await?;
        rows.first().map(Work::read).transpose()
    }

    /// Which of our live workflows are due within `ahead`, by our clock and the oldest first.
    pub(crate) async fn due(
        &self,
        ahead: Duration,
        limit: usize,
    ) -> Result<Vec<(Timestamp, WorkflowId)>, StoreError> {
        let now = self.clock.now();
        let parameter = DueRow {
            now: now.micros(),
            ahead: i64::try_from(ahead.as_micros()).unwrap_or(i64::MAX),
            runner: hex(self.incarnation()),
            limit,
        };
        self.db
            .query(DUE, &parameter)
            .await?
            .iter()
            .map(|row| {
                let due = now.plus(rest(row.get("wait")?));
                Ok((due, WorkflowId::from_uuid(row.get("id")?)))
            })
            .collect()
    }

    pub(crate) fn adopted(&self, count: u64) {
        self.metrics.adopted(count);
        if count > 0 {
            tracing::info!(
                service = self.name,
                workflow.adopted = count,
                "adopted the work of a runner that is gone"
            );
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
