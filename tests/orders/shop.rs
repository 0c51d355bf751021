//! A small shop on a suite of its own: two channels, a few goods, and short words for what tests ask of it.

use std::path::Path;
use std::time::Duration;

pub(crate) use crate::happened::events;
use stoa_api::catalog::v1::{CreateProductRequest, Product, Variant};
use stoa_api::inventory::v1::{GetStockLevelRequest, ReceiveStockRequest, StockLevel, StockLine};
use stoa_api::ops::v1::{CheckInvariantsRequest, Fact, ListFactsRequest};
use stoa_api::order::v1::order_service_client::OrderServiceClient;
use stoa_api::order::v1::*;
use stoa_api::payment::v1::{GetLedgerBalancesRequest, Payment, SearchPaymentsRequest};
use stoa_api::pricing::v1::{
    BatchSetPricesRequest, CaptureMode, Channel, CreateChannelRequest, PriceEntry,
};
use stoa_api::type_::v1::{Address, LineKind, Money, UnitPrice};
use stoa_errors::Error;
use stoa_testkit::{Builder, Caller, Doors, Suite, TestClock, eventually};

/// Takes the money at once.
pub(crate) const ONCE: &str = "once";
/// Takes the money when goods leave.
pub(crate) const SHIP: &str = "ship";

/// Goods of the shop: 12.34 each, 10 on hand.
pub(crate) const MUG: &str = "MUG";
/// Goods of the shop: 0.333 each, 1,000 on hand.
pub(crate) const TILE: &str = "TILE";
/// A service of the shop: 5.00, no stock.
pub(crate) const CARE: &str = "CARE";
/// Goods that cost nothing: 10 on hand.
pub(crate) const GIFT: &str = "GIFT";

/// From when the prices hold: 2020-01-01.
pub(crate) const OPENING: i64 = 1_577_836_800;

pub(crate) struct Shop {
    pub(crate) suite: Suite,
    pub(crate) staff: Caller,
    pub(crate) clock: TestClock,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let shop = Self::start(None).await;
        shop.fill().await;
        shop
    }

    /// A shop in a folder that outlives it.
    pub(crate) async fn open_in(folder: &Path) -> Self {
        let shop = Self::start(Some(folder)).await;
        shop.fill().await;
        shop
    }

    /// The shop that was filled in this folder before.
    pub(crate) async fn open_again(folder: &Path) -> Self {
        Self::start(Some(folder)).await
    }

    /// A shop whose provider gives customers a second to act, and knows soon whether a request takes effect.
    pub(crate) async fn open_hurried() -> Self {
        let hurried = |terms: &mut stoa_sandbox::Config| {
            terms.action_window = Duration::from_secs(1);
            terms.settle_window = Duration::from_millis(500);
        };
        let shop = Self::start_on(None, TestClock::default(), hurried).await;
        shop.fill().await;
        shop
    }

    /// A shop whose provider keeps what is reserved for a second.
    pub(crate) async fn open_lapsing() -> Self {
        let lapsing = |terms: &mut stoa_sandbox::Config| {
            terms.auth_lifetime = Duration::from_secs(1);
        };
        let shop = Self::start_on(None, TestClock::default(), lapsing).await;
        shop.fill().await;
        shop
    }

    /// The shop that was filled in this folder before, by a clock that is so many seconds off.
    pub(crate) async fn open_off(folder: &Path, seconds: i64) -> Self {
        Self::start_on(Some(folder), TestClock::off(seconds), |_| {}).await
    }

    async fn start(folder: Option<&Path>) -> Self {
        Self::start_on(folder, TestClock::default(), |_| {}).await
    }

    async fn start_on(
        folder: Option<&Path>,
        clock: TestClock,
        terms: fn(&mut stoa_sandbox::Config),
    ) -> Self {
        let mut builder = Builder::new(stoa::suite())
            .clock(clock.clone())
            // Longer than the provider's slow answer, so that only what never comes is unknown.
            .set("payment.timeout", "1200ms")
            .set("payment.reconcile_every", "100ms")
            // So that what comes late is found soon.
            .set("payment.sweep_every", "200ms")
            .terms(terms);
        if let Some(folder) = folder {
            builder = builder.data(folder);
        }
        let suite = builder.start().await;
        let staff = suite.staff();
        Self {
            suite,
            staff,
            clock,
        }
    }

    async fn fill(&self) {
        for (code, mode) in [(ONCE, CaptureMode::AtOnce), (SHIP, CaptureMode::OnShipment)] {
            let channel = Channel {
                code: code.to_owned(),
                title: code.to_owned(),
                currency_code: "GBP".to_owned(),
                country_code: "GB".to_owned(),
                capture_mode: mode.into(),
                ..Channel::default()
            };
            self.done(CreateChannelRequest {
                channel: Some(channel),
                ..CreateChannelRequest::default()
            })
            .await;
        }
        for (sku, kind) in [
            (MUG, LineKind::Goods),
            (TILE, LineKind::Goods),
            (GIFT, LineKind::Goods),
            (CARE, LineKind::Service),
        ] {
            self.product(sku, kind).await;
        }
        let now = [
            (MUG, 12_340_000),
            (TILE, 333_000),
            (GIFT, 0),
            (CARE, 5_000_000),
        ];
        for channel in [ONCE, SHIP] {
            self.prices(channel, &now, OPENING).await;
        }
        self.receive("opening", &[(MUG, 10), (TILE, 1_000), (GIFT, 10)])
            .await;
    }

    pub(crate) async fn product(&self, sku: &str, kind: LineKind) {
        let product = Product {
            slug: sku.to_lowercase(),
            title: format!("The {sku}"),
            variants: vec![Variant {
                sku: sku.to_owned(),
                kind: kind.into(),
                ..Variant::default()
            }],
            ..Product::default()
        };
        self.done(CreateProductRequest {
            product: Some(product),
            ..CreateProductRequest::default()
        })
        .await;
    }

    pub(crate) async fn prices(&self, channel: &str, prices: &[(&str, i64)], from: i64) {
        let prices = prices.iter().map(|(sku, micros)| PriceEntry {
            sku: (*sku).to_owned(),
            unit_price: unit(*micros),
            start_time: Some(at(from)),
            ..PriceEntry::default()
        });
        self.done(BatchSetPricesRequest {
            channel: channel.to_owned(),
            prices: prices.collect(),
            ..BatchSetPricesRequest::default()
        })
        .await;
    }

    pub(crate) async fn receive(&self, reference: &str, lines: &[(&str, i64)]) {
        let lines = lines.iter().map(|(sku, quantity)| StockLine {
            sku: (*sku).to_owned(),
            quantity: *quantity,
        });
        self.done(ReceiveStockRequest {
            location: "main".to_owned(),
            reference: reference.to_owned(),
            lines: lines.collect(),
            ..ReceiveStockRequest::default()
        })
        .await;
    }

    /// As staff, and it must be done.
    pub(crate) async fn done<C: stoa_api::Call>(&self, message: C) -> C::Response {
        match self.staff.call(message).await {
            Ok(answer) => answer,
            Err(error) => panic!("{}: {error} {error:?}", C::METHOD.path),
        }
    }

    pub(crate) fn guest(&self, name: &str) -> Caller {
        self.suite.guest(name)
    }

    /// A quote of these units for a guest.
    pub(crate) async fn quote(
        &self,
        guest: &Caller,
        channel: &str,
        items: &[(&str, i64)],
    ) -> Quote {
        let answer = guest.call(basket(channel, items)).await.unwrap();
        answer.quote.unwrap()
    }

    /// Quotes and places.
    pub(crate) async fn buy(
        &self,
        guest: &Caller,
        channel: &str,
        items: &[(&str, i64)],
        token: &str,
    ) -> Order {
        let quote = self.quote(guest, channel, items).await;
        let answer = guest.call(order_of(&quote, token)).await.unwrap();
        answer.order.unwrap()
    }

    /// Places with a short time to wait, so that what is not known at once is answered PENDING.
    pub(crate) async fn buy_quickly(
        &self,
        guest: &Caller,
        channel: &str,
        items: &[(&str, i64)],
        token: &str,
    ) -> Order {
        let quote = self.quote(guest, channel, items).await;
        let mut order = order_of(&quote, token);
        order.request_id = format!("quickly-{}", quote.quote_id);
        let mut client = OrderServiceClient::new(guest.clone());
        loop {
            let mut request = tonic::Request::new(order.clone());
            request.set_timeout(Duration::from_millis(250));
            match client.place_order(request).await {
                Ok(answer) => return answer.into_inner().order.unwrap(),
                // A slow machine; the key makes it the same order.
                Err(status) => assert!(
                    [tonic::Code::DeadlineExceeded, tonic::Code::Cancelled]
                        .contains(&status.code()),
                    "{status:?}"
                ),
            }
        }
    }

    pub(crate) async fn order(&self, id: &str) -> Order {
        let request = GetOrderRequest {
            order_id: id.to_owned(),
            ..GetOrderRequest::default()
        };
        self.done(request).await.order.unwrap()
    }

    pub(crate) async fn until(&self, id: &str, state: OrderState) -> Order {
        eventually(&format!("{id} to be {state:?}"), || async {
            Some(self.order(id).await).filter(|order| order.state() == state)
        })
        .await
    }

    /// Fulfils and ships everything that is open.
    pub(crate) async fn ship(&self, order: &Order) -> Order {
        let fulfillment = self.fulfill(order).await;
        self.leave(&order.order_id, &fulfillment).await.unwrap()
    }

    pub(crate) async fn fulfill(&self, order: &Order) -> String {
        let request = CreateFulfillmentRequest {
            order_id: order.order_id.clone(),
            ..CreateFulfillmentRequest::default()
        };
        let answer = self.done(request).await;
        answer.fulfillment.unwrap().fulfillment_id
    }

    pub(crate) async fn leave(&self, order_id: &str, fulfillment: &str) -> Result<Order, Error> {
        let request = ShipFulfillmentRequest {
            order_id: order_id.to_owned(),
            fulfillment_id: fulfillment.to_owned(),
            tracking_ref: "1Z".to_owned(),
            ..ShipFulfillmentRequest::default()
        };
        let answer = self.staff.call(request).await?;
        Ok(answer.order.unwrap())
    }

    pub(crate) async fn cancel(&self, by: &Caller, order_id: &str) -> Result<Order, Error> {
        let request = CancelOrderRequest {
            order_id: order_id.to_owned(),
            reason: "changed my mind".to_owned(),
            ..CancelOrderRequest::default()
        };
        Ok(by.call(request).await?.order.unwrap())
    }

    pub(crate) async fn level(&self, sku: &str) -> StockLevel {
        let request = GetStockLevelRequest {
            location: "main".to_owned(),
            sku: sku.to_owned(),
            ..GetStockLevelRequest::default()
        };
        self.done(request).await.stock_level.unwrap()
    }

    /// on_hand, allocated, held
    pub(crate) async fn stock(&self, sku: &str) -> (i64, i64, i64) {
        let level = self.level(sku).await;
        (level.on_hand, level.allocated, level.held)
    }

    pub(crate) async fn payment(&self, order_id: &str) -> Option<Payment> {
        let request = SearchPaymentsRequest {
            order_id: order_id.to_owned(),
            ..SearchPaymentsRequest::default()
        };
        self.done(request).await.payments.pop()
    }

    /// What payment has of an order: authorised, captured, refunded, voided.
    pub(crate) async fn money(&self, order_id: &str) -> (i64, i64, i64, i64) {
        let payment = self.payment(order_id).await.unwrap();
        (
            minor(&payment.authorized),
            minor(&payment.captured),
            minor(&payment.refunded),
            minor(&payment.voided),
        )
    }

    pub(crate) async fn fact(&self, service: &str, subject: &str) -> Fact {
        let request = ListFactsRequest {
            service: service.to_owned(),
            subjects: vec![subject.to_owned()],
            ..ListFactsRequest::default()
        };
        self.done(request).await.facts.pop().unwrap()
    }

    /// As [`Shop::books_agree`], once the late success of a payment was found.
    pub(crate) async fn books_agree_soon(&self) {
        eventually("what came late to be found", || async {
            let request = CheckInvariantsRequest {
                service: "payment".to_owned(),
                ..Default::default()
            };
            let checks = self.done(request).await.checks;
            let wrong: i64 = checks.iter().map(|check| check.violation_count).sum();
            (wrong == 0).then_some(())
        })
        .await;
        self.books_agree().await;
    }

    /// Every service finds nothing wrong with itself, and the ledger is zero.
    pub(crate) async fn books_agree(&self) {
        for service in ["catalog", "pricing", "inventory", "payment", "order"] {
            let request = CheckInvariantsRequest {
                service: service.to_owned(),
                ..Default::default()
            };
            for check in self.done(request).await.checks {
                assert_eq!(
                    check.violation_count, 0,
                    "{service} {}: {:?}",
                    check.name, check.violations
                );
            }
        }
        let ledger = self.done(GetLedgerBalancesRequest::default()).await;
        let sum: i64 = ledger.balances.iter().map(|row| minor(&row.amount)).sum();
        assert_eq!(sum, 0, "{ledger:?}");
    }
}

pub(crate) fn basket(channel: &str, items: &[(&str, i64)]) -> CreateQuoteRequest {
    let items = items.iter().map(|(sku, quantity)| QuoteItem {
        sku: (*sku).to_owned(),
        quantity: *quantity,
    });
    CreateQuoteRequest {
        channel: channel.to_owned(),
        source: Some(create_quote_request::Source::Basket(Basket {
            items: items.collect(),
        })),
        ..CreateQuoteRequest::default()
    }
}

pub(crate) fn order_of(quote: &Quote, token: &str) -> PlaceOrderRequest {
    PlaceOrderRequest {
        quote_id: quote.quote_id.clone(),
        payment_token: token.to_owned(),
        email: "ada@example.org".to_owned(),
        shipping_address: Some(address()),
        ..PlaceOrderRequest::default()
    }
}

pub(crate) fn address() -> Address {
    Address {
        recipient: "Ada".to_owned(),
        lines: vec!["1 Analytical Row".to_owned()],
        city: "London".to_owned(),
        postal_code: "N1 1AA".to_owned(),
        country_code: "GB".to_owned(),
        ..Address::default()
    }
}

pub(crate) fn minor(money: &Option<Money>) -> i64 {
    money.as_ref().map_or(0, |money| money.minor_units)
}

pub(crate) fn unit(micros: i64) -> Option<UnitPrice> {
    Some(UnitPrice {
        currency_code: "GBP".to_owned(),
        micros,
    })
}

pub(crate) fn at(seconds: i64) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds, nanos: 0 }
}

pub(crate) fn reason<T>(answer: Result<T, Error>) -> String {
    Doors::reason(answer)
}
