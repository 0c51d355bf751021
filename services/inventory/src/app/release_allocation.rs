//! Takes a promise back before the goods leave.

use std::sync::Arc;

use stoa_errors::Error;
use stoa_store::{Apply, BoxFuture, Member, Outcome, StoreError, Tx};
use stoa_types::{Ctx, HoldId, Ids, boundary};

use super::App;
use super::transition::{self, Move, Settled, WEIGHT};
use crate::domain::{Hold, Transition};

impl App {
    /// Takes a promise back; what was taken back before stays so.
    pub(crate) async fn release_allocation(
        &self,
        ctx: &Ctx,
        hold: HoldId,
        reason: String,
    ) -> Result<Arc<Hold>, Error> {
        let command = Move {
            hold,
            transition: Transition::Deallocate,
            reason,
        };
        let committed = boundary!(
            "inventory.deallocate.commit",
            self.release_allocation.submit(ctx, command).await
        );
        self.settled(committed).await
    }
}

/// The command.
#[derive(Debug)]
pub(crate) struct ReleaseAllocation {
    ids: Arc<dyn Ids>,
}

impl ReleaseAllocation {
    pub(crate) fn new(ids: Arc<dyn Ids>) -> Self {
        Self { ids }
    }
}

impl Apply for ReleaseAllocation {
    type Command = Move;
    type Answer = Settled;
    const NAME: &'static str = "inventory.release_allocation";

    fn weight(&self, _: &Move) -> usize {
        WEIGHT
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<Move>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<Settled>>, StoreError>> {
        Box::pin(transition::apply(tx, self.ids.as_ref(), members))
    }
}
