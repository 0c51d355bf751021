//! After the pivot: the hold becomes a promise, what is due at once is taken, and the work is done.

use stoa_api::inventory::v1::AllocateHoldRequest;
use stoa_api::order::v1::Order;
use stoa_api::payment::v1::CapturePaymentRequest;
use stoa_errors::Error;
use stoa_types::boundary;
use stoa_workflow::Next;

use super::{Run, key};
use crate::app::orders::Decision;
use crate::app::work::hold_reason;
use crate::domain::amounts::money;
use crate::domain::checkout;
use crate::peers::payment::Outcome;

impl Run<'_> {
    /// Allocates, captures and records both.
    pub(super) async fn serve(&self, order: &Order) -> Result<Next, Error> {
        self.allocate(order).await?;
        let due = checkout::due_at_once(order);
        let payment_id = order.payment_ids.first().cloned().unwrap_or_default();
        if due == 0 {
            return self.done(0, payment_id).await;
        }
        match self.capture(order, &payment_id, due).await? {
            Outcome::Succeeded => self.done(due, payment_id).await,
            Outcome::Unknown | Outcome::Waits(_) => Ok(self.park(order)),
            Outcome::Failed(code) => {
                let why = hold_reason(&code);
                boundary!(
                    "order.on_hold.commit",
                    self.close(Box::new(move |seen| {
                        Ok(Decision {
                            events: checkout::put_on_hold(seen.order, why),
                            ..Decision::default()
                        })
                    }))
                    .await
                )
            }
        }
    }

    async fn allocate(&self, order: &Order) -> Result<(), Error> {
        if order.hold_id.is_empty() {
            return Ok(());
        }
        let request = AllocateHoldRequest {
            request_id: key(order, "allocate"),
            hold_id: order.hold_id.clone(),
        };
        let ctx = self.call();
        boundary!(
            "order.allocate.sent",
            self.app.inventory.allocate(&ctx, request).await
        )
    }

    async fn capture(&self, order: &Order, payment_id: &str, due: i64) -> Result<Outcome, Error> {
        let request = CapturePaymentRequest {
            request_id: key(order, "capture"),
            payment_id: payment_id.to_owned(),
            amount: money(order, due),
        };
        let ctx = self.call();
        boundary!(
            "order.capture.sent",
            self.app.payment.capture(&ctx, request).await
        )
    }

    async fn done(&self, captured: i64, payment_id: String) -> Result<Next, Error> {
        boundary!(
            "order.done.commit",
            self.close(Box::new(move |seen| {
                Ok(Decision {
                    events: checkout::capture(seen.order, &payment_id, captured),
                    ..Decision::default()
                })
            }))
            .await
        )
    }
}
