//! The durable work that never ends: it hands what is left PENDING by a dead process to durable
//! work of its own, and reads the provider's list, entry by entry, for what succeeded after we had
//! given up, and for what the provider did by itself.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;
use stoa_errors::Error;
use stoa_store::Engine;
use stoa_types::{Ctx, OperationId, Timestamp, WorkflowId, boundary};
use stoa_workflow::{Kind, NewWorkflow, Next, Work};

use super::command::{Command, Report};
use super::operate::{Operations, unreachable};
use crate::domain::{OperationState, Verdict};
use crate::provider::Record;
use crate::store::events;
use crate::store::sweep::{self, Cursor, Discrepancy, Known, Problem};
use crate::webhook::WINDOW;

/// The kind's name.
pub(crate) const NAME: &str = "payment.sweep";
const VERSION: u16 = 1;
const STEP: &str = "sweep";
const PAGE: u32 = 500;

/// Sweeps for one provider.
pub(crate) struct Sweep {
    pub(crate) operations: Operations,
    /// What was PENDING before this process began is nobody's, where it is the only one.
    pub(crate) started_at: Timestamp,
}

impl Sweep {
    /// Makes sure that the provider is swept: one row for good.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub(crate) async fn install(&self) -> Result<WorkflowId, Error> {
        let operations = &self.operations;
        let now = operations.clock.now();
        let ctx = Ctx::background("payment", now, operations.ids.as_ref());
        let new = NewWorkflow {
            id: WorkflowId::new(operations.ids.as_ref()),
            kind: NAME,
            version: VERSION,
            subject: operations.provider.name().to_owned(),
            step: STEP,
            state: json!({}),
            due_at: now,
            ctx: Arc::new(ctx),
        };
        let id = sweep::install(&operations.db, new, operations.runner.clone()).await?;
        Ok(id)
    }

    /// Hands to durable work what was reserved and never came to a result.
    async fn adopt(&self, ctx: &Ctx) -> Result<(), Error> {
        let operations = &self.operations;
        let old = operations
            .clock
            .now()
            .minus(operations.settings.timeout.saturating_mul(3));
        // A file is ours alone; a server may have other processes, which send at this moment.
        let before = match operations.db.engine() {
            Engine::Sqlite => old.max(self.started_at),
            Engine::Postgres => old,
        };
        for id in sweep::stale(&operations.db, before).await? {
            if operations.inflight.get(id).is_none() {
                let command = Command::Adopt { operation: id };
                boundary!("payment.sweep.adopt", operations.submit(ctx, command).await)?;
            }
        }
        Ok(())
    }

    /// Compares a page of the provider's list with our books.
    async fn compare(&self, ctx: &Ctx, page: &[Record]) -> Result<Vec<Discrepancy>, Error> {
        let provider = self.operations.provider.name();
        let known = sweep::known(&self.operations.db, provider, page).await?;
        let mut found = Vec::new();
        for record in page {
            let problem = match known.of(record) {
                Some((id, known)) => self.entry(ctx, record, id, known).await?,
                None => self.stranger(ctx, record).await?,
            };
            if let Some(problem) = problem {
                tracing::error!(
                    provider.position = record.position,
                    provider.reference = record.reference,
                    problem = problem.name(),
                    "the provider's list says what our books do not"
                );
                self.operations.metrics.discrepancy(problem.name());
                found.push(Discrepancy {
                    position: record.position,
                    reference: record.reference.clone(),
                    problem,
                });
            }
        }
        Ok(found)
    }

    /// An entry that nobody here asked for. What the provider did to one of ours is recorded; all else is a discrepancy.
    async fn stranger(&self, ctx: &Ctx, record: &Record) -> Result<Option<Problem>, Error> {
        let about = record.about.as_ref().filter(|_| record.declined.is_none());
        let Some((kind, target)) = about else {
            // A declined one has no effect, and without a target it is not about us.
            let harmless = record.about.is_some();
            return Ok((!harmless).then_some(Problem::Stranger));
        };
        let Ok(target) = target.parse::<OperationId>() else {
            return Ok(Some(Problem::Stranger));
        };
        let Some(payment) = self.operations.tell(target).await?.payment else {
            return Ok(Some(Problem::Stranger));
        };
        if record.currency != payment.currency.code() {
            return Ok(Some(Problem::Amount));
        }
        tracing::error!(operation.id = %target, provider.id = record.provider_id, kind = kind.name(), "the provider did something by itself; it is recorded");
        let report = Report {
            id: OperationId::new(self.operations.ids.as_ref()),
            kind: *kind,
            target,
            amount: record.amount_minor,
            provider: self.operations.provider.name(),
            provider_id: record.provider_id.clone(),
        };
        let command = Command::Report(Box::new(report));
        boundary!(
            "payment.sweep.report",
            self.operations.submit(ctx, command).await
        )?;
        Ok(None)
    }

    /// One entry of ours; what it says and our books do not is mended, or is a discrepancy.
    async fn entry(
        &self,
        ctx: &Ctx,
        record: &Record,
        id: OperationId,
        known: &Known,
    ) -> Result<Option<Problem>, Error> {
        if record.amount_minor != known.amount || record.currency != known.currency {
            return Ok(Some(Problem::Amount));
        }
        match (known.state, &record.declined) {
            // Not known yet: its own call or its own work is asking.
            (OperationState::Pending | OperationState::Unknown, _)
            | (OperationState::Succeeded, None)
            | (OperationState::Failed | OperationState::Canceled, Some(_)) => Ok(None),
            (OperationState::Succeeded, Some(_)) => Ok(Some(Problem::Contradicted)),
            (OperationState::Failed | OperationState::Canceled, None) => {
                tracing::warn!(operation.id = %id, "an operation took effect after we had given up; it is undone");
                let verdict = Verdict::Succeeded {
                    provider_id: record.provider_id.clone(),
                };
                boundary!(
                    "payment.sweep.late",
                    self.operations.resolve(ctx, id, verdict, None).await
                )?;
                Ok(None)
            }
        }
    }
}

#[async_trait]
impl Kind for Sweep {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u16 {
        VERSION
    }

    async fn run(&self, work: &Work) -> Result<Next, Error> {
        let operations = &self.operations;
        let ctx = work.ctx(
            "payment",
            operations.clock.as_ref(),
            operations.ids.as_ref(),
        );
        self.adopt(&ctx).await?;
        let provider = operations.provider.name();
        let cursor = sweep::cursor(&operations.db, provider).await?;
        let listed = boundary!(
            "payment.sweep.list",
            operations.provider.list_after(cursor, PAGE).await
        );
        let page = listed.map_err(unreachable)?;
        let discrepancies = self.compare(&ctx, &page).await?;
        let last = page.last().map_or(cursor, |record| record.position);
        let now = operations.clock.now();
        let to = Cursor {
            provider,
            position: last,
            at: now,
        };
        let moved = sweep::advance(&operations.db, to, discrepancies);
        boundary!("payment.sweep.commit", moved.await)?;
        // A webhook that is older than its window is refused, so its copy need not be remembered for longer.
        events::forget(&operations.db, now.minus(WINDOW * 2)).await?;
        let full = u32::try_from(page.len()).unwrap_or(u32::MAX) >= PAGE;
        Ok(if full {
            Next::Again
        } else {
            Next::Park {
                until: now.plus(operations.settings.sweep_every),
                waiting_on: None,
            }
        })
    }
}
