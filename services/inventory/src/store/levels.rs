//! Levels: those that a batch works on, in the order in which they are locked; one or a page for a reader.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use stoa_store::{Db, Engine, Sql, StoreError, Tx, sql};
use stoa_types::{LocationId, Sku, mutant};

use super::entity::level::{Column, Entity};
use super::rows;
use crate::domain::{Change, Level, Place, Stock};

const OF_SKUS: Sql = sql!("levels_of_skus");
/// As [`OF_SKUS`], without its lock: for the mutant that a test must catch.
const OF_SKUS_UNLOCKED: Sql = Sql::new(
    "levels_of_skus_unlocked",
    OF_SKUS.text(Engine::Sqlite),
    include_str!("sql/postgres/levels_of_skus_unlocked.sql"),
);
const AT_PLACES: Sql = sql!("levels_at_places");
const ADD: Sql = sql!("levels_add");
const SAVE: Sql = sql!("levels_save");

#[derive(Serialize)]
struct PlaceRow<'a> {
    sku: &'a Sku,
    location_id: String,
}

#[derive(Serialize)]
struct SaveRow<'a> {
    #[serde(flatten)]
    place: PlaceRow<'a>,
    on_hand: i64,
    allocated: i64,
    held: i64,
    backorder_limit: i64,
    shortfall: i64,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

fn place_row(place: &Place) -> PlaceRow<'_> {
    PlaceRow {
        sku: &place.sku,
        location_id: place.location.hex(),
    }
}

/// Every level of these skus, for who has to choose among locations.
pub(crate) async fn of_skus(tx: &Tx, skus: &BTreeSet<&Sku>) -> Result<Stock, StoreError> {
    let locked = !mutant!("inventory.no_row_lock");
    let of_skus = if locked { OF_SKUS } else { OF_SKUS_UNLOCKED };
    let rows = tx.query(of_skus, skus).await?;
    let levels: Result<Vec<_>, StoreError> = rows.iter().map(rows::level).collect();
    Ok(Stock::new(levels?))
}

/// The levels at these places, as far as anything was ever booked there.
pub(crate) async fn at_places(tx: &Tx, places: &BTreeSet<&Place>) -> Result<Stock, StoreError> {
    if places.is_empty() {
        return Ok(Stock::default());
    }
    let wanted: Vec<_> = places.iter().map(|place| place_row(place)).collect();
    let rows = tx.query(AT_PLACES, &wanted).await?;
    let levels: Result<Vec<_>, StoreError> = rows.iter().map(rows::level).collect();
    Ok(Stock::new(levels?))
}

/// Writes levels as they are from now on: those that were loaded, and those of places where nothing was booked before. Where two
/// batches book at such a place for the first time, the second one breaks the key and decides anew.
pub(crate) async fn save(tx: &Tx, changes: &[Change]) -> Result<(), StoreError> {
    let (new, known): (Vec<&Change>, Vec<&Change>) =
        changes.iter().partition(|change| change.is_new);
    for (sql, changes) in [(SAVE, known), (ADD, new)] {
        let wanted = u64::try_from(changes.len()).unwrap_or(u64::MAX);
        let rows: Vec<_> = changes.into_iter().map(save_row).collect();
        if wanted > 0 && tx.execute(sql, &rows).await? != wanted {
            return Err(StoreError::Contract("a level was not where it was loaded"));
        }
    }
    Ok(())
}

fn save_row(Change { place, level, .. }: &Change) -> SaveRow<'_> {
    SaveRow {
        place: place_row(place),
        on_hand: level.on_hand,
        allocated: level.allocated,
        held: level.held,
        backorder_limit: level.backorder_limit,
        shortfall: level.shortfall,
        version: level.version,
        created_at: level.created_at.micros(),
        updated_at: level.updated_at.micros(),
    }
}

/// Which levels a list is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// None: of all locations.
    pub(crate) location: Option<LocationId>,
    /// Empty: of all skus.
    pub(crate) skus: Vec<Sku>,
}

/// Behind which level a page begins.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Position {
    pub(crate) sku: Sku,
    pub(crate) location: LocationId,
}

/// The level at a place.
pub(crate) async fn at(db: &Db, place: &Place) -> Result<Option<Level>, StoreError> {
    let key = (place.sku.to_string(), place.location.uuid());
    let row = Entity::find_by_id(key).one(db.reader()).await?;
    match row {
        Some(row) => Ok(Some(<(Place, Level)>::try_from(row)?.1)),
        None => Ok(None),
    }
}

/// Up to `fetch` levels behind `after` (none: all of them), by sku, then location.
pub(crate) async fn page(
    db: &Db,
    filter: &Filter,
    after: Option<Position>,
    fetch: Option<u64>,
) -> Result<Vec<(Place, Level)>, StoreError> {
    let mut wanted = Entity::find()
        .order_by_asc(Column::Sku)
        .order_by_asc(Column::LocationId)
        .limit(fetch);
    if let Some(location) = filter.location {
        wanted = wanted.filter(Column::LocationId.eq(location.uuid()));
    }
    if !filter.skus.is_empty() {
        wanted = wanted.filter(Column::Sku.is_in(filter.skus.iter().map(Sku::as_str)));
    }
    if let Some(Position { sku, location }) = after {
        // The first half alone walks the key; the second says what of the same sku is still to come.
        let behind = Condition::any()
            .add(Column::Sku.gt(sku.as_str()))
            .add(Column::LocationId.gt(location.uuid()));
        wanted = wanted.filter(Column::Sku.gte(sku.as_str())).filter(behind);
    }
    let rows = wanted.all(db.reader()).await?;
    rows.into_iter().map(TryFrom::try_from).collect()
}

/// Every level of these skus.
pub(crate) async fn of(db: &Db, skus: &[Sku]) -> Result<Vec<(Place, Level)>, StoreError> {
    let rows = Entity::find()
        .filter(Column::Sku.is_in(skus.iter().map(Sku::as_str)))
        .all(db.reader())
        .await?;
    rows.into_iter().map(TryFrom::try_from).collect()
}
