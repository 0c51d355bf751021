//! Books goods that came in, once per reference and location.

use std::sync::Arc;

use stoa_errors::Error;
use stoa_store::{Apply, BoxFuture, Member, Outcome, StoreError, Tx};
use stoa_types::{Ctx, Ids};

use super::App;
use super::receipt::{self, Levels, Receipt};
use crate::domain::MovementKind;

const KIND: MovementKind = MovementKind::Receive;

impl App {
    /// Books goods that came in.
    pub(crate) async fn receive_stock(&self, ctx: &Ctx, receipt: Receipt) -> Result<Levels, Error> {
        let committed = self.receive_stock.submit(ctx, receipt).await;
        self.booked(KIND, committed).await
    }
}

/// The command.
#[derive(Debug)]
pub(crate) struct ReceiveStock {
    ids: Arc<dyn Ids>,
}

impl ReceiveStock {
    pub(crate) fn new(ids: Arc<dyn Ids>) -> Self {
        Self { ids }
    }
}

impl Apply for ReceiveStock {
    type Command = Receipt;
    type Answer = Levels;
    const NAME: &'static str = "inventory.receive_stock";

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
