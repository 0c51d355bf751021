//! PlaceOrder and ImportOrder: a quote becomes an order, and the caller waits for its outcome as long as he can.

use std::sync::Arc;
use std::time::Duration;

use stoa_api::order::v1::{ImportOrderRequest, Order, OrderSource, PlaceOrderRequest};
use stoa_errors::Error;
use stoa_store::Committed;
use stoa_types::{Ctx, OrderId, QuoteId, WorkflowId, boundary};
use stoa_workflow::Status;

use super::App;
use super::checkout::{ACTION, workflow_id};
use super::orders::{Accept, Access, Command, Contact};
use super::watchers::Bell;

/// The part of a caller's time that is kept for the answer, and its least.
const RESERVE: u32 = 5;
const LEAST_RESERVE: Duration = Duration::from_millis(50);

/// How often a waiter looks for himself: another process may have done the work.
const LOOK: Duration = Duration::from_millis(500);

/// What a caller waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// The work is done, or an operator must see to it.
    Ended,
    /// That, or it waits for the customer, who must hear of it.
    CustomerActs,
}

impl App {
    /// Orders what a customer's quote holds.
    pub(crate) async fn place_order(
        &self,
        ctx: &Ctx,
        request: PlaceOrderRequest,
    ) -> Result<Order, Error> {
        let country_code = request
            .shipping_address
            .as_ref()
            .map(|address| address.country_code.clone())
            .unwrap_or_default();
        let accept = Accept {
            access: Access::Owner(ctx.principal.scope()),
            staff_quote: false,
            quote_id: stoa_api::convert::id("quote_id", &request.quote_id)?,
            order_id: OrderId::new(self.ids.as_ref()),
            source: OrderSource::Placed,
            external_ref: String::new(),
            country_code,
            payment_token: request.payment_token,
            contact: Some(Contact {
                email: request.email,
                address: request.shipping_address,
            }),
        };
        self.accept(ctx, accept).await
    }

    /// Records an order that was placed elsewhere.
    pub(crate) async fn import_order(
        &self,
        ctx: &Ctx,
        request: ImportOrderRequest,
    ) -> Result<Order, Error> {
        let quote_id: QuoteId = stoa_api::convert::id("quote_id", &request.quote_id)?;
        let accept = Accept {
            access: Access::Any,
            staff_quote: true,
            quote_id,
            order_id: OrderId::new(self.ids.as_ref()),
            source: OrderSource::Imported,
            external_ref: request.external_ref,
            country_code: request.country_code,
            payment_token: request.payment_token,
            contact: None,
        };
        self.accept(ctx, accept).await
    }

    async fn accept(&self, ctx: &Ctx, accept: Accept) -> Result<Order, Error> {
        let order_id = accept.order_id;
        // Before the work can start, so that its end is never missed.
        let rest = self.watchers.work(workflow_id(order_id));
        let command = Command::Accept(Box::new(accept));
        let committed = boundary!(
            "order.accepted.commit",
            self.orders.submit(ctx, command).await
        )?;
        if let Committed::Done(changed) = &committed
            && changed.order.order_id == order_id.to_string()
        {
            let order = Arc::clone(&changed.order);
            self.watchers.accepted(order_id, order);
        }
        self.committed(&committed);
        let resource = match committed {
            Committed::Done(changed) if changed.order.order_id == order_id.to_string() => {
                let work = workflow_id(order_id);
                self.wait(ctx, work, &rest, Until::CustomerActs).await?;
                return match rest.last() {
                    Some(order) => Ok(Arc::unwrap_or_clone(order)),
                    None => self.load(order_id).await,
                };
            }
            // Made by another call under the same key, at this moment or before.
            Committed::Done(changed) => changed.resource,
            Committed::Replayed { resource } => resource,
        };
        let order_id = resource.parse().map_err(Error::internal)?;
        let work = workflow_id(order_id);
        self.wait_again(ctx, work, Until::CustomerActs).await?;
        self.load(order_id).await
    }

    /// As [`App::wait`], for who repeats a call: the work may be at rest since long ago.
    pub(crate) async fn wait_again(
        &self,
        ctx: &Ctx,
        id: WorkflowId,
        until: Until,
    ) -> Result<(), Error> {
        let rest = self.watchers.work(id);
        if self.is_at_rest(id, until).await? {
            return Ok(());
        }
        self.wait(ctx, id, &rest, until).await
    }

    /// Waits until a piece of work is at rest, or the caller's time less a reserve is over.
    async fn wait(
        &self,
        ctx: &Ctx,
        id: WorkflowId,
        rest: &Bell,
        until: Until,
    ) -> Result<(), Error> {
        let left = ctx.remaining(self.clock.now());
        let patience = left.saturating_sub((left / RESERVE).max(LEAST_RESERVE));
        let waiting = async {
            loop {
                if tokio::time::timeout(LOOK, rest.notified()).await.is_ok() {
                    return Ok(());
                }
                if self.is_at_rest(id, until).await? {
                    return Ok(());
                }
            }
        };
        match tokio::time::timeout(patience, waiting).await {
            Ok(outcome) => outcome,
            // Not in time: the caller gets it as it stands, and a stream to watch.
            Err(_) => Ok(()),
        }
    }

    async fn is_at_rest(&self, id: WorkflowId, until: Until) -> Result<bool, Error> {
        let info = self.runner.show(id).await?;
        Ok(info.is_none_or(|info| match info.status {
            Status::Done | Status::Stuck => true,
            Status::Live => until == Until::CustomerActs && info.step == ACTION,
        }))
    }
}
