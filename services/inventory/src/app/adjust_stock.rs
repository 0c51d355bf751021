//! Corrects what lies at a location after a count, once per reference and location. What was promised stays promised; what is
//! missing for it becomes shortfall in the same statement.

use std::sync::Arc;

use stoa_errors::Error;
use stoa_store::{Apply, BoxFuture, Member, Outcome, StoreError, Tx};
use stoa_types::{Ctx, Ids};

use super::App;
use super::receipt::{self, Levels, Receipt};
use crate::domain::MovementKind;

const KIND: MovementKind = MovementKind::Adjust;

impl App {
    /// Books what a count found.
    pub(crate) async fn adjust_stock(&self, ctx: &Ctx, receipt: Receipt) -> Result<Levels, Error> {
        let committed = self.adjust_stock.submit(ctx, receipt).await;
        self.booked(KIND, committed).await
    }
}

/// The command.
#[derive(Debug)]
pub(crate) struct AdjustStock {
    ids: Arc<dyn Ids>,
}

impl AdjustStock {
    pub(crate) fn new(ids: Arc<dyn Ids>) -> Self {
        Self { ids }
    }
}

impl Apply for AdjustStock {
    type Command = Receipt;
    type Answer = Levels;
    const NAME: &'static str = "inventory.adjust_stock";

    fn weight(&self, receipt: &Receipt) -> usize {
        receipt.weight()
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<Receipt>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<Levels>>, StoreError>> {
        Box::pin(receipt::apply(tx, self.ids.as_ref(), KIND, members))
    }
}
