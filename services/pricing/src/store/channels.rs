//! Which channels a reader gets.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use stoa_store::{Db, StoreError};
use stoa_types::ChannelId;

use super::entity::channel;
use super::rows;
use crate::domain::Channel;

/// The channel with this id or code.
pub(crate) async fn by_name(db: &Db, name: &str) -> Result<Option<Channel>, StoreError> {
    let found = match name.parse::<ChannelId>() {
        Ok(id) => channel::Entity::find_by_id(id.uuid()),
        Err(_) => channel::Entity::find().filter(channel::Column::Code.eq(name)),
    };
    let found = found.one(db.reader()).await?;
    found.map(rows::channel).transpose()
}

/// Up to `fetch` channels whose code is behind `after`, by code.
pub(crate) async fn page(
    db: &Db,
    after: Option<String>,
    fetch: u64,
) -> Result<Vec<Channel>, StoreError> {
    let mut wanted = channel::Entity::find()
        .order_by_asc(channel::Column::Code)
        .limit(fetch);
    if let Some(after) = after {
        wanted = wanted.filter(channel::Column::Code.gt(after));
    }
    let found = wanted.all(db.reader()).await?;
    found.into_iter().map(rows::channel).collect()
}
