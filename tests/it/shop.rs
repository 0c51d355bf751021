//! What the journeys are made of: a suite, something to sell, somebody who buys.

use stoa_api::catalog::v1::{CreateProductRequest, Product, Variant};
use stoa_api::inventory::v1::{GetStockLevelRequest, ReceiveStockRequest, StockLevel, StockLine};
use stoa_api::order::v1::create_quote_request::Source;
use stoa_api::order::v1::{
    Basket, CreateFulfillmentRequest, CreateQuoteRequest, FulfillmentState, GetOrderRequest, Order,
    OrderState, PlaceOrderRequest, Quote, QuoteItem, ShipFulfillmentRequest,
};
use stoa_api::pricing::v1::{BatchSetPricesRequest, PriceEntry};
use stoa_api::type_::v1::{Address, UnitPrice};
use stoa_testkit::{Client, Suite, Way, eventually};

/// One journey for each door.
macro_rules! both_ways {
    ($($journey:ident),+ $(,)?) => {
        mod by_grpc {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $journey() {
                super::$journey($crate::shop::Shop::open(stoa_testkit::Way::Grpc).await).await;
            })+
        }
        mod by_rest {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $journey() {
                super::$journey($crate::shop::Shop::open(stoa_testkit::Way::Rest).await).await;
            })+
        }
    };
}
pub(crate) use both_ways;

/// The suite, and the door through which the journey goes.
pub(crate) struct Shop {
    pub(crate) suite: Suite,
    pub(crate) staff: Client,
    pub(crate) ann: Client,
    way: Way,
}

impl Shop {
    pub(crate) async fn open(way: Way) -> Self {
        Self::on(Suite::start(stoa::suite()).await, way)
    }

    /// On a suite that runs.
    pub(crate) fn on(suite: Suite, way: Way) -> Self {
        Self {
            staff: suite.staff_by(way),
            ann: suite.guest_by(way, "ann"),
            suite,
            way,
        }
    }

    /// Another guest.
    pub(crate) fn guest(&self, name: &str) -> Client {
        self.suite.guest_by(self.way, name)
    }

    pub(crate) async fn close(self) {
        self.suite.stop().await;
    }

    /// Makes a product of one sku, its price in pence in `channel`, and so many units of it.
    pub(crate) async fn stock(&self, channel: &str, sku: &str, pence: i64, units: i64) {
        stock(&self.staff, channel, sku, pence, units).await;
    }

    /// What inventory has of it.
    pub(crate) async fn level(&self, sku: &str) -> StockLevel {
        let request = GetStockLevelRequest {
            location: "main".to_owned(),
            sku: sku.to_owned(),
            ..GetStockLevelRequest::default()
        };
        let found = self.staff.call(request).await.unwrap();
        found.stock_level.unwrap()
    }

    /// A quote for Ann.
    pub(crate) async fn quote(&self, channel: &str, sku: &str, quantity: i64) -> Quote {
        let request = quote(channel, &[(sku, quantity)]);
        self.ann.call(request).await.unwrap().quote.unwrap()
    }

    /// Ann orders so many and pays with this token; the order as it is when it has been decided.
    pub(crate) async fn order(
        &self,
        channel: &str,
        sku: &str,
        quantity: i64,
        token: &str,
    ) -> Order {
        let quote = self.quote(channel, sku, quantity).await;
        let placed = self.ann.call(place(&quote.quote_id, token)).await.unwrap();
        let order_id = placed.order.unwrap().order_id;
        self.until(&order_id, "a decision", |order| {
            !matches!(order.state(), OrderState::Pending | OrderState::Canceling)
        })
        .await
    }

    /// The order as Ann sees it.
    pub(crate) async fn get(&self, order_id: &str) -> Order {
        let request = GetOrderRequest {
            order_id: order_id.to_owned(),
            ..GetOrderRequest::default()
        };
        self.ann.call(request).await.unwrap().order.unwrap()
    }

    /// Waits until the order is as it should become.
    pub(crate) async fn until(
        &self,
        order_id: &str,
        what: &str,
        is: impl Fn(&Order) -> bool,
    ) -> Order {
        eventually(what, || async {
            Some(self.get(order_id).await).filter(&is)
        })
        .await
    }

    /// Ships the whole order; the order when it is shipped.
    pub(crate) async fn ship(&self, order_id: &str) -> Order {
        let create = CreateFulfillmentRequest {
            order_id: order_id.to_owned(),
            ..CreateFulfillmentRequest::default()
        };
        let created = self.staff.call(create).await.unwrap();
        let fulfillment = created.fulfillment.unwrap();
        assert_eq!(fulfillment.state(), FulfillmentState::Open);
        let ship = ShipFulfillmentRequest {
            order_id: order_id.to_owned(),
            fulfillment_id: fulfillment.fulfillment_id,
            tracking_ref: "RM 1234".to_owned(),
            ..ShipFulfillmentRequest::default()
        };
        self.staff.call(ship).await.unwrap();
        self.until(order_id, "the shipment", |order| {
            let mut shipments = order.fulfillments.iter();
            shipments.all(|shipment| shipment.state() == FulfillmentState::Shipped)
        })
        .await
    }
}

/// Makes a product of one sku, its price in pence in `channel`, and so many units of it.
pub(crate) async fn stock(staff: &Client, channel: &str, sku: &str, pence: i64, units: i64) {
    let product = Product {
        title: format!("Product {sku}"),
        variants: vec![Variant {
            sku: sku.to_owned(),
            ..Variant::default()
        }],
        ..Product::default()
    };
    let create = CreateProductRequest {
        product: Some(product),
        ..CreateProductRequest::default()
    };
    staff.call(create).await.unwrap();
    let price = PriceEntry {
        sku: sku.to_owned(),
        unit_price: Some(UnitPrice {
            currency_code: "GBP".to_owned(),
            micros: pence * 10_000,
        }),
        ..PriceEntry::default()
    };
    let prices = BatchSetPricesRequest {
        channel: channel.to_owned(),
        prices: vec![price],
        ..BatchSetPricesRequest::default()
    };
    staff.call(prices).await.unwrap();
    let receive = ReceiveStockRequest {
        location: "main".to_owned(),
        reference: format!("delivery of {sku}"),
        lines: vec![StockLine {
            sku: sku.to_owned(),
            quantity: units,
        }],
        ..ReceiveStockRequest::default()
    };
    staff.call(receive).await.unwrap();
}

/// A request for a quote.
pub(crate) fn quote(channel: &str, items: &[(&str, i64)]) -> CreateQuoteRequest {
    let items = items.iter().map(|&(sku, quantity)| QuoteItem {
        sku: sku.to_owned(),
        quantity,
    });
    CreateQuoteRequest {
        channel: channel.to_owned(),
        source: Some(Source::Basket(Basket {
            items: items.collect(),
        })),
        ..CreateQuoteRequest::default()
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
            ..Address::default()
        }),
        ..PlaceOrderRequest::default()
    }
}

/// Minor units, 0 when there is none.
pub(crate) fn minor(money: Option<&stoa_api::type_::v1::Money>) -> i64 {
    money.map_or(0, |money| money.minor_units)
}
