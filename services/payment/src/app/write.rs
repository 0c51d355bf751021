//! The one command type of payment's books, through group commit: load, decide, write.

use std::sync::Arc;

use stoa_store::{Apply, BoxFuture, Member, Outcome, StoreError, Tx};
use stoa_types::{Ids, OperationId, Timestamp};
use stoa_workflow::RunnerHandle;

use super::batch::Batch;
use super::command::{Answer, Command, INTENT, create_key};
use crate::domain::{Book, OperationKind};
use crate::store::events;
use crate::store::load::{Wanted, lock};
use crate::store::save::save;

/// Applies commands to the books.
pub(crate) struct Write {
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) runner: RunnerHandle,
    /// The provider's name.
    pub(crate) provider: &'static str,
}

impl Apply for Write {
    type Command = Command;
    type Answer = Answer;
    const NAME: &'static str = "payment.write";

    fn weight(&self, command: &Command) -> usize {
        match command {
            Command::CreateIntent(_) | Command::Reserve { .. } | Command::Undo { .. } => 3,
            Command::Resolve { .. } | Command::Settle { .. } | Command::Report(_) => 6,
            Command::Resend { .. }
            | Command::Adopt { .. }
            | Command::Finish(_)
            | Command::Confirm { .. }
            | Command::Heard { .. } => 2,
        }
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<Command>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<Answer>>, StoreError>> {
        Box::pin(async move {
            let now = members
                .iter()
                .map(|member| member.now)
                .max()
                .unwrap_or(Timestamp::MIN);
            let fresh = events::hear(tx, self.provider, &heard(members), now).await?;
            let shelf = lock(tx, wanted(members)).await?;
            let mut batch = Batch::new(shelf, self.ids.as_ref(), self.provider);
            batch.fresh_events = fresh;
            let outcomes = members.iter().map(|member| batch.decide(member)).collect();
            let changed: Vec<&Book> = batch
                .shelf
                .books
                .values()
                .filter(|book| !book.touched.is_empty() || !book.changes.is_empty())
                .collect();
            save(tx, &changed, &batch.marks, now).await?;
            if !batch.events.is_empty() {
                stoa_events::append(tx, &batch.events, now, self.ids.as_ref()).await?;
            }
            stoa_workflow::insert(tx, &batch.workflows, &self.runner).await?;
            stoa_workflow::wake(tx, &batch.wake).await?;
            // A fence that does not stand any more needs no answer: whoever has the work now finds
            // the operation at its end and finishes it.
            stoa_workflow::finish(tx, &batch.finishes).await?;
            Ok(outcomes)
        })
    }
}

fn heard(members: &[Member<Command>]) -> Vec<&str> {
    members
        .iter()
        .filter_map(|member| match &member.command {
            Command::Heard { event, .. } => Some(event.as_str()),
            _ => None,
        })
        .collect()
}

fn wanted(members: &[Member<Command>]) -> Wanted {
    let mut wanted = Wanted::default();
    for member in members {
        match &member.command {
            Command::CreateIntent(_) => {
                wanted.keys.extend(create_key(&member.ctx, INTENT));
                let undone = create_key(&member.ctx, OperationKind::Authorize.name());
                wanted.keys.extend(undone);
            }
            Command::Reserve { payment, kind, .. } => {
                wanted.payments.push(payment.hex());
                wanted.keys.extend(create_key(&member.ctx, kind.name()));
            }
            Command::Confirm { payment } => wanted.payments.push(payment.hex()),
            Command::Undo { key, .. } => {
                wanted.keys.push(key.clone());
                let void = create_key(&member.ctx, OperationKind::Void.name());
                wanted.keys.extend(void);
            }
            Command::Report(report) => {
                wanted.keys.push(report.create_key());
                wanted.operations.push(report.target.hex());
            }
            Command::Heard { operation, .. } => {
                wanted.operations.extend(operation.map(OperationId::hex));
            }
            Command::Settle { operation, .. }
            | Command::Resolve { operation, .. }
            | Command::Resend { operation, .. }
            | Command::Adopt { operation } => wanted.operations.push(operation.hex()),
            Command::Finish(_) => {}
        }
    }
    wanted
}
