//! Rows to values of the domain. What does not read back is a mistake of ours, never of a caller.

use stoa_store::{Row, StoreError};
use stoa_types::{ChannelId, FulfillmentId, HoldId, LocationId, OrderId, Sku, Timestamp, Uuid};

use super::entity::{hold, hold_line, level, location};
use crate::domain::{Hold, HoldLine, HoldState, Level, Location, Place};

/// A word of ours as stored.
pub(super) fn read<T>(
    column: &str,
    text: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, StoreError> {
    parse(text).ok_or_else(|| StoreError::Column {
        column: column.to_owned(),
        why: format!("{text:?} is not one of its values"),
    })
}

/// A place as stored.
pub(super) fn place(sku: &str, location: Uuid) -> Result<Place, StoreError> {
    Ok(Place {
        sku: read("sku", sku, |text| Sku::parse(text).ok())?,
        location: LocationId::from_uuid(location),
    })
}

/// A level as a statement of a batch gives it.
pub(super) fn level(row: &Row) -> Result<(Place, Level), StoreError> {
    let sku: String = row.get("sku")?;
    let level = Level {
        on_hand: row.get("on_hand")?,
        allocated: row.get("allocated")?,
        held: row.get("held")?,
        backorder_limit: row.get("backorder_limit")?,
        shortfall: row.get("shortfall")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    };
    Ok((place(&sku, row.get("location_id")?)?, level))
}

/// A hold as a statement of a batch gives it, without its lines.
pub(super) fn hold(row: &Row) -> Result<Hold, StoreError> {
    let state: String = row.get("state")?;
    let (channel, fulfillment): (Option<Uuid>, Option<Uuid>) =
        (row.get("channel_id")?, row.get("fulfillment")?);
    Ok(Hold {
        id: HoldId::from_uuid(row.get("hold_id")?),
        owner: OrderId::from_uuid(row.get("owner")?),
        key: row.get("create_key")?,
        channel: channel.map(ChannelId::from_uuid),
        state: read("state", &state, HoldState::parse)?,
        lines: Vec::new(),
        expires_at: row.get("expires_at")?,
        fulfillment: fulfillment.map(FulfillmentId::from_uuid),
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// A line of a hold as a statement of a batch gives it, and whose it is.
pub(super) fn hold_line(row: &Row) -> Result<(HoldId, HoldLine), StoreError> {
    let sku: String = row.get("sku")?;
    let line = HoldLine {
        place: place(&sku, row.get("location_id")?)?,
        quantity: row.get("quantity")?,
    };
    Ok((HoldId::from_uuid(row.get("hold_id")?), line))
}

/// A location as a statement of a batch gives it.
pub(super) fn location(row: &Row) -> Result<Location, StoreError> {
    Ok(Location {
        id: LocationId::from_uuid(row.get("location_id")?),
        code: row.get("code")?,
        title: row.get("title")?,
        country_code: row.get("country_code")?,
        priority: row.get("priority")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

impl From<location::Model> for Location {
    fn from(row: location::Model) -> Self {
        Self {
            id: LocationId::from_uuid(row.location_id),
            code: row.code,
            title: row.title,
            country_code: row.country_code,
            priority: row.priority,
            version: row.version,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        }
    }
}

impl TryFrom<level::Model> for (Place, Level) {
    type Error = StoreError;

    fn try_from(row: level::Model) -> Result<Self, StoreError> {
        let level = Level {
            on_hand: row.on_hand,
            allocated: row.allocated,
            held: row.held,
            backorder_limit: row.backorder_limit,
            shortfall: row.shortfall,
            version: row.version,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        };
        Ok((place(&row.sku, row.location_id)?, level))
    }
}

/// A hold as the ORM gives it, with its lines.
pub(super) fn whole_hold(
    row: hold::Model,
    lines: Vec<hold_line::Model>,
) -> Result<Hold, StoreError> {
    let lines = lines.into_iter().map(|line| {
        Ok(HoldLine {
            place: place(&line.sku, line.location_id)?,
            quantity: line.quantity,
        })
    });
    Ok(Hold {
        id: HoldId::from_uuid(row.hold_id),
        owner: OrderId::from_uuid(row.owner),
        key: row.create_key,
        channel: row.channel_id.map(ChannelId::from_uuid),
        state: read("state", &row.state, HoldState::parse)?,
        lines: lines.collect::<Result<_, StoreError>>()?,
        expires_at: row.expires_at.map(Timestamp::from_micros),
        fulfillment: row.fulfillment.map(FulfillmentId::from_uuid),
        version: row.version,
        created_at: Timestamp::from_micros(row.created_at),
        updated_at: Timestamp::from_micros(row.updated_at),
    })
}
