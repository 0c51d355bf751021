//! The work that gives up what stays reserved at the provider although nothing is due any more.

use std::sync::Arc;

use async_trait::async_trait;
use stoa_api::order::v1::Order;
use stoa_api::payment::v1::{VoidPaymentRequest, reason as unpaid};
use stoa_errors::Error;
use stoa_types::{WorkflowId, boundary};
use stoa_workflow::{Kind, Next, Work};

use super::App;
use super::orders::{Decision, Start};
use super::work::{Job, needs_operator, sorted};
use crate::domain::settle;
use crate::peers::payment::Outcome;

/// The name in rows and in `stoa workflow list`.
pub(crate) const KIND: &str = "order.release";
const VERSION: u16 = 1;

/// The definition.
#[derive(Debug)]
pub(crate) struct ReleaseWork(pub(crate) Arc<App>);

/// The work `id`.
pub(crate) fn start(order: &Order, id: WorkflowId) -> Start {
    Start {
        id,
        kind: KIND,
        version: VERSION,
        subject: order.order_id.clone(),
        step: "release",
        state: serde_json::Value::Null,
    }
}

/// The work `id`, if taking `taken` minor units settles the order and leaves something reserved.
pub(crate) fn after(order: &Order, taken: i64, id: WorkflowId) -> Option<Start> {
    settle::leaves_reserved(order, taken, taken).then(|| start(order, id))
}

#[async_trait]
impl Kind for ReleaseWork {
    fn name(&self) -> &'static str {
        KIND
    }

    fn version(&self) -> u16 {
        VERSION
    }

    async fn run(&self, work: &Work) -> Result<Next, Error> {
        sorted(release(&Job::new(&self.0, work)?).await)
    }
}

async fn release(job: &Job<'_>) -> Result<Next, Error> {
    let order = job.order().await?;
    if settle::unneeded(&order) == 0 {
        // It is being canceled meanwhile, and the cancel gives up everything.
        return job.close(None, Box::new(|_| Ok(Decision::default()))).await;
    }
    let answer = void(job, &order).await;
    match answer {
        Ok(Outcome::Succeeded) => {}
        Ok(Outcome::Unknown | Outcome::Waits(_)) => return Ok(job.park(&order)),
        Ok(Outcome::Failed(code)) => {
            return Err(needs_operator("the money could not be given up", &code));
        }
        // The provider gives up no part: what is left lapses there, and stays reserved in the books until it does.
        Err(error) if error.reason == unpaid::PAYMENT_STATE => {
            return job.close(None, Box::new(|_| Ok(Decision::default()))).await;
        }
        Err(error) => return Err(error),
    }
    boundary!(
        "order.released.commit",
        job.close(
            None,
            Box::new(|seen| {
                Ok(Decision {
                    events: settle::release(seen.order),
                    ..Decision::default()
                })
            })
        )
        .await
    )
}

async fn void(job: &Job<'_>, order: &Order) -> Result<Outcome, Error> {
    let request = VoidPaymentRequest {
        request_id: job.key("void"),
        undoes_request_id: format!("{}/authorize/1", order.order_id),
        order_id: order.order_id.clone(),
        reason: "nothing is due any more".to_owned(),
    };
    let ctx = job.call();
    boundary!(
        "order.release_void.sent",
        job.app.payment.void(&ctx, request).await
    )
}
