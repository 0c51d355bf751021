//! Locations: all of them for a batch (there are few), one or a page for a reader.

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use stoa_store::{Db, Sql, StoreError, Tx, sql};
use stoa_types::LocationId;

use super::entity::location::{Column, Entity};
use super::rows;
use crate::domain::{Location, Locations};

const ALL: Sql = sql!("locations_all");
const ADD: Sql = sql!("locations_add");

/// Behind which location a page begins.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Position {
    pub(crate) priority: i64,
    pub(crate) code: String,
}

#[derive(Serialize)]
struct AddRow<'a> {
    location_id: String,
    code: &'a str,
    title: &'a str,
    country_code: &'a str,
    priority: i64,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

/// All locations.
pub(crate) async fn all(tx: &Tx) -> Result<Locations, StoreError> {
    let rows = tx.query(ALL, &()).await?;
    let all: Result<Vec<Location>, StoreError> = rows.iter().map(rows::location).collect();
    Ok(Locations::new(all?))
}

/// Writes new locations.
pub(crate) async fn add(tx: &Tx, new: &[Location]) -> Result<(), StoreError> {
    if new.is_empty() {
        return Ok(());
    }
    let rows = new.iter().map(|location| AddRow {
        location_id: location.id.hex(),
        code: &location.code,
        title: &location.title,
        country_code: &location.country_code,
        priority: location.priority,
        version: location.version,
        created_at: location.created_at.micros(),
        updated_at: location.updated_at.micros(),
    });
    tx.execute(ADD, &rows.collect::<Vec<_>>()).await?;
    Ok(())
}

/// The location with this id or code.
pub(crate) async fn by_name(db: &Db, name: &str) -> Result<Option<Location>, StoreError> {
    let wanted = match name.parse::<LocationId>() {
        Ok(id) => Entity::find_by_id(id.uuid()),
        Err(_) => Entity::find().filter(Column::Code.eq(name)),
    };
    Ok(wanted.one(db.reader()).await?.map(Location::from))
}

/// Up to `fetch` locations behind `after`, by priority, then code.
pub(crate) async fn page(
    db: &Db,
    after: Option<Position>,
    fetch: u64,
) -> Result<Vec<Location>, StoreError> {
    let mut wanted = Entity::find()
        .order_by_asc(Column::Priority)
        .order_by_asc(Column::Code)
        .limit(fetch);
    if let Some(Position { priority, code }) = after {
        let behind = Condition::any()
            .add(Column::Priority.gt(priority))
            .add(Column::Code.gt(code));
        wanted = wanted.filter(Column::Priority.gte(priority)).filter(behind);
    }
    let rows = wanted.all(db.reader()).await?;
    Ok(rows.into_iter().map(Location::from).collect())
}
