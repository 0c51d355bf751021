//! Look-ups and lists for reads. What has an owner is listed through its owner.

use prost::Message;
use serde::{Deserialize, Serialize};
use stoa_api::order::v1::{Credit, Order, Return};
use stoa_errors::Error;
use stoa_store::{Db, PageSize, PageToken, Row, Sql};
use stoa_types::{CreditId, OrderId, QuoteId, ReturnId, Uuid};

use super::rows::{OrderRow, QuoteRow, snapshot};

/// A page also ends where it passes this size, so that a page of large orders is one message still.
pub(crate) const PAGE_BYTES: usize = 1 << 20;

/// An order, whoever owns it.
pub(crate) async fn order(db: &Db, id: OrderId) -> Result<Option<OrderRow>, Error> {
    let row = db.query_one(super::READ_ORDERS, &[id.hex()]).await?;
    Ok(row
        .as_ref()
        .map(OrderRow::read)
        .transpose()?
        .map(|(_, row)| row))
}

/// A quote, whoever owns it.
pub(crate) async fn quote(db: &Db, id: QuoteId) -> Result<Option<QuoteRow>, Error> {
    let row = db.query_one(super::READ_QUOTES, &[id.hex()]).await?;
    Ok(row
        .as_ref()
        .map(QuoteRow::read)
        .transpose()?
        .map(|(_, row)| row))
}

/// A return with its owner, whoever that is.
pub(crate) async fn returned(db: &Db, id: ReturnId) -> Result<Option<(String, Return)>, Error> {
    let Some(row) = db.query_one(super::LOAD_RETURNS, &[id.hex()]).await? else {
        return Ok(None);
    };
    Ok(Some((row.get("owner")?, snapshot(&row)?)))
}

/// A credit.
pub(crate) async fn credit(db: &Db, id: CreditId) -> Result<Option<Credit>, Error> {
    let row = db.query_one(super::LOAD_CREDITS, &[id.hex()]).await?;
    Ok(row.as_ref().map(snapshot).transpose()?)
}

/// What a list filters by; bound into its page token.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Filter {
    pub(crate) owner: String,
    pub(crate) channel: String,
    pub(crate) channel_hex: Option<String>,
    pub(crate) order_hex: Option<String>,
    pub(crate) external_ref: String,
    pub(crate) customer_ref: String,
    pub(crate) state: i32,
}

impl Filter {
    /// One caller's own.
    pub(crate) fn of_owner(owner: String) -> Self {
        Self {
            owner,
            ..Self::default()
        }
    }

    /// Of one channel, by id or code; empty: of all.
    pub(crate) fn of_channel(channel: String) -> Self {
        let id: Option<stoa_types::ChannelId> = channel.parse().ok();
        Self {
            channel,
            channel_hex: id.map(stoa_types::ChannelId::hex),
            ..Self::default()
        }
    }
}

/// Where a page begins: behind this row.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Place {
    at: i64,
    id: Uuid,
}

#[derive(Serialize)]
struct Wanted<'a> {
    #[serde(flatten)]
    filter: &'a Filter,
    before_at: Option<i64>,
    before_id: Option<String>,
    after_at: Option<i64>,
    after_id: Option<String>,
    limit: usize,
    bytes: usize,
}

/// One list: its statement, and the columns of its order.
struct List {
    sql: Sql,
    time: &'static str,
    id: &'static str,
}

/// A page of messages and the token of the next.
pub(crate) type Page<M> = (Vec<M>, String);

impl List {
    async fn page<M: Message + Default>(
        &self,
        db: &Db,
        filter: &Filter,
        page_size: i32,
        page_token: &str,
    ) -> Result<Page<M>, Error> {
        let size = PageSize::new(page_size)?;
        let bound = (self.sql.name(), filter);
        let place: Option<Place> = PageToken::decode(page_token, &bound)?;
        let (at, id) = place
            .map(|place| (place.at, place.id.simple().to_string()))
            .unzip();
        let wanted = Wanted {
            filter,
            before_at: at,
            before_id: id.clone(),
            after_at: at,
            after_id: id,
            limit: size.fetch(),
            bytes: PAGE_BYTES,
        };
        let rows = db.query(self.sql, &wanted).await?;
        let mut messages = Vec::with_capacity(rows.len().min(size.get()));
        let (mut bytes, mut last): (usize, Option<&Row>) = (0, None);
        for row in &rows {
            let snapshot: Vec<u8> = row.get("snapshot")?;
            let full = messages.len() == size.get() || bytes + snapshot.len() > PAGE_BYTES;
            if let Some(last) = last.filter(|_| full) {
                return Ok((messages, PageToken::encode(&self.place(last)?, &bound)?));
            }
            bytes += snapshot.len();
            messages.push(M::decode(snapshot.as_slice()).map_err(Error::internal)?);
            last = Some(row);
        }
        Ok((messages, String::new()))
    }

    fn place(&self, row: &Row) -> Result<Place, Error> {
        Ok(Place {
            at: row.get(self.time)?,
            id: row.get(self.id)?,
        })
    }
}

/// One caller's orders, newest first.
pub(crate) async fn own_orders(
    db: &Db,
    owner: String,
    page_size: i32,
    page_token: &str,
) -> Result<Page<Order>, Error> {
    let list = List {
        sql: super::LIST_ORDERS,
        time: "created_at",
        id: "order_id",
    };
    list.page(db, &Filter::of_owner(owner), page_size, page_token)
        .await
}

/// Orders by place time.
pub(crate) async fn search_orders(
    db: &Db,
    filter: &Filter,
    page_size: i32,
    page_token: &str,
) -> Result<Page<Order>, Error> {
    let list = List {
        sql: match (
            filter.external_ref.is_empty(),
            filter.customer_ref.is_empty(),
        ) {
            (false, _) => super::SEARCH_ORDERS_BY_REF,
            (true, false) => super::SEARCH_ORDERS_BY_CUSTOMER,
            (true, true) => super::SEARCH_ORDERS,
        },
        time: "placed_at",
        id: "order_id",
    };
    list.page(db, filter, page_size, page_token).await
}

/// One caller's returns, newest first.
pub(crate) async fn own_returns(
    db: &Db,
    filter: &Filter,
    page_size: i32,
    page_token: &str,
) -> Result<Page<Return>, Error> {
    let list = List {
        sql: super::LIST_RETURNS,
        time: "created_at",
        id: "return_id",
    };
    list.page(db, filter, page_size, page_token).await
}

/// Returns by place time.
pub(crate) async fn search_returns(
    db: &Db,
    filter: &Filter,
    page_size: i32,
    page_token: &str,
) -> Result<Page<Return>, Error> {
    let list = List {
        sql: match (&filter.order_hex, filter.external_ref.is_empty()) {
            (Some(_), _) => super::SEARCH_RETURNS_OF_ORDER,
            (None, false) => super::SEARCH_RETURNS_BY_REF,
            (None, true) => super::SEARCH_RETURNS,
        },
        time: "placed_at",
        id: "return_id",
    };
    list.page(db, filter, page_size, page_token).await
}

/// Credits by place time.
pub(crate) async fn search_credits(
    db: &Db,
    filter: &Filter,
    page_size: i32,
    page_token: &str,
) -> Result<Page<Credit>, Error> {
    let list = List {
        sql: if filter.external_ref.is_empty() {
            super::SEARCH_CREDITS
        } else {
            super::SEARCH_CREDITS_BY_REF
        },
        time: "placed_at",
        id: "credit_id",
    };
    list.page(db, filter, page_size, page_token).await
}
