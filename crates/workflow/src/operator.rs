//! What an operator asks of the workflows of one service: list, show, retry.

use std::collections::HashMap;

use serde::Serialize;
use stoa_errors::{Error, Kind};
use stoa_store::{Apply, BoxFuture, Db, Member, Outcome, Sql, StoreError, Tx, sql};
use stoa_types::{Timestamp, WorkflowId};

use crate::runner::SIGNAL;
use crate::{Info, Status};

const LIST: Sql = sql!("list");
const LIST_LIVE: Sql = sql!("list_live");
const LIST_SUBJECT: Sql = sql!("list_subject");
const SHOW: Sql = sql!("show");
const RETRY: Sql = sql!("retry");
const KNOWN: Sql = sql!("known");

/// Which workflows to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this kind.
    pub kind: Option<String>,
    /// Only this status; `None` is every one but [`Status::Done`].
    pub status: Option<Status>,
    /// Only those that are due at that time (true), or not yet (false).
    pub due: Option<(Timestamp, bool)>,
    /// Only those that work for this subject.
    pub subject: Option<String>,
    /// Only those after this one, in the order of ids.
    pub after: Option<WorkflowId>,
}

#[derive(Serialize)]
struct ListRow<'a> {
    kind: Option<&'a str>,
    status: Option<&'static str>,
    subject: Option<&'a str>,
    at: Option<i64>,
    due: bool,
    after: String,
    limit: u32,
}

/// Lists at most `limit` workflows in the order of their ids, which is about the order in which they were accepted. By
/// subject, or of those that are not done, it reads an index; else the table.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(db: &Db, filter: &Filter, limit: u32) -> Result<Vec<Info>, StoreError> {
    let parameter = ListRow {
        kind: filter.kind.as_deref(),
        status: filter.status.map(Status::as_str),
        subject: filter.subject.as_deref(),
        at: filter.due.map(|(at, _)| at.micros()),
        due: filter.due.is_some_and(|(_, due)| due),
        after: filter.after.map(WorkflowId::hex).unwrap_or_default(),
        limit,
    };
    let statement = match (&filter.subject, filter.status) {
        (Some(_), _) => LIST_SUBJECT,
        (None, None | Some(Status::Live | Status::Stuck)) => LIST_LIVE,
        (None, Some(Status::Done)) => LIST,
    };
    db.query(statement, &parameter)
        .await?
        .iter()
        .map(Info::read)
        .collect()
}

#[derive(Serialize)]
struct ShowRow {
    id: String,
}

/// One workflow, or `None` when there is none of that id.
///
/// # Errors
/// When the database cannot be read.
pub async fn show(db: &Db, id: WorkflowId) -> Result<Option<Info>, StoreError> {
    let rows = db.query(SHOW, &ShowRow { id: id.hex() }).await?;
    rows.first().map(Info::read).transpose()
}

/// The command "run it now": a stuck workflow lives again, a parked or backing off one is due. Its step, its state and its
/// last error stay. What is done is refused (`WORKFLOW_STATE`), and so is what does not exist (`WORKFLOW_NOT_FOUND`).
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// Which.
    pub id: WorkflowId,
}

/// The command type of the group committer.
#[derive(Debug)]
pub(crate) struct RetryWorkflows;

impl Apply for RetryWorkflows {
    type Command = Retry;
    type Answer = ();
    const NAME: &'static str = "workflow.retry";

    fn weight(&self, _: &Retry) -> usize {
        1
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<Retry>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<()>>, StoreError>> {
        Box::pin(async move {
            let ids: Vec<String> = members.iter().map(|m| m.command.id.hex()).collect();
            tx.query(RETRY, &ids).await?;
            let mut known = HashMap::new();
            for row in tx.query(KNOWN, &ids).await? {
                let id = WorkflowId::from_uuid(row.get("id")?);
                known.insert(id, row.get::<String>("status")?);
            }
            tx.signal(SIGNAL);
            Ok(members
                .iter()
                .map(|member| {
                    let id = member.command.id;
                    outcome(id, known.get(&id).map(String::as_str))
                })
                .collect())
        })
    }
}

fn outcome(id: WorkflowId, status: Option<&str>) -> Outcome<()> {
    match status {
        None => Outcome::Refused(Error::not_found(
            "WORKFLOW_NOT_FOUND",
            format!("workflow {id}"),
        )),
        Some("DONE") => Outcome::Refused(Error::new(
            Kind::FailedPrecondition,
            "WORKFLOW_STATE",
            format!("workflow {id} is done; there is nothing to retry"),
        )),
        Some(_) => Outcome::Done {
            resource: id.to_string(),
            answer: (),
        },
    }
}
