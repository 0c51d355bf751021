//! Which durable work goes on, and for how long may it.

use std::time::Duration;

use stoa_api::convert::timestamp;
use stoa_api::ops::v1::{ListWorkflowsRequest, Workflow, WorkflowState};
use stoa_types::{Clock, SystemClock, Timestamp};

use crate::client::{Connection, Failure};

use super::diagnosis::{Check, Violation};
use super::repairs;
use super::settled;

const PAGE: i32 = 1_000;

/// For how long work may go on that asks the provider, who may be silent for as long as his settle window, or the customer, who
/// has his time to act.
const ASKING: Duration = Duration::from_secs(3_600);

/// For how long work of a kind may go on; what is not named: ten minutes.
const LIMITS: [(&str, Duration); 8] = [
    ("order.checkout", ASKING),
    ("order.cancel", ASKING),
    ("order.capture", ASKING),
    ("order.credit", ASKING),
    ("order.release", ASKING),
    ("order.return", ASKING),
    ("order.shipping", ASKING),
    ("payment.operation", ASKING),
];
const LIMIT: Duration = Duration::from_secs(600);

/// Work that never ends: it must only be in time.
const ENDLESS: [&str; 1] = ["payment.sweep"];

/// Every piece of work that is not done: it moves, and not for too long; with `quiesced`, there is none.
pub(super) async fn check(
    suite: &Connection,
    services: &[String],
    quiesced: bool,
) -> Result<Check, Failure> {
    settled(|| async move {
        let now = SystemClock.now();
        let mut check = Check::new("workflows_at_rest");
        let mut moving = false;
        for service in services {
            for workflow in all(suite, service).await? {
                check.examined += 1;
                let found = judge(&workflow, now, quiesced);
                // What is only late or only there may end while we look; what is stuck may not.
                moving |= found.is_some() && workflow.state() != WorkflowState::Stuck;
                if let Some(violation) = found {
                    check.add(violation);
                } else if !is_endless(&workflow) {
                    check.in_flight += 1;
                }
            }
        }
        Ok((check, !moving))
    })
    .await
}

async fn all(suite: &Connection, service: &str) -> Result<Vec<Workflow>, Failure> {
    let request = ListWorkflowsRequest {
        service: service.to_owned(),
        page_size: PAGE,
        ..ListWorkflowsRequest::default()
    };
    suite
        .all(
            request,
            |request, token| request.page_token = token,
            |page| (page.workflows, page.next_page_token),
        )
        .await
}

fn is_endless(workflow: &Workflow) -> bool {
    ENDLESS.contains(&workflow.kind.as_str())
}

fn judge(workflow: &Workflow, now: Timestamp, quiesced: bool) -> Option<Violation> {
    let age = |time: Option<&prost_types::Timestamp>| {
        let time = timestamp("time", time?).ok()?;
        Some(now.since(time))
    };
    let limit = LIMITS.iter().find(|(kind, _)| *kind == workflow.kind);
    let limit = limit.map_or(LIMIT, |(_, limit)| *limit);
    let late = |age: Option<Duration>| age.is_some_and(|age| age > limit);
    let what = if workflow.state() == WorkflowState::Stuck {
        "is stuck".to_owned()
    } else if is_endless(workflow) {
        let overdue = age(workflow.due_time.as_ref());
        late(overdue).then(|| format!("should have run {} s ago", seconds(overdue)))?
    } else if late(age(workflow.create_time.as_ref())) {
        let age = age(workflow.create_time.as_ref());
        format!("has gone on for {} s", seconds(age))
    } else if quiesced {
        "goes on".to_owned()
    } else {
        return None;
    };
    Some(Violation {
        subject: workflow.workflow_id.clone(),
        detail: format!(
            "{} of {} {what} at step {}{}",
            workflow.kind,
            workflow.subject,
            workflow.step,
            match workflow.last_error.as_str() {
                "" => String::new(),
                error => format!(": {error}"),
            }
        ),
        repair: repairs::of("workflows_at_rest", &workflow.workflow_id),
    })
}

fn seconds(age: Option<Duration>) -> u64 {
    age.unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use stoa_api::convert::to_timestamp;

    use super::*;

    fn workflow(kind: &str, state: WorkflowState, age: Duration) -> Workflow {
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        Workflow {
            workflow_id: "wf_1".to_owned(),
            kind: kind.to_owned(),
            state: state.into(),
            create_time: Some(to_timestamp(now.minus(age))),
            due_time: Some(to_timestamp(now.minus(age))),
            ..Workflow::default()
        }
    }

    fn found(kind: &str, state: WorkflowState, seconds: u64, quiesced: bool) -> bool {
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        let workflow = workflow(kind, state, Duration::from_secs(seconds));
        judge(&workflow, now, quiesced).is_some()
    }

    #[test]
    fn work_may_go_on_for_its_time_and_not_longer() {
        use WorkflowState::{Running, Stuck, Waiting};
        assert!(!found("order.other", Running, 599, false));
        assert!(found("order.other", Waiting, 601, false));
        assert!(found("order.checkout", Running, 1, true));
        assert!(found("order.checkout", Stuck, 1, false));
        assert!(!found("order.checkout", Waiting, 3_599, false));
        assert!(found("payment.operation", Waiting, 3_601, false));
    }

    #[test]
    fn work_that_never_ends_must_be_in_time() {
        assert!(!found("payment.sweep", WorkflowState::Waiting, 30, true));
        assert!(found("payment.sweep", WorkflowState::Running, 601, false));
    }
}
