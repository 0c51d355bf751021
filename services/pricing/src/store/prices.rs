//! Which prices a reader gets.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use stoa_store::{Db, StoreError};

use super::entity::price;
use super::rows;
use crate::domain::{Channel, Price, PriceKey};

/// Behind which price a page begins.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Position {
    sku: String,
    from_quantity: i64,
    start: i64,
}

impl From<&PriceKey> for Position {
    fn from(key: &PriceKey) -> Self {
        Self {
            sku: key.sku.to_string(),
            from_quantity: key.from_quantity.get(),
            start: key.start.micros(),
        }
    }
}

/// Up to `fetch` prices of the channel's book behind `after`, by sku, from quantity and start; of `skus` alone unless
/// that is empty.
pub(crate) async fn page(
    db: &Db,
    channel: &Channel,
    skus: &[String],
    after: Option<Position>,
    fetch: u64,
) -> Result<Vec<Price>, StoreError> {
    let mut wanted = price::Entity::find()
        .filter(price::Column::BookId.eq(channel.book.uuid()))
        .filter(price::Column::Currency.eq(channel.currency.code()))
        .order_by_asc(price::Column::Sku)
        .order_by_asc(price::Column::FromQuantity)
        .order_by_asc(price::Column::StartAt)
        .limit(fetch);
    if !skus.is_empty() {
        wanted = wanted.filter(price::Column::Sku.is_in(skus.iter().map(String::as_str)));
    }
    if let Some(after) = after {
        let place = Expr::tuple([
            Expr::col(price::Column::Sku),
            Expr::col(price::Column::FromQuantity),
            Expr::col(price::Column::StartAt),
        ]);
        let last = Expr::tuple([
            Expr::value(after.sku),
            Expr::value(after.from_quantity),
            Expr::value(after.start),
        ]);
        wanted = wanted.filter(place.gt(last));
    }
    let found = wanted.all(db.reader()).await?;
    found.into_iter().map(rows::price).collect()
}
