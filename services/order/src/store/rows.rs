//! What is written and read per row: the snapshot, and beside it what is searched, joined or summed.

use std::borrow::Cow;
use std::str::FromStr;

use prost::Message;
use serde::Serialize;
use stoa_api::convert::timestamp;
use stoa_api::order::v1::{Credit, NextAction, Order, Quote, Return};
use stoa_errors::Error;
use stoa_store::{Row, StoreError};
use stoa_types::{ChannelId, CreditId, OrderId, QuoteId, ReturnId, Timestamp, Uuid};

use crate::domain::amounts::{currency, minor, total};

/// Lower-case hex digits, for `unhex(..)`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    ::hex::encode(bytes)
}

/// The 32 hex digits of an id that this service wrote itself.
pub(crate) fn id_hex<T>(text: &str, uuid: impl Fn(T) -> Uuid) -> Result<String, Error>
where
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let id = text.parse::<T>().map_err(Error::internal)?;
    Ok(uuid(id).simple().to_string())
}

fn time(at: Option<&prost_types::Timestamp>) -> Result<i64, Error> {
    let at = at.ok_or_else(|| Error::internal("a stored resource has no time"))?;
    timestamp("time", at).map(Timestamp::micros)
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// An order with its owner, as a row has it.
#[derive(Clone, Debug)]
pub(crate) struct OrderRow {
    pub(crate) owner: String,
    pub(crate) order: Order,
}

impl OrderRow {
    pub(crate) fn read(row: &Row) -> Result<(OrderId, Self), StoreError> {
        let id = OrderId::from_uuid(row.get("order_id")?);
        let owner = row.get("owner")?;
        let mut order: Order = snapshot(row)?;
        if let Some(action) = &mut order.next_action {
            let uri: Option<String> = row.get("action_uri")?;
            action.redirect_uri = uri.unwrap_or_default();
        }
        Ok((id, Self { owner, order }))
    }

    pub(crate) fn save(&self) -> Result<SaveOrder<'_>, Error> {
        let order = &self.order;
        Ok(SaveOrder {
            order_id: id_hex(&order.order_id, OrderId::uuid)?,
            channel_id: id_hex(&order.channel_id, ChannelId::uuid)?,
            channel_code: &order.channel_code,
            owner: &self.owner,
            customer_ref: &order.customer_ref,
            external_ref: some(&order.external_ref),
            quote_id: id_hex(&order.quote_id, QuoteId::uuid)?,
            state: order.state,
            revision: order.revision,
            currency: currency(order),
            total: total(order),
            captured: minor(order.captured.as_ref()),
            refunded: minor(order.refunded.as_ref()),
            placed_at: time(order.place_time.as_ref())?,
            created_at: time(order.create_time.as_ref())?,
            updated_at: time(order.update_time.as_ref())?,
            action_uri: order
                .next_action
                .as_ref()
                .and_then(|action| some(&action.redirect_uri)),
            snapshot: hex(&self.folded().encode_to_vec()),
        })
    }

    /// What the events fold into: where the customer is sent stands in a column of its own.
    fn folded(&self) -> Cow<'_, Order> {
        let mut order = Cow::Borrowed(&self.order);
        let sends = |action: &NextAction| !action.redirect_uri.is_empty();
        if order.next_action.as_ref().is_some_and(sends)
            && let Some(action) = &mut order.to_mut().next_action
        {
            action.redirect_uri.clear();
        }
        order
    }
}

/// One member of `save_orders`.
#[derive(Serialize)]
pub(crate) struct SaveOrder<'a> {
    order_id: String,
    channel_id: String,
    channel_code: &'a str,
    owner: &'a str,
    customer_ref: &'a str,
    external_ref: Option<&'a str>,
    quote_id: String,
    state: i32,
    revision: i64,
    action_uri: Option<&'a str>,
    currency: &'a str,
    total: i64,
    captured: i64,
    refunded: i64,
    placed_at: i64,
    created_at: i64,
    updated_at: i64,
    snapshot: String,
}

/// A quote with its owner, as a row has it.
#[derive(Clone, Debug)]
pub(crate) struct QuoteRow {
    pub(crate) owner: String,
    pub(crate) staff: bool,
    pub(crate) expires_at: Timestamp,
    pub(crate) used_by: Option<OrderId>,
    pub(crate) quote: Quote,
}

impl QuoteRow {
    pub(crate) fn read(row: &Row) -> Result<(QuoteId, Self), StoreError> {
        let used_by: Option<Uuid> = row.get("used_by")?;
        Ok((
            QuoteId::from_uuid(row.get("quote_id")?),
            Self {
                owner: row.get("owner")?,
                staff: row.get::<i64>("staff")? != 0,
                expires_at: row.get("expires_at")?,
                used_by: used_by.map(OrderId::from_uuid),
                quote: snapshot(row)?,
            },
        ))
    }

    pub(crate) fn save(&self) -> Result<SaveQuote<'_>, Error> {
        Ok(SaveQuote {
            quote_id: id_hex(&self.quote.quote_id, QuoteId::uuid)?,
            owner: &self.owner,
            staff: i32::from(self.staff),
            expires_at: self.expires_at.micros(),
            created_at: time(self.quote.create_time.as_ref())?,
            snapshot: hex(&self.quote.encode_to_vec()),
        })
    }
}

/// One member of `save_quotes`.
#[derive(Serialize)]
pub(crate) struct SaveQuote<'a> {
    quote_id: String,
    owner: &'a str,
    staff: i32,
    expires_at: i64,
    created_at: i64,
    snapshot: String,
}

/// A return, as a row has it.
#[derive(Clone, Debug)]
pub(crate) struct ReturnRow {
    pub(crate) owner: String,
    pub(crate) channel_code: String,
    pub(crate) version: i64,
    pub(crate) returned: Return,
}

impl ReturnRow {
    pub(crate) fn save(&self) -> Result<SaveReturn<'_>, Error> {
        let returned = &self.returned;
        Ok(SaveReturn {
            return_id: id_hex(&returned.return_id, ReturnId::uuid)?,
            order_id: id_hex(&returned.order_id, OrderId::uuid)?,
            channel_id: id_hex(&returned.channel_id, ChannelId::uuid)?,
            channel_code: &self.channel_code,
            owner: &self.owner,
            external_ref: some(&returned.external_ref),
            state: returned.state,
            version: self.version,
            placed_at: time(returned.place_time.as_ref())?,
            created_at: time(returned.create_time.as_ref())?,
            updated_at: time(returned.update_time.as_ref())?,
            snapshot: hex(&returned.encode_to_vec()),
        })
    }
}

/// One member of `save_returns`.
#[derive(Serialize)]
pub(crate) struct SaveReturn<'a> {
    return_id: String,
    order_id: String,
    channel_id: String,
    channel_code: &'a str,
    owner: &'a str,
    external_ref: Option<&'a str>,
    state: i32,
    version: i64,
    placed_at: i64,
    created_at: i64,
    updated_at: i64,
    snapshot: String,
}

/// A credit, as a row has it.
#[derive(Clone, Debug)]
pub(crate) struct CreditRow {
    pub(crate) channel_code: String,
    pub(crate) version: i64,
    pub(crate) credit: Credit,
}

impl CreditRow {
    pub(crate) fn save(&self) -> Result<SaveCredit<'_>, Error> {
        let credit = &self.credit;
        Ok(SaveCredit {
            credit_id: id_hex(&credit.credit_id, CreditId::uuid)?,
            channel_id: id_hex(&credit.channel_id, ChannelId::uuid)?,
            channel_code: &self.channel_code,
            external_ref: &credit.external_ref,
            state: credit.state,
            version: self.version,
            placed_at: time(credit.place_time.as_ref())?,
            created_at: time(credit.create_time.as_ref())?,
            updated_at: time(credit.update_time.as_ref())?,
            snapshot: hex(&credit.encode_to_vec()),
        })
    }
}

/// One member of `save_credits`.
#[derive(Serialize)]
pub(crate) struct SaveCredit<'a> {
    credit_id: String,
    channel_id: String,
    channel_code: &'a str,
    external_ref: &'a str,
    state: i32,
    version: i64,
    placed_at: i64,
    created_at: i64,
    updated_at: i64,
    snapshot: String,
}

/// Decodes the snapshot column.
pub(crate) fn snapshot<M: Message + Default>(row: &Row) -> Result<M, StoreError> {
    named_snapshot(row, "snapshot")
}

/// Decodes a column that holds a snapshot.
pub(crate) fn named_snapshot<M: Message + Default>(
    row: &Row,
    column: &str,
) -> Result<M, StoreError> {
    let bytes: Vec<u8> = row.get(column)?;
    M::decode(bytes.as_slice()).map_err(|error| Error::internal(error).into())
}
