//! Histories of the whole suite, through its public listeners: guests who buy, cancel and send back, staff who ship and count.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures::future::join_all;
use stoa_api::catalog::v1::{CreateProductRequest, Product, Variant};
use stoa_api::inventory::v1::*;
use stoa_api::order::v1::*;
use stoa_api::pricing::v1::{
    BatchSetPricesRequest, CaptureMode, Channel, CreateChannelRequest, PriceEntry,
};
use stoa_api::type_::v1::{Address, LineKind, UnitPrice};
use stoa_errors::Error;
use stoa_testkit::{Builder, Caller, Suite, eventually};
use stoa_types::{Ids, SystemIds};

use crate::luck::{self, Luck};
use crate::record::{Record, length};
use crate::stock::{Answer, Stock};

const SKUS: [&str; 2] = ["CUP", "MUG"];
const CHANNEL: &str = "shop";
const GUESTS: u64 = 5;
const ENOUGH: i64 = 6;

struct Shop {
    suite: Suite,
    staff: Caller,
}

/// One who draws what he does next.
struct Hand<'s> {
    name: String,
    shop: &'s Shop,
    me: Caller,
    record: Record,
    luck: Luck,
    /// His confirmed orders.
    own: Vec<Order>,
}

impl Shop {
    async fn open() -> Self {
        let suite = Builder::new(stoa::suite()).start().await;
        let shop = Self {
            staff: suite.staff(),
            suite,
        };
        let channel = Channel {
            code: CHANNEL.to_owned(),
            title: CHANNEL.to_owned(),
            currency_code: "GBP".to_owned(),
            country_code: "GB".to_owned(),
            capture_mode: CaptureMode::OnShipment.into(),
            ..Channel::default()
        };
        let request = CreateChannelRequest {
            channel: Some(channel),
            ..CreateChannelRequest::default()
        };
        shop.staff.call(request).await.unwrap();
        for sku in SKUS {
            shop.offer(sku).await;
        }
        let prices = SKUS.iter().map(|sku| PriceEntry {
            sku: (*sku).to_owned(),
            unit_price: Some(UnitPrice {
                currency_code: "GBP".to_owned(),
                micros: 12_340_000,
            }),
            ..PriceEntry::default()
        });
        let request = BatchSetPricesRequest {
            channel: CHANNEL.to_owned(),
            prices: prices.collect(),
            ..BatchSetPricesRequest::default()
        };
        shop.staff.call(request).await.unwrap();
        shop
    }

    async fn offer(&self, sku: &str) {
        let product = Product {
            slug: sku.to_lowercase(),
            title: sku.to_owned(),
            variants: vec![Variant {
                sku: sku.to_owned(),
                kind: LineKind::Goods.into(),
                ..Variant::default()
            }],
            ..Product::default()
        };
        let request = CreateProductRequest {
            product: Some(product),
            ..CreateProductRequest::default()
        };
        self.staff.call(request).await.unwrap();
        let lines = vec![StockLine {
            sku: sku.to_owned(),
            quantity: ENOUGH,
        }];
        let request = ReceiveStockRequest {
            location: "main".to_owned(),
            reference: "opening".to_owned(),
            lines,
            ..ReceiveStockRequest::default()
        };
        self.staff
            .call(ReceiveStockRequest {
                reference: format!("opening-{sku}"),
                ..request
            })
            .await
            .unwrap();
    }

    async fn stock(&self, sku: &str) -> Stock {
        let request = GetStockLevelRequest {
            location: "main".to_owned(),
            sku: sku.to_owned(),
            ..GetStockLevelRequest::default()
        };
        let level = self.staff.call(request).await.unwrap().stock_level.unwrap();
        Stock {
            on_hand: level.on_hand,
            free: level.on_hand - level.allocated - level.held,
        }
    }

    async fn order(&self, order_id: &str) -> Order {
        let request = GetOrderRequest {
            order_id: order_id.to_owned(),
            ..GetOrderRequest::default()
        };
        self.staff.call(request).await.unwrap().order.unwrap()
    }

    /// The order when it stands so.
    async fn until(&self, order_id: &str, stands: impl Fn(&Order) -> bool) -> Order {
        let stands = &stands;
        eventually(&format!("the end of {order_id}"), || async move {
            Some(self.order(order_id).await).filter(stands)
        })
        .await
    }
}

impl Hand<'_> {
    async fn shop(mut self, until: Instant) {
        while Instant::now() < until {
            match self.luck.up_to(6) {
                1..=3 => self.buy().await,
                4 => self.cancel().await,
                5 => self.send_back().await,
                _ => self.read().await,
            }
        }
        while !self.own.is_empty() {
            self.cancel().await;
        }
    }

    async fn buy(&mut self) {
        let (sku, quantity) = (*self.luck.one_of(&SKUS), self.luck.up_to(2));
        let began = self.record.begin();
        match self.place(sku, quantity).await {
            Ok(order) if order.state() == OrderState::Confirmed => {
                self.record
                    .end(began, &self.name, [(sku, Answer::Taken(quantity))]);
                self.own.push(order);
            }
            Ok(order) if order.cancel_reason() == CancelReason::OutOfStock => {
                let lacked = Answer::Lacked {
                    wanted: quantity,
                    free: None,
                };
                self.record.end(began, &self.name, [(sku, lacked)]);
            }
            Ok(order) => self
                .record
                .broken(format!("{}: {:?}", self.name, order.state())),
            Err(error) => self.wrong("a purchase", &error),
        }
    }

    async fn place(&self, sku: &str, quantity: i64) -> Result<Order, Error> {
        let item = QuoteItem {
            sku: sku.to_owned(),
            quantity,
        };
        let basket = Basket { items: vec![item] };
        let request = CreateQuoteRequest {
            channel: CHANNEL.to_owned(),
            source: Some(create_quote_request::Source::Basket(basket)),
            ..CreateQuoteRequest::default()
        };
        let quote = self.me.call(request).await?.quote.unwrap();
        let request = PlaceOrderRequest {
            quote_id: quote.quote_id,
            payment_token: "tok_approve".to_owned(),
            email: "ada@example.org".to_owned(),
            shipping_address: Some(address()),
            ..PlaceOrderRequest::default()
        };
        let order = self.me.call(request).await?.order.unwrap();
        let is_decided =
            |order: &Order| matches!(order.state(), OrderState::Confirmed | OrderState::Canceled);
        Ok(self.shop.until(&order.order_id, is_decided).await)
    }

    fn any(&mut self) -> Option<Order> {
        let most = i64::try_from(self.own.len()).unwrap();
        let place = (most > 0).then(|| self.luck.up_to(most) - 1)?;
        Some(self.own.swap_remove(usize::try_from(place).unwrap()))
    }

    async fn cancel(&mut self) {
        let Some(order) = self.any() else { return };
        let (order_id, line) = (order.order_id.clone(), &order.lines[0]);
        let request = CancelOrderRequest {
            order_id: order_id.clone(),
            reason: "changed my mind".to_owned(),
            ..CancelOrderRequest::default()
        };
        let began = self.record.begin();
        if let Err(error) = self.me.call(request).await {
            return self.wrong("a cancel", &error);
        }
        let is_canceled = |order: &Order| order.state() == OrderState::Canceled;
        self.shop.until(&order_id, is_canceled).await;
        self.record.end(
            began,
            &self.name,
            [(line.sku.as_str(), Answer::Freed(line.ordered))],
        );
    }

    /// An order leaves, and comes back.
    async fn send_back(&mut self) {
        let Some(order) = self.any() else { return };
        let (order_id, line) = (order.order_id.clone(), &order.lines[0]);
        let began = self.record.begin();
        if let Err(error) = self.ship(&order_id).await {
            return self.wrong("a shipment", &error);
        }
        let has_left = |order: &Order| order.lines[0].fulfilled == order.lines[0].ordered;
        self.shop.until(&order_id, has_left).await;
        let (sku, quantity) = (line.sku.as_str(), line.ordered);
        self.record
            .end(began, &self.name, [(sku, Answer::Left(quantity))]);
        let back = LineQuantity {
            line_id: line.line_id.clone(),
            quantity,
        };
        let request = ImportReturnRequest {
            order_id: order_id.clone(),
            lines: vec![back],
            external_ref: key(),
            place_time: order.create_time,
            restock: true,
            ..ImportReturnRequest::default()
        };
        let began = self.record.begin();
        if let Err(error) = self.shop.staff.call(request).await {
            return self.wrong("a return", &error);
        }
        let is_back = |order: &Order| order.lines[0].returned == order.lines[0].ordered;
        self.shop.until(&order_id, is_back).await;
        self.record
            .end(began, &self.name, [(sku, Answer::Booked(quantity))]);
    }

    async fn ship(&self, order_id: &str) -> Result<(), Error> {
        let request = CreateFulfillmentRequest {
            order_id: order_id.to_owned(),
            ..CreateFulfillmentRequest::default()
        };
        let fulfillment = self.shop.staff.call(request).await?.fulfillment.unwrap();
        let request = ShipFulfillmentRequest {
            order_id: order_id.to_owned(),
            fulfillment_id: fulfillment.fulfillment_id,
            tracking_ref: "1Z".to_owned(),
            ..ShipFulfillmentRequest::default()
        };
        self.shop.staff.call(request).await.map(|_| ())
    }

    async fn read(&mut self) {
        let sku = *self.luck.one_of(&SKUS);
        let began = self.record.begin();
        let stock = self.shop.stock(sku).await;
        self.record
            .end(began, &self.name, [(sku, Answer::Read(stock))]);
    }

    /// Staff: count away what is too much, bring what is missing.
    async fn keep(mut self, until: Instant) {
        while Instant::now() < until {
            let sku = *self.luck.one_of(&SKUS);
            let on_hand = self.shop.stock(sku).await.on_hand;
            let delta = match self.luck.up_to(3) {
                1 => -1,
                2 => ENOUGH - on_hand,
                _ => -on_hand - 1,
            };
            if delta != 0 {
                self.count(sku, delta).await;
            }
            self.read().await;
        }
    }

    async fn count(&self, sku: &str, delta: i64) {
        let line = StockAdjustment {
            sku: sku.to_owned(),
            delta,
        };
        let request = AdjustStockRequest {
            location: "main".to_owned(),
            reference: key(),
            lines: vec![line],
            reason: "count".to_owned(),
            ..AdjustStockRequest::default()
        };
        let began = self.record.begin();
        match self.shop.staff.call(request).await {
            Ok(_) => self
                .record
                .end(began, &self.name, [(sku, Answer::Booked(delta))]),
            Err(error) if error.reason == "STOCK_NEGATIVE" => {
                self.record
                    .end(began, &self.name, [(sku, Answer::TooFew(delta))]);
            }
            Err(error) => self.wrong("a count", &error),
        }
    }

    fn wrong(&self, what: &str, error: &Error) {
        self.record.broken(format!(
            "{}: {what} was refused: {} {error}",
            self.name, error.reason
        ));
    }
}

fn key() -> String {
    SystemIds.uuid().to_string()
}

fn address() -> Address {
    Address {
        recipient: "Ada".to_owned(),
        lines: vec!["1 Analytical Row".to_owned()],
        city: "London".to_owned(),
        postal_code: "N1 1AA".to_owned(),
        country_code: "GB".to_owned(),
        ..Address::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_guests_see_is_linearisable() {
    let shop = Shop::open().await;
    let (seed, length) = (luck::seed(), length());
    let until = Instant::now() + length;
    let (mut round, mut answers) = (0, 0);
    while round == 0 || Instant::now() < until {
        round += 1;
        let mut beginning = BTreeMap::new();
        for sku in SKUS {
            beginning.insert(sku.to_owned(), shop.stock(sku).await);
        }
        let record = Record::new();
        let end = Instant::now() + length.min(Duration::from_secs(3));
        let hand = |number: u64| Hand {
            name: format!("guest {number}"),
            shop: &shop,
            me: shop.suite.guest(&format!("guest-{number}")),
            record: record.clone(),
            luck: Luck::of(seed ^ (round << 32), number),
            own: Vec::new(),
        };
        let guests = join_all((0..GUESTS).map(|number| hand(number).shop(end)));
        futures::join!(guests, hand(GUESTS).keep(end));
        for sku in SKUS {
            let (began, stock) = (record.begin(), shop.stock(sku).await);
            record.end(began, "the end", [(sku, Answer::Read(stock))]);
        }
        if let Err(wrong) = record.judge(&beginning) {
            panic!("seed {seed}, round {round}: {wrong}");
        }
        answers += record.len();
    }
    eprintln!("seed {seed}: {answers} answers");
    assert!(answers > 20, "{answers} answers are no history");
    shop.suite.stop().await;
}
