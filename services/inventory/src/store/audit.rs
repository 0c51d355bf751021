//! What the doctor is told: levels beside what they should be, holds by order, returns by credit.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use stoa_store::{Sql, StoreError, Tx, sql};
use stoa_types::{OrderId, Timestamp, Uuid};

use super::entity::{hold, hold_line, movement};
use super::rows;
use crate::domain::{Hold, Level, MovementKind, Place};

const LEVELS: Sql = sql!("audit_levels");
const ORPHANS: Sql = sql!("audit_orphans");
const HOLDS: Sql = sql!("audit_holds");

#[derive(Serialize)]
struct Behind {
    sku: String,
    location_id: String,
    limit: usize,
}

/// A level, and what the ledger says it is.
pub(crate) struct Audited {
    pub(crate) place: Place,
    pub(crate) level: Level,
    /// Sums of the movements: on hand, allocated, held.
    pub(crate) moved: (i64, i64, i64),
}

/// Up to `limit` levels behind a place.
pub(crate) async fn levels(
    snapshot: &Tx,
    after: Option<&Place>,
    limit: usize,
) -> Result<Vec<Audited>, StoreError> {
    let behind = Behind {
        sku: after.map_or_else(String::new, |place| place.sku.to_string()),
        location_id: after.map_or_else(String::new, |place| place.location.hex()),
        limit,
    };
    let rows = snapshot.query(LEVELS, &behind).await?;
    rows.iter()
        .map(|row| {
            let (place, level) = rows::level(row)?;
            let moved = (
                row.get("on_hand_moved")?,
                row.get("allocated_moved")?,
                row.get("held_moved")?,
            );
            Ok(Audited {
                place,
                level,
                moved,
            })
        })
        .collect()
}

/// Places with movements and without a level.
pub(crate) async fn orphans(snapshot: &Tx) -> Result<Vec<Place>, StoreError> {
    let rows = snapshot.query(ORPHANS, &()).await?;
    rows.iter()
        .map(|row| rows::place(&row.get::<String>("sku")?, row.get("location_id")?))
        .collect()
}

/// Units that living holds keep and promise: held, allocated.
pub(crate) async fn kept(snapshot: &Tx) -> Result<BTreeMap<Place, (i64, i64)>, StoreError> {
    let rows = snapshot.query(HOLDS, &()).await?;
    rows.iter()
        .map(|row| {
            let place = rows::place(&row.get::<String>("sku")?, row.get("location_id")?)?;
            Ok((place, (row.get("held")?, row.get("allocated")?)))
        })
        .collect()
}

/// Up to `limit` orders that own holds, behind one of them.
pub(crate) async fn owners(
    snapshot: &Tx,
    after: Option<OrderId>,
    limit: u64,
) -> Result<Vec<OrderId>, StoreError> {
    let mut wanted = hold::Entity::find()
        .select_only()
        .column(hold::Column::Owner)
        .distinct()
        .order_by_asc(hold::Column::Owner)
        .limit(limit);
    if let Some(after) = after {
        wanted = wanted.filter(hold::Column::Owner.gt(after.uuid()));
    }
    let owners: Vec<Uuid> = wanted.into_tuple().all(snapshot.orm()).await?;
    Ok(owners.into_iter().map(OrderId::from_uuid).collect())
}

/// Every hold of these orders, oldest first.
pub(crate) async fn holds_of(
    snapshot: &Tx,
    owners: &[OrderId],
) -> Result<BTreeMap<OrderId, Vec<Hold>>, StoreError> {
    let rows = hold::Entity::find()
        .filter(hold::Column::Owner.is_in(owners.iter().map(|owner| owner.uuid())))
        .order_by_asc(hold::Column::CreatedAt)
        .order_by_asc(hold::Column::HoldId)
        .all(snapshot.orm())
        .await?;
    let mut lines: BTreeMap<Uuid, Vec<hold_line::Model>> = BTreeMap::new();
    let found = hold_line::Entity::find()
        .filter(hold_line::Column::HoldId.is_in(rows.iter().map(|row| row.hold_id)))
        .all(snapshot.orm())
        .await?;
    for line in found {
        lines.entry(line.hold_id).or_default().push(line);
    }
    let mut holds: BTreeMap<OrderId, Vec<Hold>> = BTreeMap::new();
    for row in rows {
        let lines = lines.remove(&row.hold_id).unwrap_or_default();
        let hold = rows::whole_hold(row, lines)?;
        holds.entry(hold.owner).or_default().push(hold);
    }
    Ok(holds)
}

/// What came back under one reference.
#[derive(Debug, Default)]
pub(crate) struct Returned {
    pub(crate) quantities: BTreeMap<String, i64>,
    pub(crate) last: Option<Timestamp>,
}

/// Up to `limit` references of returns that begin with `prefix`, behind one of them.
pub(crate) async fn return_references(
    snapshot: &Tx,
    prefix: &str,
    after: &str,
    limit: u64,
) -> Result<Vec<String>, StoreError> {
    let wanted = movement::Entity::find()
        .select_only()
        .column(movement::Column::Reference)
        .distinct()
        .filter(movement::Column::Reference.gt(after.max(prefix)))
        .filter(movement::Column::Reference.lt(format!("{prefix}\u{7f}")))
        .filter(movement::Column::Kind.eq(MovementKind::Return.name()))
        .order_by_asc(movement::Column::Reference)
        .limit(limit);
    Ok(wanted.into_tuple().all(snapshot.orm()).await?)
}

/// What came back under these references.
pub(crate) async fn returns_of(
    snapshot: &Tx,
    references: &[&str],
) -> Result<BTreeMap<String, Returned>, StoreError> {
    let rows = movement::Entity::find()
        .filter(movement::Column::Reference.is_in(references.iter().copied()))
        .filter(movement::Column::Kind.eq(MovementKind::Return.name()))
        .all(snapshot.orm())
        .await?;
    let mut returns: BTreeMap<String, Returned> = BTreeMap::new();
    for row in rows {
        let returned = returns.entry(row.reference).or_default();
        *returned.quantities.entry(row.sku).or_default() += row.on_hand_delta;
        returned.last = returned
            .last
            .max(Some(Timestamp::from_micros(row.created_at)));
    }
    Ok(returns)
}
