//! Channels as messages.

use stoa_api::convert;
use stoa_api::pricing::v1 as pb;
use stoa_api::pricing::v1::reason;
use stoa_errors::{Error, Kind};
use stoa_store::Etag;
use stoa_types::{Currency, UnitPrice};

use crate::domain::{CaptureMode, Channel, ChannelDraft, QUOTE_TTL, SourcingRule};

/// A channel as it stands.
pub(crate) fn channel(channel: &Channel) -> pb::Channel {
    let id = channel.id.to_string();
    pb::Channel {
        etag: Etag::of(&id, channel.version).into(),
        channel_id: id,
        code: channel.code.clone(),
        title: channel.title.clone(),
        currency_code: channel.currency.code().to_owned(),
        country_code: channel.country.clone(),
        prices_include_tax: channel.prices_include_tax,
        price_book_id: channel.book.to_string(),
        capture_mode: match channel.capture_mode {
            CaptureMode::AtOnce => pb::CaptureMode::AtOnce,
            CaptureMode::OnShipment => pb::CaptureMode::OnShipment,
        }
        .into(),
        sourcing_rule: match channel.sourcing_rule {
            SourcingRule::Priority => pb::SourcingRule::Priority,
        }
        .into(),
        quote_ttl: Some(convert::to_duration(channel.quote_ttl)),
        create_time: Some(convert::to_timestamp(channel.created_at)),
        update_time: Some(convert::to_timestamp(channel.updated_at)),
    }
}

/// What a caller wants a channel to be.
pub(crate) fn draft(wanted: pb::Channel) -> Result<ChannelDraft, Error> {
    let book = match wanted.price_book_id.as_str() {
        "" => None,
        id => Some(convert::id("channel.price_book_id", id)?),
    };
    let quote_ttl = match &wanted.quote_ttl {
        Some(ttl) => convert::duration("channel.quote_ttl", ttl)?,
        None => QUOTE_TTL,
    };
    Ok(ChannelDraft {
        currency: currency("channel.currency_code", &wanted.currency_code)?,
        book,
        capture_mode: capture_mode(wanted.capture_mode)?,
        sourcing_rule: sourcing_rule(wanted.sourcing_rule)?,
        quote_ttl,
        code: wanted.code,
        title: wanted.title,
        country: wanted.country_code,
        prices_include_tax: wanted.prices_include_tax,
    })
}

fn capture_mode(number: i32) -> Result<CaptureMode, Error> {
    if number == i32::from(pb::CaptureMode::Unspecified) {
        return Ok(CaptureMode::AtOnce);
    }
    Ok(
        match convert::enumeration("channel.capture_mode", number)? {
            pb::CaptureMode::Unspecified | pb::CaptureMode::AtOnce => CaptureMode::AtOnce,
            pb::CaptureMode::OnShipment => CaptureMode::OnShipment,
        },
    )
}

fn sourcing_rule(number: i32) -> Result<SourcingRule, Error> {
    if number == i32::from(pb::SourcingRule::Unspecified) {
        return Ok(SourcingRule::Priority);
    }
    Ok(
        match convert::enumeration("channel.sourcing_rule", number)? {
            pb::SourcingRule::Unspecified | pb::SourcingRule::Priority => SourcingRule::Priority,
        },
    )
}

/// A currency by its code.
pub(crate) fn currency(field: &str, code: &str) -> Result<Currency, Error> {
    Currency::parse(code).map_err(|wrong| {
        let text = wrong.to_string();
        Error::new(
            Kind::InvalidArgument,
            reason::CURRENCY_UNKNOWN,
            text.clone(),
        )
        .meta("currency_code", code)
        .field(field, reason::CURRENCY_UNKNOWN, text)
    })
}

/// The price of one unit.
pub(crate) fn unit_price(
    field: &str,
    price: &stoa_api::type_::v1::UnitPrice,
) -> Result<UnitPrice, Error> {
    let currency = currency(&format!("{field}.currency_code"), &price.currency_code)?;
    Ok(UnitPrice::new(price.micros, currency))
}
