//! What was decided, written set-based.

use serde::Serialize;
use stoa_store::{Sql, StoreError, Tx, sql};

use crate::domain::{Channel, Price};

const CHANNELS: Sql = sql!("channels_save");
const BOOKS: Sql = sql!("books_save");
const PRICES: Sql = sql!("prices_save");

#[derive(Serialize)]
struct BookRow {
    id: String,
    currency: &'static str,
    created_at: i64,
}

#[derive(Serialize)]
struct ChannelRow<'a> {
    id: String,
    code: &'a str,
    title: &'a str,
    currency: &'static str,
    country: &'a str,
    prices_include_tax: bool,
    book_id: String,
    capture_mode: &'static str,
    sourcing_rule: &'static str,
    quote_ttl: i64,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

#[derive(Serialize)]
struct PriceRow<'a> {
    book_id: String,
    sku: &'a str,
    currency: &'static str,
    from_quantity: i64,
    start_at: i64,
    id: String,
    micros: i64,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

/// Adds channels, and the books that are new with them.
pub(crate) async fn channels(
    tx: &Tx,
    channels: &[Channel],
    with_book: impl Fn(&Channel) -> bool,
) -> Result<(), StoreError> {
    if channels.is_empty() {
        return Ok(());
    }
    let books: Vec<BookRow> = channels
        .iter()
        .filter(|channel| with_book(channel))
        .map(|channel| BookRow {
            id: channel.book.hex(),
            currency: channel.currency.code(),
            created_at: channel.created_at.micros(),
        })
        .collect();
    if !books.is_empty() {
        tx.execute(BOOKS, &books).await?;
    }
    let rows: Vec<ChannelRow<'_>> = channels.iter().map(channel_row).collect();
    tx.execute(CHANNELS, &rows).await?;
    Ok(())
}

fn channel_row(channel: &Channel) -> ChannelRow<'_> {
    ChannelRow {
        id: channel.id.hex(),
        code: &channel.code,
        title: &channel.title,
        currency: channel.currency.code(),
        country: &channel.country,
        prices_include_tax: channel.prices_include_tax,
        book_id: channel.book.hex(),
        capture_mode: channel.capture_mode.name(),
        sourcing_rule: channel.sourcing_rule.name(),
        quote_ttl: i64::try_from(channel.quote_ttl.as_micros()).unwrap_or(i64::MAX),
        version: channel.version,
        created_at: channel.created_at.micros(),
        updated_at: channel.updated_at.micros(),
    }
}

/// Writes price entries as they stand.
pub(crate) async fn prices<'a>(
    tx: &Tx,
    prices: impl Iterator<Item = &'a Price>,
) -> Result<(), StoreError> {
    let rows: Vec<PriceRow<'_>> = prices
        .map(|price| PriceRow {
            book_id: price.key.book.hex(),
            sku: price.key.sku.as_str(),
            currency: price.unit_price.currency.code(),
            from_quantity: price.key.from_quantity.get(),
            start_at: price.key.start.micros(),
            id: price.id.hex(),
            micros: price.unit_price.micros,
            version: price.version,
            created_at: price.created_at.micros(),
            updated_at: price.updated_at.micros(),
        })
        .collect();
    if !rows.is_empty() {
        tx.execute(PRICES, &rows).await?;
    }
    Ok(())
}
