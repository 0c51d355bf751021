//! Before the pivot: stock is held, money is reserved, and then the order is decided.

use std::sync::Arc;

use stoa_api::inventory::v1::{CreateHoldRequest, HoldDemand, reason as inventory};
use stoa_api::order::v1::{CancelReason, Order, reason};
use stoa_api::payment::v1::{
    AuthorizePaymentRequest, CreatePaymentIntentRequest, IntentKind, NextAction,
};
use stoa_errors::Error;
use stoa_store::Committed;
use stoa_types::boundary;
use stoa_workflow::{Advance, Next};

use super::{Run, key};
use crate::app::orders::{Decision, WorkOp};
use crate::domain::amounts::{money, total};
use crate::domain::checkout::{self, Secured};
use crate::peers::payment::Outcome;

/// Units that one line of a hold may have.
const MOST: i64 = 10_000_000;

/// The codes of a payment for which the customer did not act in time: the provider's, and payment's own.
const NOT_ACTED: [&str; 2] = ["action_expired", "action_abandoned"];

/// What came of a step that secures something.
enum Step {
    /// It is secured; what its id is. Empty: nothing had to be.
    Done(String),
    /// It is refused for good.
    Refused(CancelReason),
    /// Nothing is known yet.
    Unknown,
    /// The customer must act for this payment.
    Waits(String, NextAction),
    /// It was undone meanwhile: read the order again.
    Undone,
}

impl Run<'_> {
    /// Holds, authorises and decides; whatever is refused undoes what came before it.
    pub(super) async fn secure(&self, order: &Order) -> Result<Next, Error> {
        let hold_id = match self.hold(order).await? {
            Step::Done(hold_id) => hold_id,
            Step::Refused(reason) => return self.refuse(reason).await,
            Step::Unknown | Step::Waits(..) | Step::Undone => return Ok(Next::Again),
        };
        let payment_id = match self.authorize(order).await? {
            Step::Done(payment_id) => payment_id,
            Step::Refused(reason) => {
                self.release(order).await?;
                return self.refuse(reason).await;
            }
            Step::Unknown => return Ok(self.park(order)),
            Step::Waits(payment_id, action) => {
                return self.wait_for_customer(order, payment_id, action).await;
            }
            Step::Undone => return Ok(Next::Again),
        };
        self.decide(Secured {
            hold_id,
            payment_id,
        })
        .await
    }

    async fn hold(&self, order: &Order) -> Result<Step, Error> {
        let demand = checkout::demand_lines(order, MOST);
        if demand.is_empty() {
            return Ok(Step::Done(String::new()));
        }
        let request = CreateHoldRequest {
            request_id: key(order, "hold"),
            owner: order.order_id.clone(),
            channel_id: order.channel_id.clone(),
            destination_country_code: order.country_code.clone(),
            lines: demand
                .into_iter()
                .map(|(sku, quantity)| HoldDemand { sku, quantity })
                .collect(),
            ttl: None,
        };
        let ctx = self.call();
        let answer = boundary!(
            "order.hold.sent",
            self.app.inventory.hold(&ctx, request).await
        );
        match answer {
            Ok(hold) => Ok(Step::Done(hold.hold_id)),
            Err(error) if error.reason == inventory::OUT_OF_STOCK => {
                Ok(Step::Refused(CancelReason::OutOfStock))
            }
            Err(error) => undone(error),
        }
    }

    async fn authorize(&self, order: &Order) -> Result<Step, Error> {
        if total(order) == 0 {
            return Ok(Step::Done(String::new()));
        }
        let state = self.state()?;
        let request = CreatePaymentIntentRequest {
            request_id: key(order, "intent"),
            kind: IntentKind::Payment.into(),
            order_id: order.order_id.clone(),
            channel_id: order.channel_id.clone(),
            amount: money(order, total(order)),
            payment_token: state.payment_token,
            owner: state.owner,
            ..CreatePaymentIntentRequest::default()
        };
        let ctx = self.call();
        let payment_id = match boundary!(
            "order.intent.sent",
            self.app.payment.intent(&ctx, request).await
        ) {
            Ok(payment_id) => payment_id,
            Err(error) => return undone(error),
        };
        let request = AuthorizePaymentRequest {
            request_id: key(order, "authorize"),
            payment_id: payment_id.clone(),
        };
        let ctx = self.call();
        let answer = boundary!(
            "order.authorize.sent",
            self.app.payment.authorize(&ctx, request).await
        );
        match answer {
            Ok(Outcome::Succeeded) => Ok(Step::Done(payment_id)),
            Ok(Outcome::Failed(code)) => Ok(Step::Refused(refusal(&code))),
            Ok(Outcome::Waits(action)) => Ok(Step::Waits(payment_id, action)),
            Ok(Outcome::Unknown) => Ok(Step::Unknown),
            Err(error) => undone(error),
        }
    }

    /// The pivot. A cancel that was recorded first wins, and the order is undone instead.
    async fn decide(&self, secured: Secured) -> Result<Next, Error> {
        let decide = {
            let secured = secured.clone();
            Box::new(move |seen: &crate::app::orders::Seen<'_>| {
                Ok(Decision {
                    events: checkout::confirm(seen.order, &secured)?,
                    ..Decision::default()
                })
            })
        };
        // The token has done its work: from here on nothing needs it.
        let advance = WorkOp::Advance(Advance {
            id: self.work.id,
            fence: self.work.fence,
            step: "serve",
            state: serde_json::Value::Null,
            waiting_on: None,
        });
        let ctx = self.call();
        let change = self.own(decide, Some(advance));
        let answer = boundary!("order.decided.commit", self.app.change(&ctx, change).await);
        match answer {
            Ok(Committed::Done(changed)) => {
                let order = Arc::clone(&changed.order);
                self.serve(&order).await
            }
            Ok(Committed::Replayed { .. }) => Ok(Next::Again),
            Err(error) if error.reason == reason::ORDER_STATE => Ok(Next::Again),
            Err(error) => Err(error),
        }
    }
}

/// Why an order is refused whose payment failed with this code.
fn refusal(code: &str) -> CancelReason {
    if NOT_ACTED.contains(&code) {
        return CancelReason::PaymentActionExpired;
    }
    CancelReason::PaymentDeclined
}

/// The undo arrived before the do, so the order is being canceled; every other error is the work's own: tried again,
/// or an operator's when no repetition heals it.
fn undone(error: Error) -> Result<Step, Error> {
    if error.reason == inventory::CANCELED_BEFORE {
        return Ok(Step::Undone);
    }
    Err(error)
}
