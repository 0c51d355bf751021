//! Books goods as come back from a customer, once per return or credit.

use std::sync::Arc;

use stoa_errors::Error;
use stoa_store::{Apply, BoxFuture, Member, Outcome, StoreError, Tx};
use stoa_types::{Ctx, Ids, boundary};

use super::App;
use super::receipt::{self, Levels, Receipt};
use crate::domain::MovementKind;

const KIND: MovementKind = MovementKind::Return;

impl App {
    /// Books goods as come back.
    pub(crate) async fn return_stock(&self, ctx: &Ctx, receipt: Receipt) -> Result<Levels, Error> {
        let committed = boundary!(
            "inventory.return.commit",
            self.return_stock.submit(ctx, receipt).await
        );
        self.booked(KIND, committed).await
    }
}

/// The command.
#[derive(Debug)]
pub(crate) struct ReturnStock {
    ids: Arc<dyn Ids>,
}

impl ReturnStock {
    pub(crate) fn new(ids: Arc<dyn Ids>) -> Self {
        Self { ids }
    }
}

impl Apply for ReturnStock {
    type Command = Receipt;
    type Answer = Levels;
    const NAME: &'static str = "inventory.return_stock";

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
