//! The ledger: written by batches, read by its places, its references, and page by page.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use stoa_store::{Db, Sql, StoreError, Tx, sql};
use stoa_types::{Ids, LocationId, MovementId, Sku, Timestamp};

use super::entity::movement::{Column, Entity, Model};
use super::rows;
use crate::domain::{Level, Movement, MovementKind, Place};

const ADD: Sql = sql!("movements_add");
const BOOKED: Sql = sql!("movements_booked");

#[derive(Serialize)]
struct AddRow<'a> {
    movement_id: String,
    sku: &'a Sku,
    location_id: String,
    kind: &'static str,
    on_hand_delta: i64,
    allocated_delta: i64,
    held_delta: i64,
    reference: &'a str,
    line: usize,
    reason: &'a str,
    actor: &'a str,
    created_at: i64,
}

#[derive(Serialize)]
struct Wanted<'a> {
    kind: &'static str,
    references: &'a BTreeSet<&'a str>,
}

/// A line of the ledger as it stands.
#[derive(Clone, Debug)]
pub(crate) struct Booked {
    /// The order of booking.
    pub(crate) seq: i64,
    pub(crate) id: MovementId,
    pub(crate) kind: MovementKind,
    /// The rest of the row.
    pub(crate) row: Model,
}

/// Writes movements, each with who did it.
pub(crate) async fn add(
    tx: &Tx,
    movements: &[(String, Movement)],
    now: Timestamp,
    ids: &dyn Ids,
) -> Result<(), StoreError> {
    let rows = movements.iter().map(|(actor, movement)| {
        let delta = movement.kind.delta(movement.units);
        AddRow {
            movement_id: MovementId::new(ids).hex(),
            sku: &movement.place.sku,
            location_id: movement.place.location.hex(),
            kind: movement.kind.name(),
            on_hand_delta: delta.on_hand,
            allocated_delta: delta.allocated,
            held_delta: delta.held,
            reference: &movement.reference,
            line: movement.line,
            reason: &movement.reason,
            actor,
            created_at: now.micros(),
        }
    });
    tx.execute(ADD, &rows.collect::<Vec<_>>()).await?;
    Ok(())
}

/// What was booked under a reference at a location: units per sku.
pub(crate) type Receipts = BTreeMap<(String, LocationId), BTreeMap<Sku, i64>>;

/// What was booked before under these references.
pub(crate) async fn booked(
    tx: &Tx,
    kind: MovementKind,
    references: &BTreeSet<&str>,
) -> Result<Receipts, StoreError> {
    let kind = kind.name();
    let rows = tx.query(BOOKED, &Wanted { kind, references }).await?;
    let mut receipts = Receipts::new();
    for row in &rows {
        let sku: String = row.get("sku")?;
        let Place { sku, location } = rows::place(&sku, row.get("location_id")?)?;
        let lines = receipts
            .entry((row.get("reference")?, location))
            .or_default();
        *lines.entry(sku).or_default() += row.get::<i64>("on_hand_delta")?;
    }
    Ok(receipts)
}

/// The levels at which something was booked under a reference, as they are now, by sku.
pub(crate) async fn levels_of(
    db: &Db,
    kind: MovementKind,
    reference: &str,
    location: LocationId,
) -> Result<Vec<(Place, Level)>, StoreError> {
    let skus: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Sku)
        .filter(Column::Reference.eq(reference))
        .filter(Column::Kind.eq(kind.name()))
        .filter(Column::LocationId.eq(location.uuid()))
        .into_tuple()
        .all(db.reader())
        .await?;
    let skus: BTreeSet<Sku> = skus
        .iter()
        .map(|sku| rows::place(sku, location.uuid()).map(|place| place.sku))
        .collect::<Result<_, _>>()?;
    let skus: Vec<Sku> = skus.into_iter().collect();
    let filter = super::levels::Filter {
        location: Some(location),
        skus,
    };
    super::levels::page(db, &filter, None, None).await
}

/// Which movements a list is about; what is none or empty does not matter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) sku: Option<Sku>,
    pub(crate) location: Option<LocationId>,
    pub(crate) reference: String,
}

/// Up to `fetch` movements behind the one numbered `after`, in the order of booking.
pub(crate) async fn page(
    db: &Db,
    filter: &Filter,
    after: Option<i64>,
    fetch: u64,
) -> Result<Vec<Booked>, StoreError> {
    let mut wanted = Entity::find().order_by_asc(Column::Seq).limit(fetch);
    if let Some(sku) = &filter.sku {
        wanted = wanted.filter(Column::Sku.eq(sku.as_str()));
    }
    if let Some(location) = filter.location {
        wanted = wanted.filter(Column::LocationId.eq(location.uuid()));
    }
    if !filter.reference.is_empty() {
        wanted = wanted.filter(Column::Reference.eq(filter.reference.as_str()));
    }
    if let Some(after) = after {
        wanted = wanted.filter(Column::Seq.gt(after));
    }
    let rows = wanted.all(db.reader()).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Booked {
                seq: row.seq,
                id: MovementId::from_uuid(row.movement_id),
                kind: rows::read("kind", &row.kind, MovementKind::parse)?,
                row,
            })
        })
        .collect()
}
