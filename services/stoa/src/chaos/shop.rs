//! What is sold: a few skus in a channel of chaos' own, so few that customers are in each other's way.

use prost_types::Timestamp;
use stoa_api::catalog::v1::{CreateProductRequest, Product, Variant};
use stoa_api::inventory::v1::{ReceiveStockRequest, StockLine};
use stoa_api::pricing::v1::{
    BatchSetPricesRequest, CaptureMode, Channel, CreateChannelRequest, PriceEntry,
};
use stoa_api::type_::v1::UnitPrice;
use stoa_api::{catalog, pricing};

use crate::client::{Connection, Failure};

/// The channel.
pub(super) const CHANNEL: &str = "chaos";

/// Skus: the first is the one that everybody wants.
const SKUS: [&str; 6] = [
    "CHAOS-1", "CHAOS-2", "CHAOS-3", "CHAOS-4", "CHAOS-5", "CHAOS-6",
];

/// Units that a delivery brings of each.
const DELIVERY: i64 = 200;

/// From when the prices hold: 2024-01-01.
const OPENING: i64 = 1_704_067_200;

/// The shop of one run.
#[derive(Clone, Debug)]
pub(super) struct Shop {
    /// What makes the keys of this run its own.
    pub(super) run: String,
}

impl Shop {
    pub(super) const fn skus(&self) -> [&'static str; SKUS.len()] {
        SKUS
    }
}

/// Opens it; what an earlier run has made is used again.
pub(super) async fn open(suite: &Connection, run: u64) -> Result<Shop, Failure> {
    let shop = Shop {
        run: format!("{run:016x}"),
    };
    let channel = CreateChannelRequest {
        channel: Some(Channel {
            code: CHANNEL.to_owned(),
            title: "Chaos".to_owned(),
            currency_code: "EUR".to_owned(),
            country_code: "GR".to_owned(),
            capture_mode: CaptureMode::OnShipment.into(),
            ..Channel::default()
        }),
        ..CreateChannelRequest::default()
    };
    unless(
        suite.call(channel).await.map(drop),
        pricing::v1::reason::CHANNEL_EXISTS,
    )?;
    for sku in SKUS {
        let product = CreateProductRequest {
            product: Some(Product {
                slug: sku.to_lowercase(),
                title: format!("Chaos, number {}", sku.trim_start_matches("CHAOS-")),
                variants: vec![Variant {
                    sku: sku.to_owned(),
                    ..Variant::default()
                }],
                ..Product::default()
            }),
            ..CreateProductRequest::default()
        };
        let made = suite.call(product).await.map(drop);
        let made = unless(made, catalog::v1::reason::SLUG_EXISTS);
        unless(made, catalog::v1::reason::SKU_EXISTS)?;
    }
    let prices = SKUS.iter().zip(1_i64..).map(|(sku, place)| PriceEntry {
        sku: (*sku).to_owned(),
        unit_price: Some(UnitPrice {
            currency_code: "EUR".to_owned(),
            micros: place * 1_990_000,
        }),
        start_time: Some(Timestamp {
            seconds: OPENING,
            nanos: 0,
        }),
        ..PriceEntry::default()
    });
    let prices = BatchSetPricesRequest {
        channel: CHANNEL.to_owned(),
        prices: prices.collect(),
        ..BatchSetPricesRequest::default()
    };
    suite.call(prices).await?;
    deliver(suite, &shop, 0).await?;
    Ok(shop)
}

/// Brings more of everything.
pub(super) async fn deliver(suite: &Connection, shop: &Shop, number: u64) -> Result<(), Failure> {
    let lines = SKUS.iter().map(|sku| StockLine {
        sku: (*sku).to_owned(),
        quantity: DELIVERY,
    });
    let request = ReceiveStockRequest {
        request_id: format!("chaos/{}/delivery/{number}", shop.run),
        location: "main".to_owned(),
        reference: format!("chaos-{}-{number}", shop.run),
        lines: lines.collect(),
    };
    suite.call(request).await.map(drop)
}

/// A refusal that says that it is there already is as good.
fn unless(done: Result<(), Failure>, there: &str) -> Result<(), Failure> {
    match done {
        Err(failure) if failure.reason() == Some(there) => Ok(()),
        other => other,
    }
}
