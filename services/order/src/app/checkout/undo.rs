//! Before the pivot: what was secured is given back in reverse, then the order is refused.

use stoa_api::inventory::v1::ReleaseHoldRequest;
use stoa_api::order::v1::{CancelReason, Order};
use stoa_api::payment::v1::VoidPaymentRequest;
use stoa_errors::Error;
use stoa_types::boundary;
use stoa_workflow::Next;

use super::{Run, key};
use crate::app::orders::Decision;
use crate::app::work::needs_operator;
use crate::domain::amounts::total;
use crate::domain::checkout;
use crate::peers::payment::Outcome;

impl Run<'_> {
    /// Undoes everything, also steps that may never have been taken: each participant is told the key of the
    /// step, so that one which arrives later does nothing.
    pub(super) async fn undo(&self, order: &Order) -> Result<Next, Error> {
        match self.void(order).await? {
            Outcome::Succeeded => {}
            Outcome::Unknown | Outcome::Waits(_) => return Ok(self.park(order)),
            Outcome::Failed(code) => {
                return Err(needs_operator("the money could not be given up", &code));
            }
        }
        self.release(order).await?;
        self.refuse(CancelReason::Customer).await
    }

    async fn void(&self, order: &Order) -> Result<Outcome, Error> {
        if total(order) == 0 {
            return Ok(Outcome::Succeeded);
        }
        let request = VoidPaymentRequest {
            request_id: key(order, "void"),
            undoes_request_id: key(order, "authorize"),
            order_id: order.order_id.clone(),
            reason: "the order was canceled".to_owned(),
        };
        let ctx = self.call();
        boundary!(
            "order.void.sent",
            self.app.payment.void(&ctx, request).await
        )
    }

    /// Gives the held stock back.
    pub(super) async fn release(&self, order: &Order) -> Result<(), Error> {
        if checkout::demand(order).is_empty() {
            return Ok(());
        }
        let request = ReleaseHoldRequest {
            request_id: key(order, "release"),
            undoes_request_id: key(order, "hold"),
            owner: order.order_id.clone(),
            reason: "the order was refused".to_owned(),
        };
        let ctx = self.call();
        boundary!(
            "order.release.sent",
            self.app.inventory.release(&ctx, request).await
        )
    }

    /// Records the refusal and ends the work.
    pub(super) async fn refuse(&self, reason: CancelReason) -> Result<Next, Error> {
        boundary!(
            "order.refused.commit",
            self.close(Box::new(move |seen| {
                Ok(Decision {
                    events: checkout::refuse(seen.order, reason)?,
                    ..Decision::default()
                })
            }))
            .await
        )
    }
}
