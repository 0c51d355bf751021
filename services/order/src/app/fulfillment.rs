//! CreateFulfillment and ShipFulfillment: all open units leave together; what is due then is taken first.

use std::sync::Arc;

use async_trait::async_trait;
use stoa_api::inventory::v1::ShipAllocationRequest;
use stoa_api::order::v1::{CreateFulfillmentRequest, Fulfillment, Order, ShipFulfillmentRequest};
use stoa_api::payment::v1::CapturePaymentRequest;
use stoa_errors::Error;
use stoa_store::Committed;
use stoa_types::{Ctx, FulfillmentId, OrderId, WorkflowId, boundary};
use stoa_workflow::{Kind, Next, Work};

use super::App;
use super::orders::{Access, Change, Changed, Decision, Start};
use super::place::Until;
use super::release;
use super::work::{Job, MONEY, hold_reason, sorted};
use crate::domain::amounts::money;
use crate::domain::event::Event;
use crate::domain::{checkout, fulfillment};
use crate::peers::payment::Outcome;

/// The name in rows and in `stoa workflow list`.
pub(crate) const KIND: &str = "order.shipping";
const VERSION: u16 = 1;

/// The shipping work of a fulfilment: there is one.
fn workflow_id(id: FulfillmentId) -> WorkflowId {
    WorkflowId::from_uuid(id.uuid())
}

/// The work `id` that lets a fulfilment leave.
pub(crate) fn start(order: &Order, fulfillment_id: &str, id: WorkflowId) -> Start {
    Start {
        id,
        kind: KIND,
        version: VERSION,
        subject: order.order_id.clone(),
        step: "ship",
        state: serde_json::json!({ "fulfillment_id": fulfillment_id }),
    }
}

impl App {
    /// Moves all open units of an order into a fulfilment.
    pub(crate) async fn create_fulfillment(
        &self,
        ctx: &Ctx,
        request: CreateFulfillmentRequest,
    ) -> Result<(Order, Option<Fulfillment>), Error> {
        let order_id: OrderId = stoa_api::convert::id("order_id", &request.order_id)?;
        let id = FulfillmentId::new(self.ids.as_ref());
        let change = Change {
            access: Access::Any,
            order_id,
            return_id: None,
            new_return: None,
            asks_live: false,
            decide: Box::new(move |seen| {
                Ok(Decision {
                    events: fulfillment::create(seen.order, id)?,
                    ..Decision::default()
                })
            }),
            note: String::new(),
            work: None,
            resource: id.to_string(),
        };
        let committed = boundary!("order.fulfillment.commit", self.change(ctx, change).await)?;
        let wanted = match committed {
            Committed::Done(Changed { resource, .. }) | Committed::Replayed { resource } => {
                resource
            }
        };
        let order = self.load(order_id).await?;
        let made = order
            .fulfillments
            .iter()
            .find(|fulfillment| fulfillment.fulfillment_id == wanted)
            .cloned();
        Ok((order, made))
    }

    /// Lets a fulfilment leave.
    pub(crate) async fn ship_fulfillment(
        &self,
        ctx: &Ctx,
        request: ShipFulfillmentRequest,
    ) -> Result<Order, Error> {
        let order_id: OrderId = stoa_api::convert::id("order_id", &request.order_id)?;
        let id: FulfillmentId = stoa_api::convert::id("fulfillment_id", &request.fulfillment_id)?;
        let again = WorkflowId::new(self.ids.as_ref());
        let change = Change {
            access: Access::Any,
            order_id,
            return_id: None,
            new_return: None,
            asks_live: true,
            decide: Box::new(move |seen| {
                let wanted = id.to_string();
                let events =
                    fulfillment::start_shipping(seen.order, &wanted, &request.tracking_ref)?;
                // Stopped by the checkout's declined capture, but its work has not heard of that yet.
                if matches!(events.first(), Some(Event::Resumed(_))) && seen.live.contains(KIND) {
                    return Ok(Decision::default());
                }
                let first = matches!(events.first(), Some(Event::ShippingStarted(_)));
                // One that tries again is new work, so that its capture is a new one too.
                let work = if first { workflow_id(id) } else { again };
                let starts = if events.is_empty() {
                    Vec::new()
                } else {
                    vec![start(seen.order, &wanted, work)]
                };
                Ok(Decision {
                    events,
                    starts,
                    ..Decision::default()
                })
            }),
            note: String::new(),
            work: None,
            resource: request.order_id.clone(),
        };
        let committed = boundary!("order.shipping.commit", self.change(ctx, change).await)?;
        let started = match &committed {
            Committed::Done(changed) => changed.started.first().copied(),
            Committed::Replayed { .. } => None,
        };
        let work = started.unwrap_or_else(|| workflow_id(id));
        self.wait_again(ctx, work, Until::Ended).await?;
        self.load(order_id).await
    }
}

/// The work that lets a fulfilment leave: take what is due, book the stock, record both.
#[derive(Debug)]
pub(crate) struct ShippingWork(pub(crate) Arc<App>);

#[async_trait]
impl Kind for ShippingWork {
    fn name(&self) -> &'static str {
        KIND
    }

    fn version(&self) -> u16 {
        VERSION
    }

    async fn run(&self, work: &Work) -> Result<Next, Error> {
        sorted(ship(&Job::new(&self.0, work)?).await)
    }
}

async fn ship(job: &Job<'_>) -> Result<Next, Error> {
    let id = job
        .work
        .state
        .get("fulfillment_id")
        .and_then(serde_json::Value::as_str)
        .ok_or_else(|| Error::internal("shipping work without a fulfilment"))?
        .to_owned();
    // Stock is promised and money is taken by the checkout; only what it left is done here.
    let mut order = job.order().await?;
    if !fulfillment::is_paid(&order) {
        if job.is_busy(&MONEY).await? {
            return Ok(job.park(&order));
        }
        order = job.order().await?;
    }
    if !order.hold_reason.is_empty() {
        // Stopped by the checkout's declined capture: ShipFulfillment starts it again.
        return job.close(None, Box::new(|_| Ok(Decision::default()))).await;
    }
    let due = fulfillment::due_on_shipping(&order, &id)?;
    let payment_id = order.payment_ids.first().cloned().unwrap_or_default();
    if due > 0 {
        match capture(job, &order, &payment_id, due).await? {
            Outcome::Succeeded => {}
            Outcome::Unknown | Outcome::Waits(_) => return Ok(job.park(&order)),
            Outcome::Failed(code) => return put_on_hold(job, hold_reason(&code)).await,
        }
    }
    book(job, &order, &id).await?;
    let rest = WorkflowId::new(job.app.ids.as_ref());
    boundary!(
        "order.shipped.commit",
        job.close(
            None,
            Box::new(move |seen| {
                let events = fulfillment::ship(seen.order, &id, due, &payment_id)?;
                let release = release::after(seen.order, due, rest);
                Ok(Decision {
                    starts: release.filter(|_| !events.is_empty()).into_iter().collect(),
                    events,
                    ..Decision::default()
                })
            })
        )
        .await
    )
}

async fn capture(
    job: &Job<'_>,
    order: &Order,
    payment_id: &str,
    due: i64,
) -> Result<Outcome, Error> {
    let request = CapturePaymentRequest {
        request_id: job.key("capture"),
        payment_id: payment_id.to_owned(),
        amount: money(order, due),
    };
    let ctx = job.call();
    boundary!(
        "order.shipping_capture.sent",
        job.app.payment.capture(&ctx, request).await
    )
}

async fn book(job: &Job<'_>, order: &Order, id: &str) -> Result<(), Error> {
    if order.hold_id.is_empty() {
        return Ok(());
    }
    let request = ShipAllocationRequest {
        request_id: job.key("ship"),
        hold_id: order.hold_id.clone(),
        reference: id.to_owned(),
    };
    let ctx = job.call();
    boundary!(
        "order.ship.sent",
        job.app.inventory.ship(&ctx, request).await
    )
}

/// The capture was declined: the goods stay until staff decide.
async fn put_on_hold(job: &Job<'_>, why: &'static str) -> Result<Next, Error> {
    boundary!(
        "order.shipping_on_hold.commit",
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
