//! Holds with their lines: those that a batch works on, by id, by key or because their time is over; one for a reader.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use stoa_store::{Db, Row, Sql, StoreError, Tx, sql};
use stoa_types::{ChannelId, FulfillmentId, HoldId, OrderId, Sku, Timestamp, mutant};

use super::entity::{hold, hold_line};
use super::rows;
use crate::domain::Hold;

const ADD: Sql = sql!("holds_add");
const ADD_LINES: Sql = sql!("hold_lines_add");
const MOVE: Sql = sql!("holds_move");
const BY_ID: Sql = sql!("holds_by_id");
const BY_KEY: Sql = sql!("holds_by_key");
/// As [`BY_KEY`], whoever the owner is: for the mutant that a test must catch.
const BY_KEY_OWNERLESS: Sql = sql!("holds_by_key_ownerless");
const KNOWN: Sql = sql!("holds_known");
const OVERDUE: Sql = sql!("holds_overdue");
const OVERDUE_FIRST: Sql = sql!("holds_overdue_first");
const ANY_OVERDUE: Sql = sql!("holds_any_overdue");
const LINES: Sql = sql!("hold_lines_of");

/// What names a hold for good besides its id.
pub(crate) type Key = (OrderId, String);

#[derive(Serialize)]
struct AddRow<'a> {
    hold_id: String,
    owner: String,
    create_key: &'a str,
    channel_id: Option<String>,
    state: &'static str,
    expires_at: Option<i64>,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

#[derive(Serialize)]
struct LineRow<'a> {
    hold_id: String,
    line: usize,
    sku: &'a Sku,
    location_id: String,
    quantity: i64,
}

#[derive(Serialize)]
struct MoveRow {
    hold_id: String,
    state: &'static str,
    fulfillment: Option<String>,
    version: i64,
    updated_at: i64,
}

#[derive(Serialize)]
struct KeyRow<'a> {
    owner: String,
    create_key: &'a str,
}

#[derive(Serialize)]
struct OverdueOf<'a> {
    now: i64,
    skus: &'a BTreeSet<&'a Sku>,
}

#[derive(Serialize)]
struct OverdueFirst {
    now: i64,
    limit: usize,
}

#[derive(Serialize)]
struct AnyOverdue {
    now: i64,
}

/// Writes new holds and their lines.
pub(crate) async fn add(tx: &Tx, new: &[Hold]) -> Result<(), StoreError> {
    if new.is_empty() {
        return Ok(());
    }
    let rows = new.iter().map(|hold| AddRow {
        hold_id: hold.id.hex(),
        owner: hold.owner.hex(),
        create_key: &hold.key,
        channel_id: hold.channel.map(ChannelId::hex),
        state: hold.state.name(),
        expires_at: hold.expires_at.map(Timestamp::micros),
        version: hold.version,
        created_at: hold.created_at.micros(),
        updated_at: hold.updated_at.micros(),
    });
    tx.execute(ADD, &rows.collect::<Vec<_>>()).await?;
    let lines = new.iter().flat_map(|hold| {
        let lines = hold.lines.iter().enumerate();
        lines.map(|(line, held)| LineRow {
            hold_id: hold.id.hex(),
            line,
            sku: &held.place.sku,
            location_id: held.place.location.hex(),
            quantity: held.quantity,
        })
    });
    let lines: Vec<_> = lines.collect();
    if !lines.is_empty() {
        tx.execute(ADD_LINES, &lines).await?;
    }
    Ok(())
}

/// Writes how holds stand from now on; each was loaded one version earlier.
pub(crate) async fn save(tx: &Tx, moved: &[Hold]) -> Result<(), StoreError> {
    if moved.is_empty() {
        return Ok(());
    }
    let rows = moved.iter().map(|hold| MoveRow {
        hold_id: hold.id.hex(),
        state: hold.state.name(),
        fulfillment: hold.fulfillment.map(FulfillmentId::hex),
        version: hold.version,
        updated_at: hold.updated_at.micros(),
    });
    let rows: Vec<_> = rows.collect();
    let wanted = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    if tx.execute(MOVE, &rows).await? == wanted {
        Ok(())
    } else {
        Err(StoreError::Contract("a hold was moved by two batches"))
    }
}

/// Those of the holds that exist.
pub(crate) async fn by_ids(
    tx: &Tx,
    ids: &BTreeSet<HoldId>,
) -> Result<BTreeMap<HoldId, Hold>, StoreError> {
    let ids: Vec<String> = ids.iter().map(|id| id.hex()).collect();
    whole(tx, tx.query(BY_ID, &ids).await?).await
}

/// Those of the holds that were made, or undone before they were made, under these keys, to be moved.
pub(crate) async fn by_keys(
    tx: &Tx,
    keys: &BTreeSet<(OrderId, &str)>,
) -> Result<BTreeMap<HoldId, Hold>, StoreError> {
    let by_key = if mutant!("inventory.hold.ownerless") {
        BY_KEY_OWNERLESS
    } else {
        BY_KEY
    };
    whole(tx, tx.query(by_key, &key_rows(keys)).await?).await
}

/// As [`by_keys`], only to be told of: they are not locked. One that is made meanwhile breaks the key of whoever makes it too.
pub(crate) async fn known(
    tx: &Tx,
    keys: &BTreeSet<(OrderId, &str)>,
) -> Result<BTreeMap<HoldId, Hold>, StoreError> {
    whole(tx, tx.query(KNOWN, &key_rows(keys)).await?).await
}

fn key_rows<'a>(keys: &BTreeSet<(OrderId, &'a str)>) -> Vec<KeyRow<'a>> {
    let keys = keys.iter().map(|(owner, create_key)| KeyRow {
        owner: owner.hex(),
        create_key,
    });
    keys.collect()
}

/// The holds whose time is over that keep units of these skus, with all of their lines.
pub(crate) async fn overdue(
    tx: &Tx,
    skus: &BTreeSet<&Sku>,
    now: Timestamp,
) -> Result<BTreeMap<HoldId, Hold>, StoreError> {
    let now = now.micros();
    whole(tx, tx.query(OVERDUE, &OverdueOf { now, skus }).await?).await
}

/// Up to `limit` holds whose time is over, those first that have waited longest.
pub(crate) async fn overdue_first(
    tx: &Tx,
    limit: usize,
    now: Timestamp,
) -> Result<BTreeMap<HoldId, Hold>, StoreError> {
    let now = now.micros();
    whole(
        tx,
        tx.query(OVERDUE_FIRST, &OverdueFirst { now, limit })
            .await?,
    )
    .await
}

/// Whether any hold's time is over.
pub(crate) async fn any_overdue(db: &Db, now: Timestamp) -> Result<bool, StoreError> {
    let now = now.micros();
    let any = db.query_one(ANY_OVERDUE, &AnyOverdue { now }).await?;
    Ok(any.is_some())
}

/// The holds of these rows with their lines, by id.
async fn whole(tx: &Tx, rows: Vec<Row>) -> Result<BTreeMap<HoldId, Hold>, StoreError> {
    let mut holds = BTreeMap::new();
    for row in &rows {
        let hold = rows::hold(row)?;
        holds.insert(hold.id, hold);
    }
    if holds.is_empty() {
        return Ok(holds);
    }
    let ids: Vec<String> = holds.keys().map(|id| id.hex()).collect();
    for row in &tx.query(LINES, &ids).await? {
        let (id, line) = rows::hold_line(row)?;
        if let Some(hold) = holds.get_mut(&id) {
            hold.lines.push(line);
        }
    }
    Ok(holds)
}

/// The hold with this id.
pub(crate) async fn by_id(db: &Db, id: HoldId) -> Result<Option<Hold>, StoreError> {
    one(db, hold::Entity::find_by_id(id.uuid())).await
}

/// The newest hold of this order.
pub(crate) async fn by_owner(db: &Db, owner: OrderId) -> Result<Option<Hold>, StoreError> {
    let wanted = hold::Entity::find()
        .filter(hold::Column::Owner.eq(owner.uuid()))
        .order_by_desc(hold::Column::CreatedAt)
        .order_by_desc(hold::Column::HoldId);
    one(db, wanted).await
}

async fn one(db: &Db, wanted: sea_orm::Select<hold::Entity>) -> Result<Option<Hold>, StoreError> {
    let snapshot = db.snapshot().await?;
    let Some(row) = wanted.one(snapshot.orm()).await? else {
        return Ok(None);
    };
    let lines = hold_line::Entity::find()
        .filter(hold_line::Column::HoldId.eq(row.hold_id))
        .order_by_asc(hold_line::Column::Line)
        .all(snapshot.orm())
        .await?;
    rows::whole_hold(row, lines).map(Some)
}
