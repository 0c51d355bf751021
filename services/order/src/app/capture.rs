//! The work of RetryCapture: what is due at once is taken by a capture of its own, or the order is on hold again.

use std::sync::Arc;

use async_trait::async_trait;
use stoa_api::order::v1::Order;
use stoa_api::payment::v1::CapturePaymentRequest;
use stoa_errors::Error;
use stoa_types::{WorkflowId, boundary};
use stoa_workflow::{Kind, Next, Work};

use super::App;
use super::orders::{Decision, Start};
use super::release;
use super::work::{Job, hold_reason, sorted};
use crate::domain::amounts::money;
use crate::domain::checkout;
use crate::peers::payment::Outcome;

/// The name in rows and in `stoa workflow list`.
pub(crate) const KIND: &str = "order.capture";
const VERSION: u16 = 1;

/// The definition.
#[derive(Debug)]
pub(crate) struct CaptureWork(pub(crate) Arc<App>);

/// New work for each try, so that its capture is a new one too.
pub(crate) fn start(order: &Order, id: WorkflowId) -> Start {
    Start {
        id,
        kind: KIND,
        version: VERSION,
        subject: order.order_id.clone(),
        step: "capture",
        state: serde_json::Value::Null,
    }
}

#[async_trait]
impl Kind for CaptureWork {
    fn name(&self) -> &'static str {
        KIND
    }

    fn version(&self) -> u16 {
        VERSION
    }

    async fn run(&self, work: &Work) -> Result<Next, Error> {
        sorted(capture(&Job::new(&self.0, work)?).await)
    }
}

async fn capture(job: &Job<'_>) -> Result<Next, Error> {
    let order = job.order().await?;
    // Nothing else changes what is due while this work goes on, so a repeated step asks for the same amount.
    let due = checkout::due_at_once(&order);
    let payment_id = order.payment_ids.first().cloned().unwrap_or_default();
    let outcome = if due > 0 {
        take(job, &order, &payment_id, due).await?
    } else {
        Outcome::Succeeded
    };
    match outcome {
        Outcome::Succeeded => taken(job, payment_id, due).await,
        Outcome::Failed(code) => declined(job, hold_reason(&code)).await,
        Outcome::Unknown | Outcome::Waits(_) => Ok(job.park(&order)),
    }
}

async fn take(job: &Job<'_>, order: &Order, payment_id: &str, due: i64) -> Result<Outcome, Error> {
    let request = CapturePaymentRequest {
        request_id: job.key("capture"),
        payment_id: payment_id.to_owned(),
        amount: money(order, due),
    };
    let ctx = job.call();
    boundary!(
        "order.retried_capture.sent",
        job.app.payment.capture(&ctx, request).await
    )
}

async fn taken(job: &Job<'_>, payment_id: String, due: i64) -> Result<Next, Error> {
    let rest = WorkflowId::new(job.app.ids.as_ref());
    boundary!(
        "order.retried.commit",
        job.close(
            None,
            Box::new(move |seen| {
                Ok(Decision {
                    events: checkout::capture(seen.order, &payment_id, due),
                    starts: release::after(seen.order, due, rest).into_iter().collect(),
                    ..Decision::default()
                })
            })
        )
        .await
    )
}

async fn declined(job: &Job<'_>, why: &'static str) -> Result<Next, Error> {
    boundary!(
        "order.retry_declined.commit",
        job.close(
            None,
            Box::new(move |seen| {
                Ok(Decision {
                    events: checkout::put_on_hold(seen.order, why),
                    ..Decision::default()
                })
            })
        )
        .await
    )
}
