//! Rows to values of the domain. What does not read back is a mistake of ours, never of a caller.

use std::time::Duration;

use stoa_store::{Row, StoreError};
use stoa_types::{ChannelId, Currency, PriceBookId, PriceId, Quantity, Sku, Timestamp, UnitPrice};

use super::entity::{channel, price};
use crate::domain::{CaptureMode, Channel, Price, PriceKey, SourcingRule};

/// A channel.
pub(crate) fn channel(row: channel::Model) -> Result<Channel, StoreError> {
    Ok(Channel {
        id: ChannelId::from_uuid(row.id),
        code: row.code,
        title: row.title,
        currency: currency(&row.currency)?,
        country: row.country,
        prices_include_tax: row.prices_include_tax,
        book: PriceBookId::from_uuid(row.book_id),
        capture_mode: read("capture_mode", &row.capture_mode, CaptureMode::parse)?,
        sourcing_rule: read("sourcing_rule", &row.sourcing_rule, SourcingRule::parse)?,
        quote_ttl: Duration::from_micros(row.quote_ttl.unsigned_abs()),
        version: row.version,
        created_at: Timestamp::from_micros(row.created_at),
        updated_at: Timestamp::from_micros(row.updated_at),
    })
}

/// A row of `channels_find`.
pub(crate) fn channel_row(row: &Row) -> Result<channel::Model, StoreError> {
    Ok(channel::Model {
        id: row.get("id")?,
        code: row.get("code")?,
        title: row.get("title")?,
        currency: row.get("currency")?,
        country: row.get("country")?,
        prices_include_tax: row.get("prices_include_tax")?,
        book_id: row.get("book_id")?,
        capture_mode: row.get("capture_mode")?,
        sourcing_rule: row.get("sourcing_rule")?,
        quote_ttl: row.get("quote_ttl")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// A price.
pub(crate) fn price(row: price::Model) -> Result<Price, StoreError> {
    let currency = currency(&row.currency)?;
    Ok(Price {
        id: PriceId::from_uuid(row.id),
        key: PriceKey {
            book: PriceBookId::from_uuid(row.book_id),
            sku: read("sku", &row.sku, |text| Sku::parse(text).ok())?,
            from_quantity: Quantity::new(row.from_quantity).map_err(|wrong| {
                StoreError::Column {
                    column: "from_quantity".to_owned(),
                    why: wrong.to_string(),
                }
            })?,
            start: Timestamp::from_micros(row.start_at),
        },
        unit_price: UnitPrice::new(row.micros, currency),
        version: row.version,
        created_at: Timestamp::from_micros(row.created_at),
        updated_at: Timestamp::from_micros(row.updated_at),
    })
}

/// A row of `prices_load`.
pub(crate) fn price_row(row: &Row) -> Result<price::Model, StoreError> {
    Ok(price::Model {
        book_id: row.get("book_id")?,
        sku: row.get("sku")?,
        currency: row.get("currency")?,
        from_quantity: row.get("from_quantity")?,
        start_at: row.get("start_at")?,
        id: row.get("id")?,
        micros: row.get("micros")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// A currency as stored.
pub(crate) fn currency(code: &str) -> Result<Currency, StoreError> {
    read("currency", code, |code| Currency::parse(code).ok())
}

fn read<T>(
    column: &str,
    text: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, StoreError> {
    parse(text).ok_or_else(|| StoreError::Column {
        column: column.to_owned(),
        why: format!("{text:?} is not known here"),
    })
}
