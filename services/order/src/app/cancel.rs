//! CancelOrder: before the pivot the checkout undoes itself; after it, this work gives stock and money back.

use std::sync::Arc;

use async_trait::async_trait;
use stoa_api::inventory::v1::ReleaseAllocationRequest;
use stoa_api::order::v1::{CancelOrderRequest, CancelReason, Order};
use stoa_api::payment::v1::{RefundPaymentRequest, VoidPaymentRequest};
use stoa_errors::Error;
use stoa_store::Committed;
use stoa_types::{Ctx, OrderId, Principal, WorkflowId, boundary};
use stoa_workflow::{Kind, Next, Work};

use super::orders::{Change, Changed, Decision, Start};
use super::place::Until;
use super::quotes::reader;
use super::work::{Job, MONEY, needs_operator, sorted};
use super::{App, checkout};
use crate::domain::amounts::{minor, money};
use crate::domain::cancel::{self, Undo};
use crate::peers::payment::Outcome;

/// The name in rows and in `stoa workflow list`.
pub(crate) const KIND: &str = "order.cancel";
const VERSION: u16 = 1;

impl App {
    /// Cancels a whole order that has not shipped.
    pub(crate) async fn cancel_order(
        &self,
        ctx: &Ctx,
        request: CancelOrderRequest,
    ) -> Result<Order, Error> {
        let order_id: OrderId = stoa_api::convert::id("order_id", &request.order_id)?;
        let id = WorkflowId::new(self.ids.as_ref());
        let asked = match ctx.principal {
            Principal::Staff { .. } => CancelReason::Staff,
            _ => CancelReason::Customer,
        };
        let change = Change {
            access: reader(ctx, "order.write"),
            order_id,
            return_id: None,
            new_return: None,
            asks_live: false,
            decide: Box::new(move |seen| {
                let (events, undo) = cancel::request(seen.order, asked)?;
                let work = (undo == Undo::Confirmed).then(|| Start {
                    id,
                    kind: KIND,
                    version: VERSION,
                    subject: seen.order.order_id.clone(),
                    step: "undo",
                    state: serde_json::Value::Null,
                });
                Ok(Decision {
                    events,
                    starts: work.into_iter().collect(),
                    ..Decision::default()
                })
            }),
            note: request.reason,
            work: None,
            resource: request.order_id.clone(),
        };
        let committed = boundary!(
            "order.cancel_requested.commit",
            self.change(ctx, change).await
        )?;
        if let Committed::Done(Changed { started, .. }) = committed {
            let undoes = checkout::workflow_id(order_id);
            let work = started.first().copied().unwrap_or(undoes);
            self.runner.kick(work);
            self.wait_again(ctx, work, Until::Ended).await?;
        }
        self.load(order_id).await
    }
}

/// The work that undoes a confirmed order.
#[derive(Debug)]
pub(crate) struct CancelWork(pub(crate) Arc<App>);

#[async_trait]
impl Kind for CancelWork {
    fn name(&self) -> &'static str {
        KIND
    }

    fn version(&self) -> u16 {
        VERSION
    }

    async fn run(&self, work: &Work) -> Result<Next, Error> {
        sorted(undo(&Job::new(&self.0, work)?).await)
    }
}

async fn undo(job: &Job<'_>) -> Result<Next, Error> {
    // What was promised is kept first; what was taken for it is given back after.
    let busy = job.is_busy(&MONEY).await?;
    let order = job.order().await?;
    if busy {
        return Ok(job.park(&order));
    }
    deallocate(job, &order).await?;
    let Some(refunded) = give_back(job, &order).await? else {
        return Ok(job.park(&order));
    };
    boundary!(
        "order.canceled.commit",
        job.close(
            None,
            Box::new(move |seen| {
                Ok(Decision {
                    events: cancel::finish(seen.order, refunded),
                    ..Decision::default()
                })
            })
        )
        .await
    )
}

async fn deallocate(job: &Job<'_>, order: &Order) -> Result<(), Error> {
    if order.hold_id.is_empty() {
        return Ok(());
    }
    let request = ReleaseAllocationRequest {
        request_id: job.key("deallocate"),
        hold_id: order.hold_id.clone(),
        reason: "the order was canceled".to_owned(),
    };
    let ctx = job.call();
    boundary!(
        "order.deallocate.sent",
        job.app.inventory.deallocate(&ctx, request).await
    )
}

/// Refunds what was taken and gives up what is reserved still; what was refunded, or nothing while it is not known.
async fn give_back(job: &Job<'_>, order: &Order) -> Result<Option<i64>, Error> {
    let Some(payment_id) = order.payment_ids.first() else {
        return Ok(Some(0));
    };
    let taken = cancel::refundable(order);
    if minor(order.authorized.as_ref()) > minor(order.captured.as_ref())
        && !settled(void(job, order).await?)?
    {
        return Ok(None);
    }
    if taken > 0 && !settled(refund(job, order, payment_id, taken).await?)? {
        return Ok(None);
    }
    Ok(Some(taken))
}

/// Whether it is known that it happened.
fn settled(outcome: Outcome) -> Result<bool, Error> {
    match outcome {
        Outcome::Succeeded => Ok(true),
        Outcome::Unknown | Outcome::Waits(_) => Ok(false),
        Outcome::Failed(code) => Err(needs_operator("the money could not be given back", &code)),
    }
}

async fn refund(
    job: &Job<'_>,
    order: &Order,
    payment_id: &str,
    taken: i64,
) -> Result<Outcome, Error> {
    let request = RefundPaymentRequest {
        request_id: job.key("refund"),
        payment_id: payment_id.to_owned(),
        amount: money(order, taken),
        reason: "the order was canceled".to_owned(),
    };
    let ctx = job.call();
    boundary!(
        "order.cancel_refund.sent",
        job.app.payment.refund(&ctx, request).await
    )
}

async fn void(job: &Job<'_>, order: &Order) -> Result<Outcome, Error> {
    let request = VoidPaymentRequest {
        request_id: job.key("void"),
        undoes_request_id: format!("{}/authorize/1", order.order_id),
        order_id: order.order_id.clone(),
        reason: "the order was canceled".to_owned(),
    };
    let ctx = job.call();
    boundary!(
        "order.cancel_void.sent",
        job.app.payment.void(&ctx, request).await
    )
}
