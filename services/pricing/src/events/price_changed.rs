//! A price was set.

use prost::Message;
use stoa_api::convert;
use stoa_api::event::Event;
use stoa_api::pricing::v1::PriceChanged;
use stoa_events::NewEvent;

use crate::domain::{Channel, Price};

/// The event of an entry as it stands now; its version is the entry's. `channel` is the one that it was set through.
pub(crate) fn event(channel: &Channel, price: &Price) -> NewEvent {
    let payload = PriceChanged {
        price_id: price.id.to_string(),
        price_book_id: price.key.book.to_string(),
        sku: price.key.sku.to_string(),
        from_quantity: price.key.from_quantity.get(),
        unit_price: Some(price.unit_price.into()),
        start_time: Some(convert::to_timestamp(price.key.start)),
    };
    NewEvent {
        aggregate_kind: "price",
        aggregate_id: price.id.to_string(),
        aggregate_version: price.version,
        event_type: PriceChanged::TYPE,
        payload: payload.encode_to_vec(),
        channel: Some(channel.id),
    }
}
