//! What an empty shop begins with: the channel `default` and its price book.

use std::sync::Arc;

use stoa_store::{Db, StoreError};
use stoa_types::{ChannelId, Clock, Ctx, Currency, Ids, PriceBookId};

use super::create_channel;
use crate::domain::ChannelDraft;

/// The currency of the first channel.
const CURRENCY: &str = "GBP";

/// Any channel.
const ANY: &str = "SELECT 1 AS one FROM pricing_channel LIMIT 1";

/// Makes the channel `default` unless there is any channel.
pub(crate) async fn ensure(
    db: &Db,
    clock: &dyn Clock,
    ids: &Arc<dyn Ids>,
) -> Result<(), StoreError> {
    let currency = Currency::parse(CURRENCY)
        .map_err(|_| StoreError::Contract("the first channel has no currency"))?;
    let now = clock.now();
    let ctx = Arc::new(Ctx::background("pricing", now, ids.as_ref()));
    let (id, book) = (ChannelId::new(ids.as_ref()), PriceBookId::new(ids.as_ref()));
    let first = ChannelDraft::first(currency).open(id, book, now);
    let ids = Arc::clone(ids);
    db.write("pricing.first_channel", move |tx| {
        let opened = [(Arc::clone(&ctx), first.clone(), true)];
        let ids = Arc::clone(&ids);
        Box::pin(async move {
            if tx.query_one(ANY, &()).await?.is_some() {
                return Ok(());
            }
            create_channel::write(tx, &opened, now, ids.as_ref()).await
        })
    })
    .await
}
