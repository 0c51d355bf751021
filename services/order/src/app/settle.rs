//! RetryCapture, MarkPaidExternally and WriteOff: the typed ways out of an order that could not be paid as planned.

use std::time::Duration;

use stoa_api::order::v1::{
    MarkPaidExternallyRequest, Order, RetryCaptureRequest, WriteOffRequest, reason,
};
use stoa_errors::{Error, Kind};
use stoa_store::Committed;
use stoa_types::{Ctx, Money, OrderId, WorkflowId, boundary};

use super::orders::{Access, Change, Changed, Decision, Seen, Start};
use super::place::Until;
use super::work::MONEY;
use super::{App, capture, fulfillment, release};
use crate::domain::settle::{self, WayOut};

/// When it makes sense to come again while work on the order's money goes on.
const SOON: Duration = Duration::from_secs(1);

/// The names of the work that a way out may start.
#[derive(Clone, Copy)]
struct Works {
    first: WorkflowId,
    second: WorkflowId,
}

impl App {
    /// Tries again to take what an order on hold waits for.
    pub(crate) async fn retry_capture(
        &self,
        ctx: &Ctx,
        request: RetryCaptureRequest,
    ) -> Result<Order, Error> {
        let order_id = stoa_api::convert::id("order_id", &request.order_id)?;
        let works = self.works();
        let change = way_out(order_id, request.reason, move |seen| {
            let out = settle::retry(seen.order)?;
            let start = match &out.ships {
                Some(id) => fulfillment::start(seen.order, id, works.first),
                None => capture::start(seen.order, works.first),
            };
            Ok((out, vec![start]))
        });
        let committed = boundary!("order.retry.commit", self.change(ctx, change).await)?;
        self.outcome(ctx, order_id, committed).await
    }

    /// Records money that was paid outside.
    pub(crate) async fn mark_paid_externally(
        &self,
        ctx: &Ctx,
        request: MarkPaidExternallyRequest,
    ) -> Result<Order, Error> {
        let order_id = stoa_api::convert::id("order_id", &request.order_id)?;
        let amount = positive(request.amount.as_ref())?;
        let (works, reference) = (self.works(), request.reference);
        let change = way_out(order_id, request.reason, move |seen| {
            let out = settle::mark_paid(seen.order, amount, &reference)?;
            let starts = starts(seen.order, &out, works);
            Ok((out, starts))
        });
        let committed = boundary!(
            "order.paid_externally.commit",
            self.change(ctx, change).await
        )?;
        self.outcome(ctx, order_id, committed).await
    }

    /// Gives up money that is due.
    pub(crate) async fn write_off(
        &self,
        ctx: &Ctx,
        request: WriteOffRequest,
    ) -> Result<Order, Error> {
        let order_id = stoa_api::convert::id("order_id", &request.order_id)?;
        let amount = positive(request.amount.as_ref())?;
        let works = self.works();
        let change = way_out(order_id, request.reason, move |seen| {
            let out = settle::write_off(seen.order, amount)?;
            let starts = starts(seen.order, &out, works);
            Ok((out, starts))
        });
        let committed = boundary!("order.written_off.commit", self.change(ctx, change).await)?;
        self.outcome(ctx, order_id, committed).await
    }

    fn works(&self) -> Works {
        Works {
            first: WorkflowId::new(self.ids.as_ref()),
            second: WorkflowId::new(self.ids.as_ref()),
        }
    }

    /// Waits for what was started, as long as the caller can; the order as it stands then.
    async fn outcome(
        &self,
        ctx: &Ctx,
        order_id: OrderId,
        committed: Committed<Changed>,
    ) -> Result<Order, Error> {
        if let Committed::Done(Changed { started, .. }) = committed {
            for work in started {
                self.wait_again(ctx, work, Until::Ended).await?;
            }
        }
        self.load(order_id).await
    }
}

/// The change of a way out: none while other work moves the order's money.
fn way_out(
    order_id: OrderId,
    note: String,
    decide: impl Fn(&Seen<'_>) -> Result<(WayOut, Vec<Start>), Error> + Send + Sync + 'static,
) -> Change {
    Change {
        access: Access::Any,
        order_id,
        return_id: None,
        new_return: None,
        asks_live: true,
        decide: Box::new(move |seen| {
            let (out, starts) = decide(seen)?;
            let moves = |kind: &&str| seen.live.contains(*kind);
            if MONEY.iter().chain([&fulfillment::KIND]).any(moves) {
                return Err(busy());
            }
            Ok(Decision {
                events: out.events,
                starts,
                ..Decision::default()
            })
        }),
        note,
        work: None,
        resource: order_id.to_string(),
    }
}

/// A stopped fulfilment goes on, and what is not needed any more is given up.
fn starts(order: &Order, out: &WayOut, works: Works) -> Vec<Start> {
    let ships = out
        .ships
        .as_ref()
        .map(|id| fulfillment::start(order, id, works.first));
    let releases = out.releases.then(|| release::start(order, works.second));
    ships.into_iter().chain(releases).collect()
}

fn busy() -> Error {
    Error::new(
        Kind::Aborted,
        reason::CONFLICT,
        "work on the order's money goes on",
    )
    .retry(SOON)
}

/// An amount above 0.
fn positive(amount: Option<&stoa_api::type_::v1::Money>) -> Result<Money, Error> {
    let amount = stoa_api::convert::money("amount", amount)?;
    if amount.minor > 0 {
        return Ok(amount);
    }
    Err(Error::invalid(
        "amount.minor_units",
        "AMOUNT_POSITIVE",
        "must be more than 0",
    ))
}
