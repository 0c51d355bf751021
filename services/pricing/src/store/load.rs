//! What a change needs to know before it is decided.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use stoa_store::{Db, Row, Sql, StoreError, Tx, sql};
use stoa_types::{ChannelId, Currency, PriceBookId, Uuid};

use super::rows;
use crate::domain::{Channel, Price, PriceKey};

const CHANNELS: Sql = sql!("channels_find");
const BOOKS: Sql = sql!("books_find");
const PRICES: Sql = sql!("prices_load");
const PRICES_SHOWN: Sql = sql!("prices_find");

#[derive(Serialize)]
struct Names<'a> {
    ids: Vec<String>,
    codes: Vec<&'a str>,
}

/// The channels with these names, by id and by code.
pub(crate) async fn channels(
    tx: &Tx,
    names: &BTreeSet<&str>,
) -> Result<BTreeMap<String, Channel>, StoreError> {
    let mut wanted = Names {
        ids: Vec::new(),
        codes: Vec::new(),
    };
    for name in names {
        match name.parse::<ChannelId>() {
            Ok(id) => wanted.ids.push(id.hex()),
            Err(_) => wanted.codes.push(name),
        }
    }
    let mut found = BTreeMap::new();
    for row in tx.query(CHANNELS, &wanted).await? {
        let channel = rows::channel(rows::channel_row(&row)?)?;
        found.insert(channel.id.to_string(), channel.clone());
        found.insert(channel.code.clone(), channel);
    }
    Ok(found)
}

/// Those of the price books that exist, with their currency.
pub(crate) async fn books(
    tx: &Tx,
    ids: &BTreeSet<PriceBookId>,
) -> Result<BTreeMap<PriceBookId, Currency>, StoreError> {
    let mut found = BTreeMap::new();
    if ids.is_empty() {
        return Ok(found);
    }
    let wanted: Vec<String> = ids.iter().map(|id| id.hex()).collect();
    for row in tx.query(BOOKS, &wanted).await? {
        let (id, currency): (Uuid, String) = (row.get("id")?, row.get("currency")?);
        found.insert(PriceBookId::from_uuid(id), rows::currency(&currency)?);
    }
    Ok(found)
}

#[derive(Serialize)]
struct KeyRow<'a> {
    book_id: String,
    sku: &'a str,
    currency: &'static str,
    from_quantity: i64,
    start_at: i64,
}

fn key_rows(keys: &BTreeMap<PriceKey, Currency>) -> Vec<KeyRow<'_>> {
    keys.iter()
        .map(|(key, currency)| KeyRow {
            book_id: key.book.hex(),
            sku: key.sku.as_str(),
            currency: currency.code(),
            from_quantity: key.from_quantity.get(),
            start_at: key.start.micros(),
        })
        .collect()
}

fn read(rows: &[Row]) -> Result<Vec<Price>, StoreError> {
    rows.iter()
        .map(|row| rows::price(rows::price_row(row)?))
        .collect()
}

/// The entries with these natural keys, in a transaction that changes them.
pub(crate) async fn prices(
    tx: &Tx,
    keys: &BTreeMap<PriceKey, Currency>,
) -> Result<Vec<Price>, StoreError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    read(&tx.query(PRICES, &key_rows(keys)).await?)
}

/// The entries with these natural keys, to be shown.
pub(crate) async fn prices_now(
    db: &Db,
    keys: &BTreeMap<PriceKey, Currency>,
) -> Result<Vec<Price>, StoreError> {
    read(&db.query(PRICES_SHOWN, &key_rows(keys)).await?)
}
