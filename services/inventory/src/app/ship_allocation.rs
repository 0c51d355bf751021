//! Books the goods of an order as gone.

use std::sync::Arc;

use stoa_errors::Error;
use stoa_store::{Apply, BoxFuture, Member, Outcome, StoreError, Tx};
use stoa_types::{Ctx, FulfillmentId, HoldId, Ids, boundary};

use super::App;
use super::transition::{self, Move, Settled, WEIGHT};
use crate::domain::{Hold, Transition};

impl App {
    /// Books the goods as gone with this fulfilment; they leave once.
    pub(crate) async fn ship_allocation(
        &self,
        ctx: &Ctx,
        hold: HoldId,
        fulfillment: FulfillmentId,
    ) -> Result<Arc<Hold>, Error> {
        let command = Move {
            hold,
            transition: Transition::Ship(fulfillment),
            reason: String::new(),
        };
        let committed = boundary!(
            "inventory.ship.commit",
            self.ship_allocation.submit(ctx, command).await
        );
        self.settled(committed).await
    }
}

/// The command.
#[derive(Debug)]
pub(crate) struct ShipAllocation {
    ids: Arc<dyn Ids>,
}

impl ShipAllocation {
    pub(crate) fn new(ids: Arc<dyn Ids>) -> Self {
        Self { ids }
    }
}

impl Apply for ShipAllocation {
    type Command = Move;
    type Answer = Settled;
    const NAME: &'static str = "inventory.ship_allocation";

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
