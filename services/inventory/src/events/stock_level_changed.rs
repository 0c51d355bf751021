//! How a level stands after a batch. A state event: only the latest counts, and it leaves once per sku, location and batch.

use prost::Message;
use stoa_api::event::Event;
use stoa_api::inventory::v1::StockLevelChanged;
use stoa_events::NewEvent;

use super::{LEVEL, aggregate};
use crate::domain::Change;

/// The event of a change. A raised shortfall has the level's last version, so this has the one before it.
pub(crate) fn event(change: &Change) -> NewEvent {
    let Change { place, level, .. } = change;
    let payload = StockLevelChanged {
        sku: place.sku.to_string(),
        location_id: place.location.to_string(),
        on_hand: level.on_hand,
        allocated: level.allocated,
        held: level.held,
        available: level.available(),
    };
    NewEvent {
        aggregate_kind: LEVEL,
        aggregate_id: aggregate(place),
        aggregate_version: level.version - i64::from(change.shortfall_raised),
        event_type: StockLevelChanged::TYPE,
        payload: payload.encode_to_vec(),
        channel: None,
    }
}
