//! What the workflows that follow the checkout share: their order, their keys, and how they end.

use stoa_api::order::v1::Order;
use stoa_errors::{Error, Kind};
use stoa_types::{Ctx, OrderId, ReturnId, WorkflowId};
use stoa_workflow::{Finish, Next, Work};

use super::App;
use super::checkout::PATIENCE;
use super::orders::{Access, Change, Decide, WorkOp};

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

    /// Whether another piece of work has ended.
    pub(crate) async fn is_at_rest(&self, id: WorkflowId) -> Result<bool, Error> {
        let info = self.app.runner.show(id).await?;
        Ok(info.is_none_or(|info| info.status == stoa_workflow::Status::Done))
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
            ships: false,
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
