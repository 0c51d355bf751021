//! Turns a hold into a promise to an accepted order; that cannot be refused for a hold that is HELD, overdue or not.

use std::sync::Arc;

use stoa_errors::Error;
use stoa_store::{Apply, BoxFuture, Member, Outcome, StoreError, Tx};
use stoa_types::{Ctx, HoldId, Ids, boundary};

use super::App;
use super::transition::{self, Move, Settled, WEIGHT};
use crate::domain::{Hold, Transition};

impl App {
    /// Promises what is held. What was promised before stays so.
    pub(crate) async fn allocate_hold(&self, ctx: &Ctx, hold: HoldId) -> Result<Arc<Hold>, Error> {
        let command = Move {
            hold,
            transition: Transition::Allocate,
            reason: String::new(),
        };
        let committed = boundary!(
            "inventory.allocate.commit",
            self.allocate_hold.submit(ctx, command).await
        );
        self.settled(committed).await
    }
}

/// The command.
#[derive(Debug)]
pub(crate) struct AllocateHold {
    ids: Arc<dyn Ids>,
}

impl AllocateHold {
    pub(crate) fn new(ids: Arc<dyn Ids>) -> Self {
        Self { ids }
    }
}

impl Apply for AllocateHold {
    type Command = Move;
    type Answer = Settled;
    const NAME: &'static str = "inventory.allocate_hold";

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
