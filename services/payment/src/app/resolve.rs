//! What staff know of an operation of which the provider tells nothing. Never against the provider's own word.

use stoa_errors::Error;
use stoa_store::Committed;
use stoa_types::{Ctx, OperationId, boundary};

use super::command::Command;
use super::operate::{Operations, Told};
use crate::domain::{OperationState, Refusal, Verdict};
use crate::provider::Found;

impl Operations {
    /// Records what staff say, unless the provider says otherwise, or may still carry it out.
    pub(crate) async fn settle(
        &self,
        ctx: &Ctx,
        operation: OperationId,
        verdict: Verdict,
    ) -> Result<Told, Error> {
        let before = self.tell(operation).await?.operation;
        if before.as_ref().is_some_and(|op| op.state.is_open()) {
            self.unless_contradicted(operation, &verdict).await?;
        }
        let settle = self.capabilities().await?.settle_window;
        let command = Command::Settle {
            operation,
            verdict,
            before: self.clock.now().minus(settle),
            undo: OperationId::new(self.ids.as_ref()),
        };
        let committed = boundary!(
            "payment.resolve.commit",
            self.queue.submit(ctx, command).await
        )?;
        if let Committed::Done(answer) = committed {
            self.after(&answer);
            let stuck = before.filter(|op| op.state == OperationState::Failed);
            if let Some(workflow) = stuck.and_then(|op| op.workflow_id) {
                self.revive(ctx, workflow).await;
            }
        }
        self.tell(operation).await
    }

    /// What the provider says is recorded by the work that asks it; nobody's word comes before it. A provider that does not answer
    /// says nothing, which is what this is for.
    async fn unless_contradicted(
        &self,
        operation: OperationId,
        verdict: &Verdict,
    ) -> Result<(), Error> {
        let reference = operation.to_string();
        let asked = boundary!(
            "payment.resolve.lookup",
            self.provider.find_by_reference(&reference).await
        );
        let said = match asked {
            Err(error) => {
                tracing::warn!(operation.id = %operation, %error, "the provider cannot be asked about what staff resolve");
                return Ok(());
            }
            Ok(None) => match verdict {
                Verdict::Succeeded { .. } => "not found",
                _ => return Ok(()),
            },
            Ok(Some(Found::Action(_))) => "requires action",
            Ok(Some(Found::Settled(record))) => {
                let name = if record.declined.is_some() {
                    "declined"
                } else {
                    "succeeded"
                };
                let same = match (verdict, record.verdict()) {
                    (said @ Verdict::Succeeded { .. }, found) => *said == found,
                    (_, found) => matches!(found, Verdict::Declined { .. }),
                };
                if same {
                    return Ok(());
                }
                name
            }
        };
        Err(Refusal::Contradicted(said).into())
    }

    /// Lets the stuck work of a written-off undo end; whoever finds it stuck still tries it again by hand.
    async fn revive(&self, ctx: &Ctx, workflow: stoa_types::WorkflowId) {
        let ctx = Ctx {
            key: None,
            ..ctx.clone()
        };
        if let Err(error) = self.runner.retry(&ctx, workflow).await {
            tracing::warn!(workflow.id = %workflow, %error, "the work of a written-off undo is to be tried again by hand");
        }
    }
}
