//! A count found less than was promised.

use prost::Message;
use stoa_api::event::Event;
use stoa_api::inventory::v1::StockShortfall;
use stoa_events::NewEvent;

use super::{LEVEL, aggregate};
use crate::domain::Change;

/// The event of a change that raised the shortfall, behind the one of the level itself.
pub(crate) fn event(change: &Change) -> Option<NewEvent> {
    let Change { place, level, .. } = change;
    change.shortfall_raised.then(|| NewEvent {
        aggregate_kind: LEVEL,
        aggregate_id: aggregate(place),
        aggregate_version: level.version,
        event_type: StockShortfall::TYPE,
        payload: StockShortfall {
            sku: place.sku.to_string(),
            location_id: place.location.to_string(),
            shortfall: level.shortfall,
        }
        .encode_to_vec(),
        channel: None,
    })
}
