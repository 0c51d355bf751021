//! The durable work that brings one operation to its end, when the call that sent it did not.
//!
//! It asks the provider under our reference. Found: that is the result. Not found: it is sent again
//! under its own key, as long as somebody wants it and the provider surely remembers the key; after
//! that, "not found" asked after the settle window means that it never happened. Waits for the customer: until he has acted, or his
//! time is over.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use stoa_api::payment::v1::reason;
use stoa_errors::{Error, Kind as ErrorKind};
use stoa_types::{Ctx, OperationId, Timestamp, WorkflowId, boundary};
use stoa_workflow::{Finish, Kind, NewWorkflow, Next, Work};

use super::command::Command;
use super::operate::{Operations, unreachable};
use crate::domain::verdict::NEVER_ARRIVED;
use crate::domain::{
    ACTION_ABANDONED, ACTION_CANCELED, Action, Book, Operation, OperationState, Verdict,
};
use crate::provider::{Capabilities, Found};

/// The kind's name.
pub(crate) const NAME: &str = "payment.operation";
const VERSION: u16 = 1;
const STEP: &str = "reconcile";

/// The work for one operation.
pub(crate) fn start(
    id: WorkflowId,
    operation: OperationId,
    now: Timestamp,
    ctx: &Arc<Ctx>,
) -> NewWorkflow {
    NewWorkflow {
        id,
        kind: NAME,
        version: VERSION,
        subject: operation.to_string(),
        step: STEP,
        state: json!({}),
        due_at: now,
        ctx: Arc::clone(ctx),
    }
}

/// Brings operations to their end.
pub(crate) struct Reconcile(pub(crate) Operations);

#[async_trait]
impl Kind for Reconcile {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u16 {
        VERSION
    }

    async fn run(&self, work: &Work) -> Result<Next, Error> {
        let id: OperationId = work.subject.parse().map_err(Error::internal)?;
        let ctx = work.ctx("payment", self.0.clock.as_ref(), self.0.ids.as_ref());
        let Some(book) = self.0.book(id).await? else {
            return Ok(Next::Stuck(Error::internal(Missing(id))));
        };
        let Some(op) = book.operation(id) else {
            return Ok(Next::Stuck(Error::internal(Missing(id))));
        };
        let finish = Finish {
            id: work.id,
            fence: work.fence,
        };
        if !op.state.is_open() {
            return self.ended(&ctx, &book, op, finish).await;
        }
        if let Some(waiting) = self.0.inflight.get(id) {
            // The call that sent it still waits for its answer.
            drop(waiting);
            return Ok(self.park(self.0.settings.reconcile_every, id));
        }
        let asked_at = self.0.clock.now();
        let found = self.find(id).await?;
        let capabilities = self.0.capabilities().await?;
        match found {
            Some(Found::Settled(record)) => {
                let verdict = record.verdict();
                self.settle(&ctx, &book, op, verdict, finish).await
            }
            Some(Found::Action(action)) => self.acting(&ctx, &book, op, action, finish).await,
            None => {
                let asked = Asked {
                    at: asked_at,
                    of: capabilities,
                };
                self.absent(&ctx, &book, op, asked, finish).await
            }
        }
    }
}

/// When the provider was asked, and what it promises.
#[derive(Clone, Copy)]
struct Asked {
    at: Timestamp,
    of: Capabilities,
}

impl Reconcile {
    async fn find(&self, id: OperationId) -> Result<Option<Found>, Error> {
        let reference = id.to_string();
        boundary!(
            "payment.reconcile.lookup",
            self.0.provider.find_by_reference(&reference).await
        )
        .map_err(unreachable)
    }

    /// The operation has come to its end by another hand. That it never arrived is somebody's word, until the provider answers: the
    /// sweep may have passed it while nothing was known.
    async fn ended(
        &self,
        ctx: &Ctx,
        book: &Book,
        op: &Operation,
        finish: Finish,
    ) -> Result<Next, Error> {
        if op.state == OperationState::Failed
            && op.failure_code == NEVER_ARRIVED
            && let Some(Found::Settled(record)) = self.find(op.id).await?
            && record.declined.is_none()
        {
            return self.settle(ctx, book, op, record.verdict(), finish).await;
        }
        self.close(ctx, book, op, finish).await
    }

    /// The customer has not acted yet. He may until the time is over or nobody wants it any more; what he does later is found in
    /// the provider's list.
    async fn acting(
        &self,
        ctx: &Ctx,
        book: &Book,
        op: &Operation,
        found: Action,
        finish: Finish,
    ) -> Result<Next, Error> {
        let given_up = |code: &str| Verdict::Declined {
            code: code.to_owned(),
        };
        if op.abandoned {
            let verdict = given_up(ACTION_CANCELED);
            return self.settle(ctx, book, op, verdict, finish).await;
        }
        let until = match &book.payment.action {
            Some(action) => action.until,
            None => {
                let action = self.0.limited(found);
                let until = action.until;
                let recorded = self.0.resolve(ctx, op.id, Verdict::Action(action), None);
                boundary!("payment.reconcile.action", recorded.await)?;
                until
            }
        };
        let now = self.0.clock.now();
        if now >= until {
            let verdict = given_up(ACTION_ABANDONED);
            return self.settle(ctx, book, op, verdict, finish).await;
        }
        Ok(Next::Park {
            until: until.min(now.plus(self.0.settings.action_every)),
            waiting_on: Some(op.id.to_string()),
        })
    }

    /// The provider does not know it, or not yet.
    async fn absent(
        &self,
        ctx: &Ctx,
        book: &Book,
        op: &Operation,
        asked: Asked,
        finish: Finish,
    ) -> Result<Next, Error> {
        let first = op.first_sent_at.unwrap_or(op.created_at);
        let last = op.last_sent_at.unwrap_or(op.created_at);
        if asked.at < first.plus(asked.of.key_ttl / 2) {
            let command = Command::Resend {
                operation: op.id,
                limit: self.0.settings.send_limit,
            };
            let noted = boundary!(
                "payment.reconcile.resend",
                self.0.submit(ctx, command).await
            )?;
            if let Some(order) = noted.send {
                let finish = Some(finish).filter(|_| !book.undoes(op));
                let finishes = finish.is_some();
                let (verdict, _) = self.0.send(ctx, op.id, &order, finish).await;
                return Ok(match verdict {
                    Verdict::Unknown | Verdict::Action(_) => {
                        self.park(self.pause(op.attempts), op.id)
                    }
                    _ if finishes => Next::Finished,
                    _ => Next::Again,
                });
            }
        }
        let settled = last.plus(asked.of.settle_window);
        if asked.at < settled {
            return Ok(Next::Park {
                until: settled,
                waiting_on: Some(op.id.to_string()),
            });
        }
        self.settle(ctx, book, op, Verdict::NeverArrived, finish)
            .await
    }

    /// Records the result and ends the work in one transaction; what undoes something is looked at
    /// once more.
    async fn settle(
        &self,
        ctx: &Ctx,
        book: &Book,
        op: &Operation,
        verdict: Verdict,
        finish: Finish,
    ) -> Result<Next, Error> {
        let finish = Some(finish).filter(|_| !book.undoes(op));
        let next = if finish.is_some() {
            Next::Finished
        } else {
            Next::Again
        };
        boundary!(
            "payment.reconcile.result",
            self.0.resolve(ctx, op.id, verdict, finish).await
        )?;
        Ok(next)
    }

    /// The operation has come to its end. What should have given money back and could not is for
    /// an operator.
    async fn close(
        &self,
        ctx: &Ctx,
        book: &Book,
        op: &Operation,
        finish: Finish,
    ) -> Result<Next, Error> {
        if book.owes(op) {
            return Ok(Next::Stuck(
                Error::new(
                    ErrorKind::FailedPrecondition,
                    reason::UNDO_DECLINED,
                    "the provider refuses to give back what nobody wants any more",
                )
                .meta("operation_id", op.id)
                .meta("failure_code", &op.failure_code),
            ));
        }
        self.0.submit(ctx, Command::Finish(finish)).await?;
        Ok(Next::Finished)
    }

    fn park(&self, pause: Duration, id: OperationId) -> Next {
        Next::Park {
            until: self.0.clock.now().plus(pause),
            waiting_on: Some(id.to_string()),
        }
    }

    fn pause(&self, attempts: i32) -> Duration {
        let doublings = u32::try_from(attempts).unwrap_or_default().min(6);
        self.0
            .settings
            .reconcile_every
            .saturating_mul(1 << doublings)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("operation {0} has work but no row")]
struct Missing(OperationId);
