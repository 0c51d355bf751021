//! Prices as messages.

use stoa_api::convert;
use stoa_api::pricing::v1 as pb;
use stoa_errors::Error;
use stoa_store::Etag;

use super::channel::unit_price;
use crate::domain::{EntryDraft, Price};

/// A price entry as it stands.
pub(crate) fn price(price: &Price) -> pb::Price {
    let id = price.id.to_string();
    pb::Price {
        etag: Etag::of(&id, price.version).into(),
        price_id: id,
        price_book_id: price.key.book.to_string(),
        sku: price.key.sku.to_string(),
        from_quantity: price.key.from_quantity.get(),
        unit_price: Some(price.unit_price.into()),
        start_time: Some(convert::to_timestamp(price.key.start)),
        version: price.version,
        create_time: Some(convert::to_timestamp(price.created_at)),
        update_time: Some(convert::to_timestamp(price.updated_at)),
    }
}

/// A price as wanted; `at` is the path of the field.
pub(crate) fn entry(at: &str, entry: &pb::PriceEntry) -> Result<EntryDraft, Error> {
    let field = |name: &str| format!("{at}.{name}");
    let wanted = convert::required(&field("unit_price"), entry.unit_price.as_ref())?;
    let start = entry.start_time.as_ref();
    Ok(EntryDraft {
        sku: convert::sku(&field("sku"), &entry.sku)?,
        from_quantity: convert::quantity(&field("from_quantity"), entry.from_quantity.max(1))?,
        start: convert::timestamp_if_set(&field("start_time"), start)?,
        unit_price: unit_price(&field("unit_price"), wanted)?,
    })
}
