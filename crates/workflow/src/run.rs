//! One run of one workflow, from its row to what is written about its outcome.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use stoa_errors::{Error, Kind as ErrorKind};
use stoa_store::Committed;
use stoa_telemetry::propagation;
use stoa_types::{Ctx, Timestamp, WorkflowId};
use tracing::Instrument;

use crate::backoff::pause;
use crate::engine::Kinds;
use crate::runner::Shared;
use crate::settle::{Settle, Settled};
use crate::{Next, Status, Work};

/// How long the engine waits with a workflow whose row could not be read or written.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// The end of a run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) id: WorkflowId,
    pub(crate) after: After,
}

/// What the engine does next about it.
#[derive(Debug)]
pub(crate) enum After {
    /// Nothing: done, stuck, or another runner's.
    Gone,
    /// Run it again now.
    Now,
    /// Run it again at a time.
    At(Timestamp),
}

/// Runs a workflow; `fresh` is what memory knows of one that was inserted a moment ago.
pub(crate) async fn run(
    shared: Arc<Shared>,
    kinds: Kinds,
    id: WorkflowId,
    fresh: Option<Work>,
) -> Ran {
    let work = match fresh {
        Some(work) => Ok(Some(work)),
        None => shared.load(id).await,
    };
    let after = match work {
        Ok(Some(work)) => run_work(&shared, &kinds, work).await,
        Ok(None) => After::Gone,
        Err(error) => {
            tracing::warn!(%error, workflow.id = %id, "a workflow cannot be read");
            After::At(shared.clock.now().plus(STORE_PAUSE))
        }
    };
    Ran { id, after }
}

async fn run_work(shared: &Shared, kinds: &Kinds, mut work: Work) -> After {
    let span = tracing::info_span!(
        "workflow",
        workflow.id = %work.id,
        workflow.kind = work.kind,
        workflow.subject = work.subject,
        workflow.step = work.step,
        trace.id = tracing::field::Empty,
    );
    let parent = work
        .traceparent
        .as_deref()
        .and_then(|text| text.parse().ok());
    let traceparent = propagation::adopt(&span, parent, || shared.ids.uuid().into_bytes());
    work.traceparent = Some(traceparent.to_string());
    async {
        let started = Instant::now();
        let outcome = attempt(shared, kinds, &work).await;
        shared
            .metrics
            .ran(&work.kind, label(&outcome), started.elapsed());
        conclude(shared, &work, outcome).await
    }
    .instrument(span)
    .await
}

/// Runs the kind's own code: bounded in time, and a panic in it is an error like any other.
async fn attempt(shared: &Shared, kinds: &Kinds, work: &Work) -> Result<Next, Error> {
    let kind = kinds
        .get(work.kind.as_str())
        .filter(|kind| kind.version() >= work.version)
        .ok_or_else(|| {
            Error::new(
                ErrorKind::Unimplemented,
                "UNKNOWN_WORKFLOW",
                format!(
                    "this binary does not know {} version {}",
                    work.kind, work.version
                ),
            )
        })?;
    let run = AssertUnwindSafe(kind.run(work)).catch_unwind();
    match tokio::time::timeout(shared.limits.run, run).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => {
            let text = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_default();
            Err(Error::internal(format!("the run panicked: {text}")))
        }
        Err(_) => Err(Error::new(
            ErrorKind::DeadlineExceeded,
            "DEADLINE_EXCEEDED",
            "the run took too long",
        )),
    }
}

fn label(outcome: &Result<Next, Error>) -> &'static str {
    match outcome {
        Ok(Next::Finished) => "finished",
        Ok(Next::Again) => "again",
        Ok(Next::Park { .. }) => "parked",
        Ok(Next::Stuck(_)) => "stuck",
        Ok(Next::Lost) => "lost",
        Err(_) => "failed",
    }
}

async fn conclude(shared: &Shared, work: &Work, outcome: Result<Next, Error>) -> After {
    let now = shared.clock.now();
    let settle = Settle {
        id: work.id,
        fence: work.fence,
        woken: work.woken,
        status: Status::Live,
        due_at: now,
        now,
        waiting_on: None,
        attempt: 0,
        last_error: None,
    };
    match outcome {
        Ok(Next::Finished) => After::Gone,
        Ok(Next::Again) => After::Now,
        Ok(Next::Lost) => {
            tracing::info!("another runner has this workflow");
            After::Gone
        }
        Ok(Next::Park { until, waiting_on }) => {
            let settle = Settle {
                due_at: until,
                waiting_on,
                ..settle
            };
            write(shared, settle).await
        }
        Ok(Next::Stuck(error)) => {
            tracing::error!(
                %error,
                cause = error.causes(),
                "a workflow needs an operator: see `stoa workflow show {}`",
                work.id
            );
            let settle = Settle {
                status: Status::Stuck,
                attempt: work.attempt,
                last_error: Some(describe(&error)),
                ..settle
            };
            match settle_now(shared, settle).await {
                // Written as stuck: it is due at no time.
                Ok(_) => After::Gone,
                Err(again) => again,
            }
        }
        Err(error) => back_off(shared, work, settle, &error).await,
    }
}

async fn back_off(shared: &Shared, work: &Work, settle: Settle, error: &Error) -> After {
    let attempt = work.attempt.saturating_add(1);
    let limits = &shared.limits;
    let pause = pause(
        attempt,
        limits.backoff,
        limits.backoff_cap,
        shared.ids.uuid(),
    )
    .max(error.retry_after.unwrap_or_default());
    tracing::warn!(
        %error,
        cause = error.causes(),
        attempt,
        pause_ms = pause.as_millis(),
        "a workflow step failed and will run again"
    );
    let settle = Settle {
        due_at: settle.due_at.plus(pause),
        attempt,
        last_error: Some(describe(error)),
        ..settle
    };
    write(shared, settle).await
}

/// What stands in the row: reason, public text and cause; operators may read it.
fn describe(error: &Error) -> String {
    let causes = error.causes();
    if causes.is_empty() {
        error.to_string()
    } else {
        format!("{error}: {causes}")
    }
}

async fn write(shared: &Shared, settle: Settle) -> After {
    match settle_now(shared, settle).await {
        Ok(Some(rest)) => After::At(shared.clock.now().plus(rest)),
        Ok(None) => After::Gone,
        Err(again) => again,
    }
}

/// Writes what a run decided; how long the row rests then, `None` when another runner has it, or when to try again.
async fn settle_now(shared: &Shared, settle: Settle) -> Result<Settled, After> {
    let ctx = Ctx::background(shared.name, shared.clock.now(), shared.ids.as_ref());
    let committed: Result<Committed<Settled>, Error> = shared.settle.submit(&ctx, settle).await;
    match committed {
        Ok(Committed::Done(Some(rest))) => Ok(Some(rest)),
        Ok(Committed::Done(None) | Committed::Replayed { .. }) => {
            tracing::info!("another runner has this workflow");
            Ok(None)
        }
        Err(error) => {
            // The row stands as before the run: the step runs again.
            tracing::warn!(%error, cause = error.causes(), "the outcome of a run cannot be written");
            Err(After::At(shared.clock.now().plus(STORE_PAUSE)))
        }
    }
}
