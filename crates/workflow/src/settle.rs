//! How the outcome of runs is written: park, back off, stuck. The group committer puts many into one transaction.

use std::time::Duration;

use serde::Serialize;
use stoa_store::{Apply, BoxFuture, Member, Outcome, Sql, StoreError, Tx, sql};
use stoa_types::{Timestamp, WorkflowId};

use crate::Status;

const SETTLE: Sql = sql!("settle");

/// What one run decided, for the row whose fence still stands.
#[derive(Clone, Debug)]
pub(crate) struct Settle {
    pub(crate) id: WorkflowId,
    pub(crate) fence: i64,
    pub(crate) woken: i64,
    pub(crate) status: Status,
    pub(crate) due_at: Timestamp,
    /// The runner's own now: [`Settle::due_at`] is so far from it.
    pub(crate) now: Timestamp,
    pub(crate) waiting_on: Option<String>,
    pub(crate) attempt: u32,
    pub(crate) last_error: Option<String>,
}

/// What became of it: how long the row rests now, or `None` when another runner has it.
pub(crate) type Settled = Option<Duration>;

#[derive(Serialize)]
struct SettleRow<'a> {
    id: String,
    fence: i64,
    woken: i64,
    status: &'static str,
    due_at: i64,
    now: i64,
    waiting_on: Option<&'a str>,
    attempt: u32,
    last_error: Option<&'a str>,
}

/// The command type of the group committer.
#[derive(Debug)]
pub(crate) struct SettleRuns;

impl Apply for SettleRuns {
    type Command = Settle;
    type Answer = Settled;
    const NAME: &'static str = "workflow.settle";

    fn weight(&self, _: &Settle) -> usize {
        1
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<Settle>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<Settled>>, StoreError>> {
        Box::pin(async move {
            let rows: Vec<SettleRow<'_>> = members.iter().map(|m| row(&m.command)).collect();
            let mut due = std::collections::HashMap::new();
            for row in tx.query(SETTLE, &rows).await? {
                let id = WorkflowId::from_uuid(row.get("id")?);
                due.insert(id, rest(row.get("wait")?));
            }
            Ok(members
                .iter()
                .map(|member| Outcome::Done {
                    resource: member.command.id.to_string(),
                    answer: due.get(&member.command.id).copied(),
                })
                .collect())
        })
    }
}

/// What a statement calls `wait`: µs until a row is due, by the clock that its `due_at` follows; below 0 when it is.
pub(crate) fn rest(wait: i64) -> Duration {
    Duration::from_micros(u64::try_from(wait).unwrap_or(0))
}

fn row(settle: &Settle) -> SettleRow<'_> {
    SettleRow {
        id: settle.id.hex(),
        fence: settle.fence,
        woken: settle.woken,
        status: settle.status.as_str(),
        due_at: settle.due_at.micros(),
        now: settle.now.micros(),
        waiting_on: settle.waiting_on.as_deref(),
        attempt: settle.attempt,
        last_error: settle.last_error.as_deref(),
    }
}
