//! What a channel's book says about a basket: up to 2,000 lines, and the channel itself, in one statement.

use serde::Serialize;
use stoa_store::{Db, Sql, StoreError, sql};
use stoa_types::{ChannelId, PriceId, Timestamp, UnitPrice, Uuid};

use super::rows;
use crate::domain::{BasketLine, Channel, Listed};

const PRICE: Sql = sql!("basket_price");

#[derive(Serialize)]
struct Asked<'a> {
    id: Option<String>,
    code: Option<&'a str>,
    at: i64,
    lines: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    s: &'a str,
    q: i64,
}

/// The channel with this id or code, and the price of each line at `at`, in their order; `None` when there is no such
/// channel, or no line.
pub(crate) async fn listed(
    db: &Db,
    channel: &str,
    at: Timestamp,
    lines: &[BasketLine],
) -> Result<Option<(Channel, Vec<Option<Listed>>)>, StoreError> {
    let id: Option<ChannelId> = channel.parse().ok();
    let asked = Asked {
        id: id.map(ChannelId::hex),
        code: id.is_none().then_some(channel),
        at: at.micros(),
        lines: lines
            .iter()
            .map(|line| Line {
                s: line.sku.as_str(),
                q: line.quantity.get(),
            })
            .collect(),
    };
    let found = db.query(PRICE, &asked).await?;
    let Some(first) = found.first() else {
        return Ok(None);
    };
    let channel = rows::channel(rows::channel_row(first)?)?;
    let mut listed = Vec::with_capacity(found.len());
    for row in &found {
        let Some(id) = row.get::<Option<Uuid>>("price_id")? else {
            listed.push(None);
            continue;
        };
        listed.push(Some(Listed {
            id: PriceId::from_uuid(id),
            version: row.get("price_version")?,
            unit_price: UnitPrice::new(row.get("micros")?, channel.currency),
        }));
    }
    Ok(Some((channel, listed)))
}
