//! What a service's transaction writes: insert, advance, finish, wake. Every statement takes all members of a batch at once.

use std::collections::HashSet;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use stoa_store::{Db, Row, Sql, StoreError, Tx, sql};
use stoa_types::{Ctx, Timestamp, Uuid, WorkflowId};

use crate::Runner;
use crate::runner::SIGNAL;

const INSERT: Sql = sql!("insert");
const ADVANCE: Sql = sql!("advance");
const FINISH: Sql = sql!("finish");
const WAKE: Sql = sql!("wake");
const PRUNE: Sql = sql!("prune");
const PRUNABLE: Sql = sql!("prunable");

/// A piece of work that a transaction accepts.
#[derive(Clone, Debug)]
pub struct NewWorkflow {
    /// Its id.
    pub id: WorkflowId,
    /// [`Kind::name`](crate::Kind::name).
    pub kind: &'static str,
    /// [`Kind::version`](crate::Kind::version).
    pub version: u16,
    /// What it works for, e.g. `ord_..`.
    pub subject: String,
    /// Its first step.
    pub step: &'static str,
    /// The kind's own state.
    pub state: Value,
    /// Not run before; usually now.
    pub due_at: Timestamp,
    /// The call that starts it: actor, trace and correlation are taken from it.
    pub ctx: Arc<Ctx>,
}

/// A workflow that a transaction moves to another step, which is due at once.
#[derive(Clone, Debug)]
pub struct Advance {
    /// Which.
    pub id: WorkflowId,
    /// The fence of the run that moves it.
    pub fence: i64,
    /// The step at which it stands from now on.
    pub step: &'static str,
    /// The kind's own state from now on.
    pub state: Value,
    /// What it waits on, if it does.
    pub waiting_on: Option<String>,
}

/// A workflow that a transaction finishes.
#[derive(Clone, Debug)]
pub struct Finish {
    /// Which.
    pub id: WorkflowId,
    /// The fence of the run that finishes it.
    pub fence: i64,
}

#[derive(Serialize)]
struct InsertRow<'a> {
    id: String,
    kind: &'a str,
    version: u16,
    subject: &'a str,
    step: &'a str,
    state: String,
    due_at: i64,
    runner: String,
    actor: String,
    correlation_id: String,
    traceparent: Option<&'a str>,
    now: i64,
}

/// Inserts work that is `runner`'s own from the start, so no claim has to be written. After the commit the caller
/// [kicks](Runner::kick) it; who cannot (because its caller went away) leaves it to the runner's next look at what is due.
///
/// # Errors
/// When the engine refuses the statement.
pub async fn insert(tx: &Tx, new: &[NewWorkflow], runner: &Runner) -> Result<(), StoreError> {
    if new.is_empty() {
        return Ok(());
    }
    let owner = hex(runner.incarnation());
    let now = runner.now().micros();
    let rows: Vec<InsertRow<'_>> = new
        .iter()
        .map(|workflow| InsertRow {
            id: workflow.id.hex(),
            kind: workflow.kind,
            version: workflow.version,
            subject: &workflow.subject,
            step: workflow.step,
            state: workflow.state.to_string(),
            due_at: workflow.due_at.micros(),
            runner: owner.clone(),
            actor: workflow.ctx.actor(),
            correlation_id: hex(workflow.ctx.correlation_id),
            traceparent: workflow.ctx.traceparent.as_deref(),
            now,
        })
        .collect();
    tx.execute(INSERT, &rows).await?;
    for workflow in new {
        runner.remember(workflow);
    }
    Ok(())
}

#[derive(Serialize)]
struct AdvanceRow<'a> {
    id: String,
    fence: i64,
    step: &'a str,
    state: String,
    waiting_on: Option<&'a str>,
}

/// Moves each member whose fence still stands; `false` in its place says that another runner has it now, and that whoever
/// asked must undo nothing and stop.
///
/// # Errors
/// When the engine refuses the statement.
pub async fn advance(tx: &Tx, members: &[Advance]) -> Result<Vec<bool>, StoreError> {
    if members.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<AdvanceRow<'_>> = members
        .iter()
        .map(|member| AdvanceRow {
            id: member.id.hex(),
            fence: member.fence,
            step: member.step,
            state: member.state.to_string(),
            waiting_on: member.waiting_on.as_deref(),
        })
        .collect();
    let moved = ids(&tx.query(ADVANCE, &rows).await?)?;
    Ok(members.iter().map(|m| moved.contains(&m.id)).collect())
}

#[derive(Serialize)]
struct FinishRow {
    id: String,
    fence: i64,
}

/// Finishes each member whose fence still stands; `false` in its place says that another runner has it now (or had, and
/// finished it). The row stays, as done, until [`prune`] takes it.
///
/// # Errors
/// When the engine refuses the statement.
pub async fn finish(tx: &Tx, members: &[Finish]) -> Result<Vec<bool>, StoreError> {
    if members.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<FinishRow> = members
        .iter()
        .map(|member| FinishRow {
            id: member.id.hex(),
            fence: member.fence,
        })
        .collect();
    let done = ids(&tx.query(FINISH, &rows).await?)?;
    Ok(members.iter().map(|m| done.contains(&m.id)).collect())
}

/// Makes every live workflow due whose subject, or what it waits on, is among `keys`; says how many there are. The runner
/// wakes after the commit. A workflow that runs at this moment and parks afterwards is run once more: a wake is not lost.
///
/// # Errors
/// When the engine refuses the statement.
pub async fn wake(tx: &Tx, keys: &[String]) -> Result<u64, StoreError> {
    if keys.is_empty() {
        return Ok(0);
    }
    let woken = tx.execute(WAKE, keys).await?;
    if woken > 0 {
        tx.signal(SIGNAL);
    }
    Ok(woken)
}

#[derive(Serialize)]
struct PruneRow {
    before: i64,
    cutoff: String,
    limit: u32,
}

/// Deletes at most `limit` workflows that were finished before a time by the database's clock, the oldest first; says how
/// many went.
///
/// # Errors
/// When the engine refuses the statement.
pub async fn prune(tx: &Tx, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
    tx.execute(PRUNE, &prune_row(before, limit)).await
}

/// Whether [`prune`] would find anything: asked on a reader, so that an idle service does not write.
pub(crate) async fn prunable(db: &Db, before: Timestamp) -> Result<bool, StoreError> {
    let row = db.query_one(PRUNABLE, &prune_row(before, 1)).await?;
    row.map_or(Ok(false), |row| row.get("found"))
}

/// What was finished before a time was made before it, and ids begin with their time (UUIDv7): the search ends at the first
/// id of that time instead of reading the whole table.
fn prune_row(before: Timestamp, limit: u32) -> PruneRow {
    let millis = before.micros().max(0) / 1_000;
    PruneRow {
        before: before.micros(),
        cutoff: format!("{millis:012x}{:020x}", 0),
        limit,
    }
}

fn ids(rows: &[Row]) -> Result<HashSet<WorkflowId>, StoreError> {
    rows.iter()
        .map(|row| row.get("id").map(WorkflowId::from_uuid))
        .collect()
}

/// 32 lower-case hex digits, for `unhex(..)`.
pub(crate) fn hex(id: Uuid) -> String {
    id.simple().to_string()
}
