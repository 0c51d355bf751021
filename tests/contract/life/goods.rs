//! What there is to sell: products, prices, stock.

use stoa_api::catalog::v1::{
    ArchiveProductRequest, BatchUpsertProductsRequest, CreateProductRequest, Product, ProductEntry,
    UpdateProductRequest, Variant,
};
use stoa_api::inventory::v1::{
    AdjustStockRequest, CreateLocationRequest, Location, ReceiveStockRequest, StockAdjustment,
    StockLine,
};
use stoa_api::pricing::v1::{
    BatchSetPricesRequest, CaptureMode, Channel, CreateChannelRequest, PriceEntry,
};

use super::words::{at, product, unit};
use super::{Life, MUG, ONCE, TILE};

impl Life<'_> {
    pub(super) async fn goods(&mut self) {
        let staff = self.world.operator();
        for (sku, title) in [(MUG, "Mug"), ("OLD", "Old")] {
            let create = CreateProductRequest {
                product: Some(product(sku, title)),
                ..Default::default()
            };
            let change = |other: &mut CreateProductRequest| other.product = Some(product("X", "X"));
            let made = self.once(&staff, create, change).await.product.unwrap();
            if sku == "OLD" {
                let archive = ArchiveProductRequest {
                    product_id: made.product_id,
                    ..Default::default()
                };
                self.once(&staff, archive, |other| other.etag = "other".to_owned())
                    .await;
                continue;
            }
            let mut mask = prost_types::FieldMask::default();
            mask.paths.push("title".to_owned());
            let update = UpdateProductRequest {
                product: Some(Product {
                    product_id: made.product_id,
                    title: "Big mug".to_owned(),
                    ..Default::default()
                }),
                update_mask: Some(mask),
                ..Default::default()
            };
            let change = |other: &mut UpdateProductRequest| {
                other.product.as_mut().unwrap().title = "Small mug".to_owned();
            };
            self.once(&staff, update, change).await;
        }
        let entry = ProductEntry {
            title: "Tile".to_owned(),
            variant: Some(Variant {
                sku: TILE.to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        };
        let upsert = BatchUpsertProductsRequest {
            products: vec![entry],
            ..Default::default()
        };
        self.once(&staff, upsert, |other| other.products[0].title.push('!'))
            .await;
        let channel = Channel {
            code: ONCE.to_owned(),
            title: "At once".to_owned(),
            currency_code: "GBP".to_owned(),
            country_code: "GB".to_owned(),
            capture_mode: CaptureMode::AtOnce.into(),
            ..Default::default()
        };
        let create = CreateChannelRequest {
            channel: Some(channel),
            ..Default::default()
        };
        let change = |other: &mut CreateChannelRequest| {
            other.channel.as_mut().unwrap().title = "Never".to_owned();
        };
        self.once(&staff, create, change).await;
        let price = |sku: &str, micros| PriceEntry {
            sku: sku.to_owned(),
            unit_price: unit(micros),
            start_time: at(1_577_836_800),
            ..Default::default()
        };
        let prices = BatchSetPricesRequest {
            channel: ONCE.to_owned(),
            prices: vec![price(MUG, 12_500_000), price(TILE, 333_000)],
            ..Default::default()
        };
        let change = |other: &mut BatchSetPricesRequest| other.prices[0].from_quantity = 2;
        self.once(&staff, prices, change).await;
    }

    pub(super) async fn stock(&mut self) {
        let staff = self.world.operator();
        let create = CreateLocationRequest {
            location: Some(Location {
                code: "barn".to_owned(),
                title: "Barn".to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        };
        let change = |other: &mut CreateLocationRequest| {
            other.location.as_mut().unwrap().title = "Shed".to_owned();
        };
        self.once(&staff, create, change).await;
        let line = |sku: &str| StockLine {
            sku: sku.to_owned(),
            quantity: 1_000,
        };
        let receive = ReceiveStockRequest {
            location: "main".to_owned(),
            reference: "delivery".to_owned(),
            lines: vec![line(MUG), line(TILE)],
            ..Default::default()
        };
        self.once(&staff, receive, |other| other.lines[0].quantity = 7)
            .await;
        let adjust = AdjustStockRequest {
            location: "main".to_owned(),
            reference: "count".to_owned(),
            reason: "counted".to_owned(),
            lines: vec![StockAdjustment {
                sku: MUG.to_owned(),
                delta: -1,
            }],
            ..Default::default()
        };
        self.once(&staff, adjust, |other| other.lines[0].delta = 1)
            .await;
    }
}
