//! Short words for the messages of the life.

use stoa_api::catalog::v1::{Product, Variant};
use stoa_api::inventory::v1::HoldDemand;
use stoa_api::order::v1::create_quote_request::Source;
use stoa_api::order::v1::{
    Basket, CreateCreditRequest, CreateQuoteRequest, CreditItem, LineQuantity, PlaceOrderRequest,
    QuoteItem,
};
use stoa_api::type_::v1::{Address, Money, UnitPrice};

use super::{MUG, ONCE};

pub(super) fn product(sku: &str, title: &str) -> Product {
    Product {
        slug: sku.to_lowercase(),
        title: title.to_owned(),
        variants: vec![Variant {
            sku: sku.to_owned(),
            ..Default::default()
        }],
        ..Default::default()
    }
}

/// So much of the quoted basket.
pub(crate) fn basket(items: &[(&str, i64)]) -> Option<Source> {
    let items = items.iter().map(|&(sku, quantity)| QuoteItem {
        sku: sku.to_owned(),
        quantity,
    });
    Some(Source::Basket(Basket {
        items: items.collect(),
    }))
}

/// A request for a quote.
pub(crate) fn quote(items: &[(&str, i64)]) -> CreateQuoteRequest {
    CreateQuoteRequest {
        channel: ONCE.to_owned(),
        source: basket(items),
        ..Default::default()
    }
}

/// A request to order what was quoted.
pub(crate) fn place(quote_id: &str, token: &str) -> PlaceOrderRequest {
    PlaceOrderRequest {
        quote_id: quote_id.to_owned(),
        payment_token: token.to_owned(),
        email: "ann@example.com".to_owned(),
        shipping_address: Some(Address {
            recipient: "Ann Other".to_owned(),
            lines: vec!["1 High Street".to_owned()],
            city: "Oxford".to_owned(),
            postal_code: "OX1 1AA".to_owned(),
            country_code: "GB".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Money for two mugs at this price.
pub(crate) fn credit(reference: &str, micros: i64) -> CreateCreditRequest {
    CreateCreditRequest {
        channel: ONCE.to_owned(),
        items: vec![CreditItem {
            sku: MUG.to_owned(),
            quantity: 2,
            unit_price: unit(micros),
        }],
        reason: "bought before we opened".to_owned(),
        external_ref: reference.to_owned(),
        payment_token: "tok_approve".to_owned(),
        ..Default::default()
    }
}

/// So many units of the first line.
pub(crate) fn units(quantity: i64) -> Vec<LineQuantity> {
    vec![LineQuantity {
        line_id: "1".to_owned(),
        quantity,
    }]
}

/// So many mugs.
pub(crate) fn demand(quantity: i64) -> Vec<HoldDemand> {
    vec![HoldDemand {
        sku: MUG.to_owned(),
        quantity,
    }]
}

/// A price in pounds.
pub(crate) fn unit(micros: i64) -> Option<UnitPrice> {
    Some(UnitPrice {
        currency_code: "GBP".to_owned(),
        micros,
    })
}

/// An amount in pence.
pub(crate) fn pence(minor_units: i64) -> Option<Money> {
    Some(Money {
        currency_code: "GBP".to_owned(),
        minor_units,
    })
}

/// A moment.
pub(crate) fn at(seconds: i64) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds, nanos: 0 })
}
