//! The customer must act before his payment goes on: the order says so, and the work waits.

use stoa_api::order::v1::{Order, OrderActionRequired, reason};
use stoa_api::payment::v1::NextAction;
use stoa_errors::Error;
use stoa_types::boundary;
use stoa_workflow::{Advance, Next};

use super::{ACTION, CUSTOMERS_TIME, Run};
use crate::app::orders::{Decision, Seen, WorkOp};
use crate::domain::checkout;

impl Run<'_> {
    /// Records what is asked of the customer, once, and parks until an event says that he has done it. The payment ends it
    /// when his time is over.
    pub(super) async fn wait_for_customer(
        &self,
        order: &Order,
        payment_id: String,
        action: NextAction,
    ) -> Result<Next, Error> {
        let until = self.app.clock.now().plus(CUSTOMERS_TIME);
        let parked = Next::Park {
            until,
            waiting_on: Some(order.order_id.clone()),
        };
        let wanted = OrderActionRequired {
            payment_id,
            kind: action.kind,
            expire_time: action.expire_time,
        };
        if checkout::require_action(order, &wanted).is_ok_and(|events| events.is_empty()) {
            return Ok(parked);
        }
        let decide = Box::new(move |seen: &Seen<'_>| {
            Ok(Decision {
                events: checkout::require_action(seen.order, &wanted)?,
                action_uri: action.redirect_uri.clone(),
                ..Decision::default()
            })
        });
        let advance = WorkOp::Advance(Advance {
            id: self.work.id,
            fence: self.work.fence,
            step: ACTION,
            state: self.work.state.clone(),
            waiting_on: Some(order.order_id.clone()),
        });
        let ctx = self.call();
        let change = self.own(decide, Some(advance));
        let answer = boundary!(
            "order.action_required.commit",
            self.app.change(&ctx, change).await
        );
        match answer {
            Ok(committed) => {
                // Whoever placed it hears of it now.
                self.app.at_rest(self.work.id, &committed);
                Ok(parked)
            }
            Err(error) if error.reason == reason::ORDER_STATE => Ok(Next::Again),
            Err(error) => Err(error),
        }
    }
}
