//! What the book says about a basket: up to 2,000 lines in one statement.

use serde::Serialize;
use stoa_store::{Db, Sql, StoreError, sql};
use stoa_types::{PriceId, Timestamp, UnitPrice, Uuid};

use crate::domain::{BasketLine, Channel, Listed};

const PRICE: Sql = sql!("basket_price");

#[derive(Serialize)]
struct Asked<'a> {
    book_id: String,
    currency: &'static str,
    at: i64,
    lines: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    s: &'a str,
    q: i64,
}

/// The price of each line at `at`, in their order.
pub(crate) async fn listed(
    db: &Db,
    channel: &Channel,
    at: Timestamp,
    lines: &[BasketLine],
) -> Result<Vec<Option<Listed>>, StoreError> {
    let asked = Asked {
        book_id: channel.book.hex(),
        currency: channel.currency.code(),
        at: at.micros(),
        lines: lines
            .iter()
            .map(|line| Line {
                s: line.sku.as_str(),
                q: line.quantity.get(),
            })
            .collect(),
    };
    let mut listed = Vec::with_capacity(lines.len());
    for row in db.query(PRICE, &asked).await? {
        let Some(id) = row.get::<Option<Uuid>>("id")? else {
            listed.push(None);
            continue;
        };
        listed.push(Some(Listed {
            id: PriceId::from_uuid(id),
            version: row.get("version")?,
            unit_price: UnitPrice::new(row.get("micros")?, channel.currency),
        }));
    }
    Ok(listed)
}
