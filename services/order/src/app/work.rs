//! What the workflows that follow the checkout share: their order, their keys, and how they end.

use stoa_api::order::v1::Order;
use stoa_api::payment::v1::reason as unpaid;
use stoa_errors::{Error, Kind};
use stoa_types::{Ctx, OrderId, ReturnId};
use stoa_workflow::{Filter, Finish, Next, Status, Work};

use super::App;
use super::checkout::PATIENCE;
use super::orders::{Access, Change, Decide, WorkOp};
use super::{capture, checkout, release};

/// The work that takes money of an order at once or gives up what it reserved. Of these no two go on together.
pub(crate) const MONEY: [&str; 3] = [checkout::KIND, capture::KIND, release::KIND];

/// Pieces of work of one order that are read at most: there are a few.
const MOST: u32 = 1_000;

/// One run of such a workflow.
pub(crate) struct Job<'a> {
    pub(crate) app: &'a App,
    pub(crate) work: &'a Work,
    pub(crate) order_id: OrderId,
    ctx: Ctx,
}

impl<'a> Job<'a> {
    /// A run; the subject is the order.
    ///
    /// # Errors
    /// INTERNAL when the subject is no order.
    pub(crate) fn new(app: &'a App, work: &'a Work) -> Result<Self, Error> {
        Ok(Self {
            app,
            work,
            order_id: work.subject.parse().map_err(Error::internal)?,
            ctx: work.ctx("order", app.clock.as_ref(), app.ids.as_ref()),
        })
    }

    /// The order as it stands.
    pub(crate) async fn order(&self) -> Result<Order, Error> {
        self.app.load(self.order_id).await
    }

    /// The idempotency key of a step: this piece of work does it once.
    pub(crate) fn key(&self, step: &str) -> String {
        format!("{}/{step}/1", self.work.id)
    }

    /// The context of one call.
    pub(crate) fn call(&self) -> Ctx {
        crate::peers::step(&self.ctx, self.app.clock.as_ref())
    }

    /// Waits until the order's payment is known.
    pub(crate) fn park(&self, order: &Order) -> Next {
        Next::Park {
            until: self.app.clock.now().plus(PATIENCE),
            waiting_on: Some(order.order_id.clone()),
        }
    }

    /// Whether other work of these kinds goes on for the order.
    pub(crate) async fn is_busy(&self, kinds: &[&str]) -> Result<bool, Error> {
        let filter = Filter {
            subject: Some(self.work.subject.clone()),
            ..Filter::default()
        };
        let live = self.app.runner.list(&filter, MOST).await?;
        let mut others = live.iter().filter(|info| info.id != self.work.id);
        Ok(others.any(|info| info.status != Status::Done && kinds.contains(&info.kind.as_str())))
    }

    /// Writes a decision and ends the work with it, in one transaction.
    pub(crate) async fn close(
        &self,
        return_id: Option<ReturnId>,
        decide: Decide,
    ) -> Result<Next, Error> {
        let change = Change {
            access: Access::Any,
            order_id: self.order_id,
            return_id,
            new_return: None,
            asks_live: false,
            decide,
            note: String::new(),
            work: Some(WorkOp::Finish(Finish {
                id: self.work.id,
                fence: self.work.fence,
            })),
            resource: self.work.subject.clone(),
        };
        let committed = self.app.change(&self.call(), change).await?;
        self.app.at_rest(self.work.id, &committed);
        Ok(Next::Finished)
    }
}

/// Why an order is on hold whose capture the provider refused with this code.
pub(crate) fn hold_reason(code: &str) -> &'static str {
    match code {
        "authorization_expired"
        | "amount_exceeds_authorized"
        | "parent_gone"
        | unpaid::PAYMENT_STATE
        | unpaid::AMOUNT_EXCEEDS_AUTHORIZED => "AUTHORIZATION_LAPSED",
        _ => "CAPTURE_DECLINED",
    }
}

/// A definite refusal of something that must happen: no repetition heals it.
pub(crate) fn needs_operator(what: &'static str, code: &str) -> Error {
    Error::new(
        Kind::FailedPrecondition,
        stoa_api::order::v1::reason::ORDER_STATE,
        what,
    )
    .meta("code", code)
}

/// A failed run: what no repetition heals waits for an operator, everything else is tried again.
///
/// # Errors
/// What a repetition may heal.
pub(crate) fn sorted(outcome: Result<Next, Error>) -> Result<Next, Error> {
    match outcome {
        Err(error)
            if error.is_recorded()
                || matches!(
                    error.kind,
                    Kind::InvalidArgument
                        | Kind::PermissionDenied
                        | Kind::Unauthenticated
                        | Kind::Unimplemented
                ) =>
        {
            Ok(Next::Stuck(error))
        }
        Err(error) if error.reason == stoa_api::order::v1::reason::CONFLICT => Ok(Next::Lost),
        other => other,
    }
}
