//! Closing rows: what the movements of a place come to up to one of them, sealed; which holds and returns were in order.

use serde::Serialize;
use stoa_chassis::seal;
use stoa_store::{Row, Sql, StoreError, Tx, sql};
use stoa_types::{HoldId, OrderId};

use super::audit::{Units, units};
use super::rows;
use crate::domain::Place;

const MOVED: Sql = sql!("closing_moved");
const SAVE: Sql = sql!("closing_save");
const REMOVE: Sql = sql!("closing_remove");
const HOLDS: Sql = sql!("closing_holds");
const CLOSE_HOLDS: Sql = sql!("close_holds");
const CLOSE_RETURNS: Sql = sql!("close_returns");

/// What the movements of a place came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Closing {
    /// The last of them.
    pub(crate) seq: i64,
    /// Their sums.
    pub(crate) units: Units,
    seal: String,
}

impl Closing {
    /// A new one, sealed.
    pub(crate) fn new(place: &Place, seq: i64, units: Units) -> Self {
        let seal = sealed(place, seq, units);
        Self { seq, units, seal }
    }

    /// The columns beside a level; none where its books were never closed.
    pub(super) fn read(row: &Row) -> Result<Option<Self>, StoreError> {
        let Some(seq) = row.get::<Option<i64>>("closed_seq")? else {
            return Ok(None);
        };
        Ok(Some(Self {
            seq,
            units: (
                row.get("closed_on_hand")?,
                row.get("closed_allocated")?,
                row.get("closed_held")?,
            ),
            seal: row.get("seal")?,
        }))
    }

    /// Whether it is as it was written.
    pub(crate) fn is_whole(&self, place: &Place) -> bool {
        self.seal == sealed(place, self.seq, self.units)
    }
}

fn sealed(place: &Place, seq: i64, units: Units) -> String {
    let location = place.location.hex();
    let numbers = [seq, units.0, units.1, units.2].map(i64::to_be_bytes);
    let mut parts: Vec<&[u8]> = vec![b"inventory", place.sku.as_str().as_bytes()];
    parts.push(location.as_bytes());
    parts.extend(numbers.iter().map(<[u8; 8]>::as_slice));
    seal(&parts)
}

/// A place at which something was booked since its books were closed.
#[derive(Debug)]
pub(crate) struct Moved {
    pub(crate) place: Place,
    pub(crate) level: Units,
    pub(crate) closing: Option<Closing>,
    pub(crate) units: Units,
    /// The last movement.
    pub(crate) seq: i64,
}

/// Those of these places at which something was.
pub(crate) async fn moved(tx: &Tx, places: &[Place]) -> Result<Vec<Moved>, StoreError> {
    let wanted = places.iter().map(|place| PlaceRow {
        sku: place.sku.as_str(),
        location_id: place.location.hex(),
    });
    let wanted: Vec<PlaceRow<'_>> = wanted.collect();
    let rows = tx.query(MOVED, &wanted).await?;
    rows.iter()
        .map(|row| {
            let place = rows::place(&row.get::<String>("sku")?, row.get("location_id")?)?;
            Ok(Moved {
                level: units(row, "")?,
                closing: Closing::read(row)?,
                units: units(row, "_moved")?,
                seq: row.get("seq")?,
                place,
            })
        })
        .collect()
}

#[derive(Serialize)]
struct PlaceRow<'a> {
    sku: &'a str,
    location_id: String,
}

#[derive(Serialize)]
struct SaveRow<'a> {
    sku: &'a str,
    location_id: String,
    seq: i64,
    on_hand: i64,
    allocated: i64,
    held: i64,
    seal: &'a str,
}

impl<'a> SaveRow<'a> {
    fn of((place, closing): &'a (Place, Closing)) -> Self {
        Self {
            sku: place.sku.as_str(),
            location_id: place.location.hex(),
            seq: closing.seq,
            on_hand: closing.units.0,
            allocated: closing.units.1,
            held: closing.units.2,
            seal: &closing.seal,
        }
    }
}

/// Writes closing rows.
pub(crate) async fn save(tx: &Tx, closings: &[(Place, Closing)]) -> Result<(), StoreError> {
    write(tx, SAVE, closings).await
}

/// Forgets closing rows that stand as they were read.
pub(crate) async fn remove(tx: &Tx, read: &[(Place, Closing)]) -> Result<(), StoreError> {
    write(tx, REMOVE, read).await
}

async fn write(tx: &Tx, sql: Sql, closings: &[(Place, Closing)]) -> Result<(), StoreError> {
    if closings.is_empty() {
        return Ok(());
    }
    let rows: Vec<SaveRow<'_>> = closings.iter().map(SaveRow::of).collect();
    tx.execute(sql, &rows).await.map(|_| ())
}

/// The holds of these owners with their versions.
pub(crate) async fn holds(
    tx: &Tx,
    owners: &[String],
) -> Result<Vec<(HoldId, OrderId, i64)>, StoreError> {
    let rows = tx.query(HOLDS, owners).await?;
    rows.iter()
        .map(|row| {
            let hold = HoldId::from_uuid(row.get("hold_id")?);
            let owner = OrderId::from_uuid(row.get("owner")?);
            Ok((hold, owner, row.get("version")?))
        })
        .collect()
}

/// Remembers of these holds that they are in order as they are.
pub(crate) async fn close_holds(tx: &Tx, holds: &[String]) -> Result<(), StoreError> {
    if !holds.is_empty() {
        tx.execute(CLOSE_HOLDS, holds).await?;
    }
    Ok(())
}

/// What came back, and how many movements that is.
#[derive(Serialize)]
pub(crate) struct Back<'a> {
    pub(crate) reference: &'a str,
    pub(crate) movements: i64,
}

/// Remembers of these returns that they are in order.
pub(crate) async fn close_returns(tx: &Tx, returns: &[Back<'_>]) -> Result<(), StoreError> {
    if !returns.is_empty() {
        tx.execute(CLOSE_RETURNS, returns).await?;
    }
    Ok(())
}
