//! Stock as the contract writes it, and what is asked of it.

use std::collections::BTreeMap;

use stoa_api::convert;
use stoa_api::inventory::v1 as pb;
use stoa_errors::Error;
use stoa_store::Etag;
use stoa_types::{Quantity, Sku};

use crate::app::create_location::NewLocation;
use crate::domain::{Hold, HoldState, Level, Location, MovementKind, Place};
use crate::store::movements::Booked;

/// A location.
pub(crate) fn location(location: Location) -> pb::Location {
    let id = location.id.to_string();
    pb::Location {
        etag: Etag::of(&id, location.version).into(),
        location_id: id,
        code: location.code,
        title: location.title,
        country_code: location.country_code,
        // 0 to 1,000 by the table's own constraint.
        priority: i32::try_from(location.priority).unwrap_or(i32::MAX),
        create_time: Some(convert::to_timestamp(location.created_at)),
        update_time: Some(convert::to_timestamp(location.updated_at)),
    }
}

/// What a new location is to be.
pub(crate) fn new_location(location: pb::Location) -> NewLocation {
    NewLocation {
        code: location.code,
        title: location.title,
        country_code: location.country_code,
        priority: i64::from(location.priority),
    }
}

/// A level.
pub(crate) fn level((place, level): (Place, Level)) -> pb::StockLevel {
    pb::StockLevel {
        sku: place.sku.to_string(),
        location_id: place.location.to_string(),
        on_hand: level.on_hand,
        allocated: level.allocated,
        held: level.held,
        available: level.available(),
        shortfall: level.shortfall,
        backorder_limit: level.backorder_limit,
        version: level.version,
        etag: Etag::of(&format!("{}/{}", place.location, place.sku), level.version).into(),
        create_time: Some(convert::to_timestamp(level.created_at)),
        update_time: Some(convert::to_timestamp(level.updated_at)),
    }
}

/// A movement.
pub(crate) fn movement(booked: Booked) -> pb::Movement {
    let Booked { id, kind, row, .. } = booked;
    pb::Movement {
        movement_id: id.to_string(),
        sku: row.sku,
        location_id: stoa_types::LocationId::from_uuid(row.location_id).to_string(),
        kind: movement_kind(kind).into(),
        on_hand_delta: row.on_hand_delta,
        allocated_delta: row.allocated_delta,
        held_delta: row.held_delta,
        reference: row.reference,
        reason: row.reason,
        actor: row.actor,
        create_time: Some(convert::to_timestamp(stoa_types::Timestamp::from_micros(
            row.created_at,
        ))),
    }
}

fn movement_kind(kind: MovementKind) -> pb::MovementKind {
    match kind {
        MovementKind::Receive => pb::MovementKind::Receive,
        MovementKind::Hold => pb::MovementKind::Hold,
        MovementKind::Release => pb::MovementKind::Release,
        MovementKind::Allocate => pb::MovementKind::Allocate,
        MovementKind::Ship => pb::MovementKind::Ship,
        MovementKind::Cancel => pb::MovementKind::Cancel,
        MovementKind::Return => pb::MovementKind::Return,
        MovementKind::Adjust => pb::MovementKind::Adjust,
    }
}

/// A hold.
pub(crate) fn hold(hold: &Hold) -> pb::Hold {
    let id = hold.id.to_string();
    let lines = hold.lines.iter().map(|line| pb::HoldLine {
        sku: line.place.sku.to_string(),
        location_id: line.place.location.to_string(),
        quantity: line.quantity,
    });
    pb::Hold {
        owner: hold.owner.to_string(),
        state: hold_state(hold.state).into(),
        lines: lines.collect(),
        expire_time: hold.expires_at.map(convert::to_timestamp),
        etag: Etag::of(&id, hold.version).into(),
        hold_id: id,
        create_time: Some(convert::to_timestamp(hold.created_at)),
        update_time: Some(convert::to_timestamp(hold.updated_at)),
    }
}

fn hold_state(state: HoldState) -> pb::HoldState {
    match state {
        HoldState::Held => pb::HoldState::Held,
        HoldState::Released => pb::HoldState::Released,
        HoldState::Expired => pb::HoldState::Expired,
        HoldState::Allocated => pb::HoldState::Allocated,
        HoldState::Canceled => pb::HoldState::Canceled,
        HoldState::Shipped => pb::HoldState::Shipped,
        HoldState::Deallocated => pb::HoldState::Deallocated,
    }
}

/// Lines of sku and quantity, checked one by one.
pub(crate) fn demands(lines: &[pb::HoldDemand]) -> Result<Vec<(Sku, Quantity)>, Error> {
    let lines = lines.iter().enumerate();
    lines
        .map(|(index, line)| demand(index, &line.sku, line.quantity))
        .collect()
}

/// Lines of a receipt, checked one by one.
pub(crate) fn stock_lines(lines: &[pb::StockLine]) -> Result<Vec<(Sku, Quantity)>, Error> {
    let lines = lines.iter().enumerate();
    lines
        .map(|(index, line)| demand(index, &line.sku, line.quantity))
        .collect()
}

fn demand(index: usize, sku: &str, quantity: i64) -> Result<(Sku, Quantity), Error> {
    Ok((
        convert::sku(&format!("lines[{index}].sku"), sku)?,
        convert::quantity(&format!("lines[{index}].quantity"), quantity)?,
    ))
}

/// Changes of a count, each sku once.
pub(crate) fn adjustments(lines: &[pb::StockAdjustment]) -> Result<BTreeMap<Sku, i64>, Error> {
    let mut changes = BTreeMap::new();
    for (index, line) in lines.iter().enumerate() {
        let field = format!("lines[{index}].sku");
        let sku = convert::sku(&field, &line.sku)?;
        if changes.insert(sku, line.delta).is_some() {
            return Err(Error::invalid(field, "UNIQUE", "must not occur twice"));
        }
    }
    Ok(changes)
}
