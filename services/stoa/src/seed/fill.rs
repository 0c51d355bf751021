//! Brings the shop into the suite: channel, products, prices, stock.

use futures::StreamExt;
use futures::stream;
use prost_types::Timestamp;
use sha2::{Digest, Sha256};
use stoa_api::Call;
use stoa_api::catalog::v1::{CreateProductRequest, Product, Variant};
use stoa_api::inventory::v1::{ReceiveStockRequest, StockLine};
use stoa_api::pricing::v1::{
    BatchSetPricesRequest, CaptureMode, Channel, CreateChannelRequest, PriceEntry,
};
use stoa_api::type_::v1::UnitPrice;
use stoa_api::{catalog, inventory, pricing};

use crate::client::{Connection, Failure, Progress};

use super::shop::{CHANNEL, CURRENCY, Item};

/// The location that every suite has from its first start.
const LOCATION: &str = "main";

/// From when the prices hold: 2024-01-01.
const OPENING: i64 = 1_704_067_200;

/// Products on their way at once: they share a commit.
const AT_ONCE: usize = 16;

/// Makes what is not there yet.
pub(super) async fn fill(suite: &Connection, shop: &[Item]) -> Result<(), Failure> {
    once(suite, channel(), &[pricing::v1::reason::CHANNEL_EXISTS]).await?;
    let progress = Progress::new("products", u64::try_from(shop.len()).unwrap_or(0));
    let made = stream::iter(shop.iter().map(product))
        .map(|request| async {
            let there = [
                catalog::v1::reason::SLUG_EXISTS,
                catalog::v1::reason::SKU_EXISTS,
            ];
            let done = once(suite, request, &there).await;
            progress.add(1);
            done
        })
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    progress.finish();
    made.into_iter().collect::<Result<Vec<()>, Failure>>()?;
    once(suite, prices(shop), &[]).await?;
    once(
        suite,
        receipt(shop),
        &[inventory::v1::reason::REFERENCE_USED],
    )
    .await
}

/// Calls under a key made of the request's content. A refusal that says that it is there already is as good.
async fn once<C: Call>(suite: &Connection, mut request: C, there: &[&str]) -> Result<(), Failure> {
    let digest = request.fingerprint();
    let key: String = digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    request.set_request_id(format!("seed-{key}"));
    match suite.call(request).await {
        Ok(_) => Ok(()),
        Err(failure)
            if failure
                .reason()
                .is_some_and(|reason| there.contains(&reason)) =>
        {
            Ok(())
        }
        Err(failure) => Err(failure),
    }
}

fn channel() -> CreateChannelRequest {
    CreateChannelRequest {
        channel: Some(Channel {
            code: CHANNEL.to_owned(),
            title: "The Colonnade".to_owned(),
            currency_code: CURRENCY.to_owned(),
            country_code: "GR".to_owned(),
            prices_include_tax: true,
            capture_mode: CaptureMode::OnShipment.into(),
            ..Channel::default()
        }),
        ..CreateChannelRequest::default()
    }
}

fn product(item: &Item) -> CreateProductRequest {
    let variants = item.variants.iter().map(|choice| Variant {
        sku: choice.sku.clone(),
        title: choice.value.clone().unwrap_or_default(),
        options: item
            .option
            .clone()
            .zip(choice.value.clone())
            .into_iter()
            .collect(),
        ..Variant::default()
    });
    CreateProductRequest {
        product: Some(Product {
            slug: item.slug.clone(),
            title: item.title.clone(),
            description: item.description.clone(),
            categories: vec![item.category.clone()],
            variants: variants.collect(),
            ..Product::default()
        }),
        ..CreateProductRequest::default()
    }
}

fn prices(shop: &[Item]) -> BatchSetPricesRequest {
    let choices = shop.iter().flat_map(|item| &item.variants);
    let prices = choices.map(|choice| PriceEntry {
        sku: choice.sku.clone(),
        unit_price: Some(UnitPrice {
            currency_code: CURRENCY.to_owned(),
            micros: choice.cents * 10_000,
        }),
        start_time: Some(Timestamp {
            seconds: OPENING,
            nanos: 0,
        }),
        ..PriceEntry::default()
    });
    BatchSetPricesRequest {
        channel: CHANNEL.to_owned(),
        prices: prices.collect(),
        ..BatchSetPricesRequest::default()
    }
}

/// One receipt for all, whose reference is made of its lines.
fn receipt(shop: &[Item]) -> ReceiveStockRequest {
    let choices = shop.iter().flat_map(|item| &item.variants);
    let lines: Vec<StockLine> = choices
        .filter(|choice| choice.stock > 0)
        .map(|choice| StockLine {
            sku: choice.sku.clone(),
            quantity: choice.stock,
        })
        .collect();
    let mut digest = Sha256::new();
    for line in &lines {
        digest.update(format!("{}={};", line.sku, line.quantity));
    }
    let digest = digest.finalize();
    let short: String = digest
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    ReceiveStockRequest {
        location: LOCATION.to_owned(),
        reference: format!("seed-{short}"),
        lines,
        ..ReceiveStockRequest::default()
    }
}
