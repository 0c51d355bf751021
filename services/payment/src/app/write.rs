//! The one command type of payment's books, through group commit: load, decide, write.

use std::sync::Arc;

use stoa_store::{Apply, BoxFuture, Member, Outcome, StoreError, Tx};
use stoa_types::{Ids, Timestamp};
use stoa_workflow::RunnerHandle;

use super::batch::Batch;
use super::command::{Answer, Command, INTENT, create_key};
use crate::domain::{Book, OperationKind};
use crate::store::load::{Wanted, load};
use crate::store::save::save;

/// Applies commands to the books.
pub(crate) struct Write {
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) runner: RunnerHandle,
}

impl Apply for Write {
    type Command = Command;
    type Answer = Answer;
    const NAME: &'static str = "payment.write";

    fn weight(&self, command: &Command) -> usize {
        match command {
            Command::CreateIntent(_) | Command::Reserve { .. } | Command::Undo { .. } => 3,
            Command::Resolve { .. } => 6,
            Command::Resend { .. } | Command::Adopt { .. } | Command::Finish(_) => 2,
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
            let shelf = load(tx, &wanted(members)).await?;
            let mut batch = Batch::new(shelf, self.ids.as_ref());
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
            Command::Undo { key, .. } => {
                wanted.keys.push(key.clone());
                let void = create_key(&member.ctx, OperationKind::Void.name());
                wanted.keys.extend(void);
            }
            Command::Resolve { operation, .. }
            | Command::Resend { operation, .. }
            | Command::Adopt { operation } => wanted.operations.push(operation.hex()),
            Command::Finish(_) => {}
        }
    }
    wanted
}
