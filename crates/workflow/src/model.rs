//! What a workflow is, and what a kind of workflow answers.

use async_trait::async_trait;
use serde_json::Value;
use stoa_errors::Error;
use stoa_store::{Row, StoreError};
use stoa_types::{Clock, Ctx, Ids, Timestamp, Uuid, WorkflowId};

/// What the definition of one kind of workflow offers the runner.
#[async_trait]
pub trait Kind: Send + Sync + 'static {
    /// The stable name in rows, metrics and `stoa workflow list`, e.g. `checkout`.
    fn name(&self) -> &'static str;

    /// The version of the definition: raised when a step is added or moved. Rows of an older version are still run, and
    /// [`Work::version`] says which it is; rows of a newer one wait for a newer binary.
    fn version(&self) -> u16;

    /// Runs from the step at which the row stands, as far as it gets. It may be stopped at any await and run again from the
    /// step that was last committed, on another machine, while a stalled former run still believes in itself: so a step is
    /// idempotent, and what it commits is conditional on [`Work::fence`].
    ///
    /// # Errors
    /// An error is recorded and the same step runs again after a growing, jittered pause (or after the error's own
    /// `retry_after`, when that is longer). What no repetition heals is [`Next::Stuck`].
    async fn run(&self, work: &Work) -> Result<Next, Error>;
}

/// One workflow as a run sees it.
#[derive(Clone, Debug)]
pub struct Work {
    /// Its id.
    pub id: WorkflowId,
    /// Its kind.
    pub kind: String,
    /// The version of the definition that it was started under.
    pub version: u16,
    /// What it works for, e.g. `ord_..`.
    pub subject: String,
    /// The step at which it stands.
    pub step: String,
    /// How often this step failed in a row.
    pub attempt: u32,
    /// What every write of this run is conditional on.
    pub fence: i64,
    /// The kind's own state, as last committed.
    pub state: Value,
    /// On whose behalf it works, for [`Ctx::acting_for`].
    pub actor: String,
    /// The trace of the call that started it.
    pub traceparent: Option<String>,
    /// The story that it belongs to.
    pub correlation_id: Uuid,
    /// How often it had been woken when it was read.
    pub(crate) woken: i64,
}

impl Work {
    /// The context of this run's calls and writes: the service named `service` acts, for the actor who started the work.
    #[must_use]
    pub fn ctx(&self, service: &str, clock: &dyn Clock, ids: &dyn Ids) -> Ctx {
        let mut ctx = Ctx::background(service, clock.now(), ids);
        ctx.acting_for = Some(self.actor.clone());
        ctx.traceparent.clone_from(&self.traceparent);
        ctx.correlation_id = self.correlation_id;
        ctx.causation_id = Some(self.id.uuid());
        ctx
    }

    pub(crate) fn read(row: &Row) -> Result<Self, StoreError> {
        let state: String = row.get("state")?;
        Ok(Self {
            id: WorkflowId::from_uuid(row.get("id")?),
            kind: row.get("kind")?,
            version: narrow(row, "version")?,
            subject: row.get("subject")?,
            step: row.get("step")?,
            attempt: narrow(row, "attempt")?,
            fence: row.get("fence")?,
            state: serde_json::from_str(&state).map_err(|source| StoreError::Json {
                what: "the state of a workflow",
                source,
            })?,
            actor: row.get("actor")?,
            traceparent: row.get("traceparent")?,
            correlation_id: row.get("correlation_id")?,
            woken: row.get("woken")?,
        })
    }
}

/// What is to happen after a run.
#[derive(Clone, Debug)]
pub enum Next {
    /// The run's own transaction wrote [`finish`](crate::finish).
    Finished,
    /// The run's own transaction moved the step: run again now, from the row as it stands.
    Again,
    /// Nothing to do before a time, or before somebody [wakes](crate::wake) the subject or what it waits on.
    Park {
        /// When to look again even if nobody wakes it.
        until: Timestamp,
        /// What it waits on, e.g. `pay_..`.
        waiting_on: Option<String>,
    },
    /// Only an operator can help; the row stays as it is until [`Retry`](crate::Retry).
    Stuck(Error),
    /// `finish` or `advance` answered `false`: another runner has it now.
    Lost,
}

/// Where a workflow stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It runs, waits or backs off.
    Live,
    /// It waits for an operator.
    Stuck,
    /// It is finished.
    Done,
}

impl Status {
    /// As it stands in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "LIVE",
            Self::Stuck => "STUCK",
            Self::Done => "DONE",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Live, Self::Stuck, Self::Done]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// One workflow as an operator sees it.
#[derive(Clone, Debug)]
pub struct Info {
    /// Its id.
    pub id: WorkflowId,
    /// Its kind.
    pub kind: String,
    /// The version of the definition that it was started under.
    pub version: u16,
    /// What it works for.
    pub subject: String,
    /// The step at which it stands.
    pub step: String,
    /// Whether it lives, is stuck or done.
    pub status: Status,
    /// When it runs next.
    pub due_at: Timestamp,
    /// How often its step failed in a row.
    pub attempt: u32,
    /// The incarnation of a binary that owns it.
    pub runner: Uuid,
    /// How often it was adopted, plus one.
    pub fence: i64,
    /// What it is parked for.
    pub waiting_on: Option<String>,
    /// Why its last run failed.
    pub last_error: Option<String>,
    /// On whose behalf it works.
    pub actor: String,
    /// The trace of the call that started it.
    pub traceparent: Option<String>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When its row was last written.
    pub updated_at: Timestamp,
    /// When it was finished.
    pub finished_at: Option<Timestamp>,
}

impl Info {
    pub(crate) fn read(row: &Row) -> Result<Self, StoreError> {
        let status: String = row.get("status")?;
        Ok(Self {
            id: WorkflowId::from_uuid(row.get("id")?),
            kind: row.get("kind")?,
            version: narrow(row, "version")?,
            subject: row.get("subject")?,
            step: row.get("step")?,
            status: Status::parse(&status).ok_or_else(|| StoreError::Column {
                column: "status".to_owned(),
                why: format!("no status is called {status}"),
            })?,
            due_at: row.get("due_at")?,
            attempt: narrow(row, "attempt")?,
            runner: row.get("runner")?,
            fence: row.get("fence")?,
            waiting_on: row.get("waiting_on")?,
            last_error: row.get("last_error")?,
            actor: row.get("actor")?,
            traceparent: row.get("traceparent")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
            finished_at: row.get("finished_at")?,
        })
    }
}

/// An integer column in a narrower type.
fn narrow<T: TryFrom<i64>>(row: &Row, column: &str) -> Result<T, StoreError> {
    let number: i64 = row.get(column)?;
    T::try_from(number).map_err(|_| StoreError::Column {
        column: column.to_owned(),
        why: format!("{number} is out of range"),
    })
}
