//! The checkout: hold -> authorise -> decided (the pivot) -> allocate -> capture, as durable work.
//!
//! It writes three times to this service's database: accepted (by the call that starts it), decided, done. What lies
//! between is idempotent by the key `<order>/<step>/<attempt>` and is resumed by running it again. Before the pivot
//! everything can be undone in reverse; after it the order only moves forward. `attempt` is 1: a recorded refusal
//! ends the order, so there is never a second one.
//!
//! | file | step | undone by |
//! |---|---|---|
//! | `secure` | hold, authorise, the pivot | `undo` |
//! | `action` | the customer must act before the payment goes on | `undo` |
//! | `undo` | void, release, the refusal | – |
//! | `serve` | allocate, capture, done | CancelOrder, as work of its own |

mod action;
mod secure;
mod serve;
mod undo;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use stoa_api::order::v1::Order;
use stoa_errors::Error;
use stoa_types::{Ctx, OrderId, WorkflowId};
use stoa_workflow::{Finish, Kind, Next, Work};

use super::App;
use super::orders::{Access, Change, Decide, Start, WorkOp};
use crate::domain::amounts::total;
use crate::domain::axes::{Phase, phase};

/// The name in rows and in `stoa workflow list`.
pub(crate) const KIND: &str = "order.checkout";
const VERSION: u16 = 1;

/// How long a step that waits for the customer parks before it asks again by itself; an event wakes it earlier.
const CUSTOMERS_TIME: Duration = Duration::from_secs(30);

/// How long a step that waits for a payment parks before it asks again by itself.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// What the work keeps beside the order, until the pivot. Not Debug: the token is a secret.
#[derive(Serialize, Deserialize)]
struct State {
    /// Whose the order is.
    owner: String,
    /// The provider's token: needed until the money is reserved, never part of the order. It goes with the
    /// transaction that decides; where nothing is to be paid it is not kept at all.
    payment_token: String,
}

/// The work that serves a new order. Its id is the order's, so that there is one.
pub(crate) fn start(order: &Order, owner: String, payment_token: &str) -> Result<Start, Error> {
    let payment_token = if total(order) == 0 { "" } else { payment_token };
    let order_id: OrderId = order.order_id.parse().map_err(Error::internal)?;
    Ok(Start {
        id: workflow_id(order_id),
        kind: KIND,
        version: VERSION,
        subject: order.order_id.clone(),
        step: "secure",
        state: serde_json::to_value(State {
            owner,
            payment_token: payment_token.to_owned(),
        })
        .map_err(Error::internal)?,
    })
}

/// The step of a checkout that waits for the customer.
pub(crate) const ACTION: &str = "action";

/// The checkout's work of an order.
pub(crate) fn workflow_id(order_id: OrderId) -> WorkflowId {
    WorkflowId::from_uuid(order_id.uuid())
}

/// The idempotency key of a step.
fn key(order: &Order, step: &str) -> String {
    format!("{}/{step}/1", order.order_id)
}

/// The definition.
#[derive(Debug)]
pub(crate) struct Checkout(pub(crate) Arc<App>);

/// One run: what its steps share.
struct Run<'a> {
    app: &'a App,
    work: &'a Work,
    ctx: Ctx,
    order_id: OrderId,
}

#[async_trait]
impl Kind for Checkout {
    fn name(&self) -> &'static str {
        KIND
    }

    fn version(&self) -> u16 {
        VERSION
    }

    async fn run(&self, work: &Work) -> Result<Next, Error> {
        let app = self.0.as_ref();
        let run = Run {
            app,
            work,
            ctx: work.ctx("order", app.clock.as_ref(), app.ids.as_ref()),
            order_id: work.subject.parse().map_err(Error::internal)?,
        };
        super::work::sorted(run.advance().await)
    }
}

impl Run<'_> {
    async fn advance(&self) -> Result<Next, Error> {
        let order = match self.app.watchers.take_accepted(self.order_id) {
            Some(order) => order,
            None => Arc::new(self.app.load(self.order_id).await?),
        };
        match phase(&order) {
            Phase::Pending => self.secure(&order).await,
            Phase::Canceling if order.confirm_time.is_none() => self.undo(&order).await,
            // What was promised is kept first; a cancel that came after the pivot waits for it.
            Phase::Confirmed | Phase::Canceling => self.serve(&order).await,
            Phase::Canceled => {
                self.close(Box::new(|_| Ok(super::orders::Decision::default())))
                    .await
            }
        }
    }

    /// The context of one call.
    fn call(&self) -> Ctx {
        crate::peers::step(&self.ctx, self.app.clock.as_ref())
    }

    fn park(&self, order: &Order) -> Next {
        Next::Park {
            until: self.app.clock.now().plus(PATIENCE),
            waiting_on: Some(order.order_id.clone()),
        }
    }

    /// Writes a decision and ends the work with it, in one transaction.
    async fn close(&self, decide: Decide) -> Result<Next, Error> {
        let finish = WorkOp::Finish(Finish {
            id: self.work.id,
            fence: self.work.fence,
        });
        let change = self.own(decide, Some(finish));
        let committed = self.app.change(&self.call(), change).await?;
        self.app.watchers.take_accepted(self.order_id);
        self.app.at_rest(self.work.id, &committed);
        Ok(Next::Finished)
    }

    fn own(&self, decide: Decide, work: Option<WorkOp>) -> Change {
        Change {
            access: Access::Any,
            order_id: self.order_id,
            return_id: None,
            new_return: None,
            asks_live: false,
            decide,
            note: String::new(),
            work,
            resource: self.work.subject.clone(),
        }
    }

    fn state(&self) -> Result<State, Error> {
        serde_json::from_value(self.work.state.clone()).map_err(Error::internal)
    }
}
