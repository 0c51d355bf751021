//! What the doctor is told: levels beside what they should be, holds by order, returns by credit.

use std::collections::BTreeMap;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use stoa_store::{Row, Snapshot, Sql, StoreError, sql};
use stoa_types::{OrderId, Timestamp, Uuid};

use super::closing::Closing;
use super::entity::{hold, hold_line, movement};
use super::rows;
use crate::domain::{Hold, Level, MovementKind, Place};

const LEVELS: Sql = sql!("audit_levels");
const ORPHANS: Sql = sql!("audit_orphans");
const HOLDS: Sql = sql!("audit_holds");
const OPEN_OWNERS: Sql = sql!("audit_open_owners");
const BOOKED: Sql = sql!("audit_booked");
const NEW_KEEPING: Sql = sql!("audit_new_keeping");

#[derive(Serialize)]
struct Behind {
    sku: String,
    location_id: String,
    limit: usize,
    full: bool,
}

#[derive(Serialize)]
struct After {
    after: String,
    limit: u64,
}

/// Units on hand, allocated, held.
pub(crate) type Units = (i64, i64, i64);

/// A level, and what the ledger says it is.
pub(crate) struct Audited {
    pub(crate) place: Place,
    pub(crate) level: Level,
    /// Where its books were closed.
    pub(crate) closing: Option<Closing>,
    /// Sums of the movements since then.
    pub(crate) moved: Units,
    /// Sums of the movements up to there, where everything is read.
    pub(crate) below: Units,
    /// Movements that were read.
    pub(crate) movements: i64,
    /// The last of them.
    pub(crate) last: Option<i64>,
}

/// Who read what of the levels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    /// Levels at most.
    pub(crate) limit: usize,
    /// Whether all of their movements are read.
    pub(crate) full: bool,
}

/// Up to `limit` levels behind a place.
pub(crate) async fn levels(
    snapshot: &Snapshot,
    after: Option<&Place>,
    Reach { limit, full }: Reach,
) -> Result<Vec<Audited>, StoreError> {
    let behind = Behind {
        sku: after.map_or_else(String::new, |place| place.sku.to_string()),
        location_id: after.map_or_else(String::new, |place| place.location.hex()),
        limit,
        full,
    };
    let rows = snapshot.query(LEVELS, &behind).await?;
    rows.iter()
        .map(|row| {
            let (place, level) = rows::level(row)?;
            Ok(Audited {
                closing: Closing::read(row)?,
                place,
                level,
                moved: units(row, "_moved")?,
                below: units(row, "_below")?,
                movements: row.get("movements")?,
                last: row.get("last")?,
            })
        })
        .collect()
}

/// The three columns whose names end so.
pub(super) fn units(row: &Row, ending: &str) -> Result<Units, StoreError> {
    Ok((
        row.get(&format!("on_hand{ending}"))?,
        row.get(&format!("allocated{ending}"))?,
        row.get(&format!("held{ending}"))?,
    ))
}

/// Up to `limit` orders behind one of them whose holds have changed since they were found in order.
pub(crate) async fn open_owners(
    snapshot: &Snapshot,
    after: Option<OrderId>,
    limit: u64,
) -> Result<Vec<OrderId>, StoreError> {
    let after = after.map(OrderId::hex).unwrap_or_default();
    let rows = snapshot.query(OPEN_OWNERS, &After { after, limit }).await?;
    rows.iter()
        .map(|row| row.get("owner").map(OrderId::from_uuid))
        .collect()
}

/// Units by reference and place.
pub(crate) type Booked = BTreeMap<String, BTreeMap<Place, Units>>;

/// What was booked under references, and how many movements that is.
pub(crate) async fn booked(
    snapshot: &Snapshot,
    references: &[String],
) -> Result<(Booked, i64), StoreError> {
    let (mut booked, mut movements) = (Booked::new(), 0);
    for row in &snapshot.query(BOOKED, references).await? {
        let place = rows::place(&row.get::<String>("sku")?, row.get("location_id")?)?;
        movements += row.get::<i64>("movements")?;
        let places = booked.entry(row.get("reference")?).or_default();
        places.insert(place, units(row, "")?);
    }
    Ok((booked, movements))
}

/// References under which something was kept or promised since the books of its place were closed.
pub(crate) async fn new_keeping(snapshot: &Snapshot) -> Result<Vec<(String, Place)>, StoreError> {
    let rows = snapshot.query(NEW_KEEPING, &()).await?;
    rows.iter()
        .map(|row| {
            let place = rows::place(&row.get::<String>("sku")?, row.get("location_id")?)?;
            Ok((row.get("reference")?, place))
        })
        .collect()
}

/// Places with movements and without a level.
pub(crate) async fn orphans(snapshot: &Snapshot) -> Result<Vec<Place>, StoreError> {
    let rows = snapshot.query(ORPHANS, &()).await?;
    rows.iter()
        .map(|row| rows::place(&row.get::<String>("sku")?, row.get("location_id")?))
        .collect()
}

/// Units that living holds keep and promise: held, allocated.
pub(crate) async fn kept(snapshot: &Snapshot) -> Result<BTreeMap<Place, (i64, i64)>, StoreError> {
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
    snapshot: &Snapshot,
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
    snapshot: &Snapshot,
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
    /// Movements of it; they are booked at once and stay.
    pub(crate) movements: i64,
}

/// Up to `limit` references of returns that begin with `prefix`, behind one of them; with `open`, only
/// of those that were not found in order yet.
pub(crate) async fn return_references(
    snapshot: &Snapshot,
    prefix: &str,
    after: &str,
    open: bool,
    limit: u64,
) -> Result<Vec<String>, StoreError> {
    // The index of what is open is found only by the very words of its condition.
    let which = if open {
        Expr::cust("kind = 'RETURN' AND closed = 0")
    } else {
        Expr::cust("kind = 'RETURN'")
    };
    let wanted = movement::Entity::find()
        .select_only()
        .column(movement::Column::Reference)
        .distinct()
        .filter(movement::Column::Reference.gt(after.max(prefix)))
        .filter(movement::Column::Reference.lt(format!("{prefix}\u{7f}")))
        .filter(which)
        .order_by_asc(movement::Column::Reference)
        .limit(limit);
    Ok(wanted.into_tuple().all(snapshot.orm()).await?)
}

/// What came back under these references.
pub(crate) async fn returns_of(
    snapshot: &Snapshot,
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
        returned.movements += 1;
        returned.last = returned
            .last
            .max(Some(Timestamp::from_micros(row.created_at)));
    }
    Ok(returns)
}
