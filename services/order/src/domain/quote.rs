//! A quote: lines that were priced, frozen for a while, and used once.

use std::time::Duration;
use stoa_api::catalog::v1::ResolvedSku;
use stoa_api::convert::to_timestamp;
use stoa_api::order::v1::{Quote, QuoteLine, QuoteState, reason};
use stoa_api::pricing::v1::PriceBasketResponse;
use stoa_api::type_::v1::LineKind;
use stoa_errors::{Error, Kind};
use stoa_types::{QuoteId, Timestamp};

/// How long a quote holds when its channel does not say.
pub(crate) const DEFAULT_TTL: Duration = Duration::from_secs(15 * 60);

/// What a quote is made of.
#[derive(Debug)]
pub(crate) struct Draft {
    /// The new id.
    pub quote_id: QuoteId,
    /// What each line's sku is, line by line.
    pub goods: Vec<ResolvedSku>,
    /// The reason of each line's override; empty where there is none.
    pub override_reasons: Vec<String>,
    /// The prices.
    pub prices: PriceBasketResponse,
    /// The moment whose prices hold.
    pub price_time: Timestamp,
    /// The merchant's own id of the customer; empty for a guest.
    pub customer_ref: String,
    /// Where the goods go; empty where it is not known.
    pub destination_country_code: String,
}

/// Freezes a draft at `now`.
///
/// # Errors
/// INTERNAL when pricing answered other lines than it was asked for.
pub(crate) fn freeze(draft: Draft, now: Timestamp) -> Result<Quote, Error> {
    let channel = draft.prices.channel.unwrap_or_default();
    if draft.goods.len() != draft.prices.lines.len() {
        return Err(Error::internal("pricing answered another number of lines"));
    }
    let ttl = channel
        .quote_ttl
        .and_then(|ttl| Duration::try_from(ttl).ok())
        .unwrap_or(DEFAULT_TTL);
    let reasons = draft
        .override_reasons
        .into_iter()
        .chain(std::iter::repeat(String::new()));
    let lines = draft.goods.into_iter().zip(draft.prices.lines).zip(reasons);
    let capture_mode = channel.capture_mode;
    Ok(Quote {
        quote_id: draft.quote_id.to_string(),
        channel_id: channel.channel_id,
        channel_code: channel.code,
        state: QuoteState::Open.into(),
        lines: lines
            .enumerate()
            .map(|(place, ((sku, price), override_reason))| QuoteLine {
                line_id: (place + 1).to_string(),
                title: sku.title,
                product_id: sku.product_id,
                kind: sku.kind,
                stock_tracked: sku.stock_tracked && sku.kind == i32::from(LineKind::Goods),
                price: Some(price),
                override_reason,
            })
            .collect(),
        adjustments: draft.prices.adjustments,
        tax_lines: draft.prices.tax_lines,
        totals: draft.prices.totals,
        prices_include_tax: channel.prices_include_tax,
        price_time: Some(to_timestamp(draft.price_time)),
        expire_time: Some(to_timestamp(now.plus(ttl))),
        order_id: String::new(),
        customer_ref: draft.customer_ref,
        etag: "1".to_owned(),
        create_time: Some(to_timestamp(now)),
        update_time: Some(to_timestamp(now)),
        capture_mode,
        destination_country_code: draft.destination_country_code,
    })
}

/// The quote as it stands at `now`: an open one whose time is over is EXPIRED.
#[must_use]
pub(crate) fn at(mut quote: Quote, expires_at: Timestamp, now: Timestamp) -> Quote {
    if quote.state() == QuoteState::Open && expires_at <= now {
        quote.set_state(QuoteState::Expired);
    }
    quote
}

/// Whether an order may use the quote at `now`.
///
/// # Errors
/// QUOTE_USED or QUOTE_EXPIRED.
pub(crate) fn check_usable(
    used_by: Option<&str>,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<(), Error> {
    if let Some(order_id) = used_by {
        return Err(Error::new(
            Kind::FailedPrecondition,
            reason::QUOTE_USED,
            "the quote was used by an order; quote again",
        )
        .meta("order_id", order_id));
    }
    if expires_at <= now {
        return Err(Error::new(
            Kind::FailedPrecondition,
            reason::QUOTE_EXPIRED,
            "the quote's time is over; quote again",
        ));
    }
    Ok(())
}
