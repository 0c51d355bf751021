//! What is sold: a thousand skus at one price, with more stock than any run sells.

use anyhow::Result;
use stoa_api::catalog::v1::catalog_admin_service_client::CatalogAdminServiceClient;
use stoa_api::catalog::v1::{BatchUpsertProductsRequest, ProductEntry, Variant};
use stoa_api::inventory::v1::inventory_admin_service_client::InventoryAdminServiceClient;
use stoa_api::inventory::v1::{ReceiveStockRequest, StockLine};
use stoa_api::pricing::v1::pricing_admin_service_client::PricingAdminServiceClient;
use stoa_api::pricing::v1::{BatchSetPricesRequest, PriceEntry};
use stoa_api::type_::v1::UnitPrice;

use crate::bench::Bench;
use crate::suite::Suite;

/// Skus.
pub(crate) const SKUS: usize = 1_000;

/// The name of the sku with a number.
pub(crate) fn sku(number: usize) -> String {
    format!("LOAD-{number:04}")
}

/// Makes products, prices and stock.
pub(crate) fn open(bench: &Bench, suite: &Suite) -> Result<()> {
    open_with(bench, suite, SKUS)
}

/// Makes so many of them.
pub(crate) fn open_with(bench: &Bench, suite: &Suite, skus: usize) -> Result<()> {
    bench.block_on(fill(suite, skus))
}

async fn fill(suite: &Suite, skus: usize) -> Result<()> {
    let channel = suite.channel()?;
    let numbers: Vec<usize> = (0..skus).collect();
    let mut catalog = CatalogAdminServiceClient::new(channel.clone());
    for (batch, numbers) in numbers.chunks(500).enumerate() {
        let request = BatchUpsertProductsRequest {
            request_id: format!("load/products/{batch}"),
            products: numbers.iter().map(|number| entry(*number)).collect(),
        };
        catalog.batch_upsert_products(suite.staff(request)?).await?;
    }
    let mut pricing = PricingAdminServiceClient::new(channel.clone());
    for (batch, numbers) in numbers.chunks(1_000).enumerate() {
        let request = BatchSetPricesRequest {
            request_id: format!("load/prices/{batch}"),
            channel: "default".to_owned(),
            prices: numbers.iter().map(|number| price(*number)).collect(),
        };
        pricing.batch_set_prices(suite.staff(request)?).await?;
    }
    let mut inventory = InventoryAdminServiceClient::new(channel);
    for (batch, numbers) in numbers.chunks(1_000).enumerate() {
        let reference = format!("load/stock/{batch}");
        let lines = numbers.iter().map(|number| StockLine {
            sku: sku(*number),
            quantity: 10_000_000,
        });
        let request = ReceiveStockRequest {
            request_id: reference.clone(),
            location: "main".to_owned(),
            reference,
            lines: lines.collect(),
        };
        inventory.receive_stock(suite.staff(request)?).await?;
    }
    Ok(())
}

fn entry(number: usize) -> ProductEntry {
    ProductEntry {
        title: format!("Load article {number}"),
        variant: Some(Variant {
            sku: sku(number),
            ..Variant::default()
        }),
        ..ProductEntry::default()
    }
}

fn price(number: usize) -> PriceEntry {
    PriceEntry {
        sku: sku(number),
        unit_price: Some(UnitPrice {
            currency_code: "GBP".to_owned(),
            micros: 2_550_000,
        }),
        ..PriceEntry::default()
    }
}
