//! The ways of an order. Each is written as its caller sees it, with a key for each call, and says what must hold when all is
//! at rest, whoever died on the way: the order, the stock, and the provider's books.

use std::time::Duration;

use stoa_api::catalog::v1::{CreateProductRequest, Product, Variant};
use stoa_api::inventory::v1::{GetStockLevelRequest, ReceiveStockRequest, StockLine};
use stoa_api::order::v1::order_service_client::OrderServiceClient;
use stoa_api::order::v1::*;
use stoa_api::pricing::v1::{
    BatchSetPricesRequest, CaptureMode, Channel, CreateChannelRequest, PriceEntry,
};
use stoa_api::type_::v1::{Address, LineKind, UnitPrice};

use crate::life::{Life, Who};

/// Takes the money at once.
pub(crate) const ONCE: &str = "once";
/// Takes the money when goods leave.
pub(crate) const SHIP: &str = "ship";

/// What is sold, at 12.34.
const MUG: &str = "MUG";

/// From when the price holds: 2020-01-01.
const OPENING: i64 = 1_577_836_800;

/// A shop before a journey.
pub(crate) struct Before {
    /// on_hand, allocated, held
    stock: [i64; 3],
    /// The last position of the provider's books.
    pub(crate) books: i64,
}

impl Life {
    /// Makes a shop with two channels and many mugs.
    pub(crate) async fn open(&mut self) {
        self.start().await;
        for (code, mode) in [(ONCE, CaptureMode::AtOnce), (SHIP, CaptureMode::OnShipment)] {
            let request = CreateChannelRequest {
                request_id: format!("channel/{code}"),
                channel: Some(Channel {
                    code: code.to_owned(),
                    title: code.to_owned(),
                    currency_code: "GBP".to_owned(),
                    country_code: "GB".to_owned(),
                    capture_mode: mode.into(),
                    ..Channel::default()
                }),
            };
            self.ask(Who::Staff, request).await;
            let request = BatchSetPricesRequest {
                request_id: format!("price/{code}"),
                channel: code.to_owned(),
                prices: vec![PriceEntry {
                    sku: MUG.to_owned(),
                    unit_price: pounds(12_340_000),
                    start_time: Some(at(OPENING)),
                    ..PriceEntry::default()
                }],
            };
            self.ask(Who::Staff, request).await;
        }
        let product = CreateProductRequest {
            request_id: "product".to_owned(),
            product: Some(Product {
                slug: "mug".to_owned(),
                title: "A mug".to_owned(),
                variants: vec![Variant {
                    sku: MUG.to_owned(),
                    kind: LineKind::Goods.into(),
                    ..Variant::default()
                }],
                ..Product::default()
            }),
        };
        self.ask(Who::Staff, product).await;
        let stock = ReceiveStockRequest {
            request_id: "stock".to_owned(),
            location: "main".to_owned(),
            reference: "stock".to_owned(),
            lines: vec![StockLine {
                sku: MUG.to_owned(),
                quantity: 100_000,
            }],
        };
        self.ask(Who::Staff, stock).await;
    }

    async fn stock(&mut self) -> [i64; 3] {
        let request = GetStockLevelRequest {
            location: "main".to_owned(),
            sku: MUG.to_owned(),
            ..GetStockLevelRequest::default()
        };
        let level = self.ask(Who::Staff, request).await.stock_level.unwrap();
        [level.on_hand, level.allocated, level.held]
    }

    pub(crate) async fn before(&mut self) -> Before {
        Before {
            stock: self.stock().await,
            books: self.provider.books(0).await.1,
        }
    }

    /// All is at rest; since `before` the stock has changed by this, and the provider has done exactly this.
    pub(crate) async fn ended(&mut self, before: &Before, stock: [i64; 3], books: &[&str]) {
        self.rest().await;
        self.compare(before, stock, books).await;
    }

    pub(crate) async fn compare(&mut self, before: &Before, stock: [i64; 3], books: &[&str]) {
        let now = self.stock().await;
        let changed: Vec<i64> = now.iter().zip(before.stock).map(|(a, b)| a - b).collect();
        assert_eq!(changed, stock, "on hand, allocated, held");
        let (done, _) = self.provider.books(before.books).await;
        assert_eq!(done, books, "the provider's books");
    }

    async fn place(&mut self, tag: &str, channel: &str, token: &str) -> PlaceOrderRequest {
        let quote = CreateQuoteRequest {
            request_id: format!("{tag}/quote"),
            channel: channel.to_owned(),
            source: Some(create_quote_request::Source::Basket(Basket {
                items: vec![QuoteItem {
                    sku: MUG.to_owned(),
                    quantity: 1,
                }],
            })),
            ..CreateQuoteRequest::default()
        };
        let quote = self.ask(Who::Guest(tag), quote).await.quote.unwrap();
        PlaceOrderRequest {
            request_id: format!("{tag}/place"),
            quote_id: quote.quote_id,
            payment_token: token.to_owned(),
            email: "ada@example.org".to_owned(),
            shipping_address: Some(Address {
                recipient: "Ada".to_owned(),
                lines: vec!["1 Analytical Row".to_owned()],
                city: "London".to_owned(),
                postal_code: "N1 1AA".to_owned(),
                country_code: "GB".to_owned(),
                ..Address::default()
            }),
        }
    }

    /// Quotes and places.
    pub(crate) async fn buy(
        &mut self,
        tag: &str,
        channel: &str,
        token: &str,
    ) -> (PlaceOrderRequest, Order) {
        let request = self.place(tag, channel, token).await;
        let answer = self.ask(Who::Guest(tag), request.clone()).await;
        (request, answer.order.unwrap())
    }

    /// Quotes and places, and waits no longer than this for how it ends.
    pub(crate) async fn buy_quickly(
        &mut self,
        tag: &str,
        channel: &str,
        token: &str,
        patience: Duration,
    ) -> (PlaceOrderRequest, Order) {
        let placed = self.place(tag, channel, token).await;
        let caller = self.caller(Who::Guest(tag));
        let mut request = tonic::Request::new(placed.clone());
        request.set_timeout(patience);
        // Whatever is answered: the same key asks what came of it.
        let _late = OrderServiceClient::new(caller).place_order(request).await;
        let listed = ListOrdersRequest::default();
        let listed = self.ask(Who::Guest(tag), listed).await.orders;
        if let Some(order) = listed.into_iter().next() {
            return (placed, order);
        }
        let answer = self.ask(Who::Guest(tag), placed.clone()).await;
        (placed, answer.order.unwrap())
    }

    /// The order, by the key under which it was placed.
    pub(crate) async fn same_again(
        &mut self,
        tag: &str,
        request: PlaceOrderRequest,
        order: &Order,
    ) -> Order {
        let again = self.ask(Who::Guest(tag), request).await.order.unwrap();
        assert_eq!(again.order_id, order.order_id, "one order for one key");
        let listed = ListOrdersRequest::default();
        let listed = self.ask(Who::Guest(tag), listed).await.orders;
        assert_eq!(listed.len(), 1, "one order for one buyer");
        again
    }

    async fn cancel(&mut self, tag: &str, order: &Order) {
        let request = CancelOrderRequest {
            request_id: format!("{tag}/cancel"),
            order_id: order.order_id.clone(),
            reason: "changed my mind".to_owned(),
        };
        self.ask(Who::Guest(tag), request).await;
    }

    async fn ship(&mut self, tag: &str, order: &Order) {
        let request = CreateFulfillmentRequest {
            request_id: format!("{tag}/fulfil"),
            order_id: order.order_id.clone(),
        };
        let answer = self.ask(Who::Staff, request).await;
        let request = ShipFulfillmentRequest {
            request_id: format!("{tag}/ship"),
            order_id: order.order_id.clone(),
            fulfillment_id: answer.fulfillment.unwrap().fulfillment_id,
            tracking_ref: "1Z".to_owned(),
        };
        self.ask(Who::Staff, request).await;
    }
}

/// An order that is paid at once.
pub(crate) async fn sale(life: &mut Life, tag: &str) {
    let before = life.before().await;
    let (request, order) = life.buy(tag, ONCE, "tok_approve").await;
    let books = ["authorization succeeded 1234", "capture succeeded 1234"];
    life.ended(&before, [0, 1, 0], &books).await;
    let order = life.same_again(tag, request, &order).await;
    assert_eq!(order.state(), OrderState::Confirmed);
    assert_eq!(order.charged_state(), AxisState::Full);
}

/// As [`sale`], whether or not all that was planned happens; says whether it did.
pub(crate) async fn sale_unless_spared(life: &mut Life, tag: &str) -> bool {
    let before = life.before().await;
    life.buy(tag, ONCE, "tok_approve").await;
    let died = life.rest_or_spared().await;
    let books = ["authorization succeeded 1234", "capture succeeded 1234"];
    life.compare(&before, [0, 1, 0], &books).await;
    died
}

/// An order whose card is declined.
pub(crate) async fn declined(life: &mut Life, tag: &str) {
    let before = life.before().await;
    let (request, order) = life.buy(tag, ONCE, "tok_decline").await;
    life.ended(&before, [0, 0, 0], &["authorization declined 1234"])
        .await;
    let order = life.same_again(tag, request, &order).await;
    assert_eq!(order.state(), OrderState::Canceled);
    assert_eq!(order.cancel_reason(), CancelReason::PaymentDeclined);
}

/// An order that is paid at once, and the money does not come.
pub(crate) async fn on_hold(life: &mut Life, tag: &str) {
    let before = life.before().await;
    let (request, order) = life.buy(tag, ONCE, "tok_capture_declined").await;
    let books = ["authorization succeeded 1234", "capture declined 1234"];
    life.ended(&before, [0, 1, 0], &books).await;
    let order = life.same_again(tag, request, &order).await;
    assert_eq!(order.state(), OrderState::OnHold);
    assert_eq!(order.hold_reason, "CAPTURE_DECLINED");
}

/// An order that is canceled before anybody knows whether the money is reserved, or, with bad luck, just after: the end is the
/// same. Says whether all that was planned has happened.
pub(crate) async fn canceled_early(life: &mut Life, tag: &str) -> bool {
    let before = life.before().await;
    let token = "tok_not_found_then_succeed";
    let patience = Duration::from_millis(300);
    let (request, order) = life.buy_quickly(tag, SHIP, token, patience).await;
    life.cancel(tag, &order).await;
    let died = life.rest_or_spared().await;
    let books = ["authorization succeeded 1234", "void succeeded 1234"];
    life.compare(&before, [0, 0, 0], &books).await;
    let order = life.same_again(tag, request, &order).await;
    assert_eq!(order.state(), OrderState::Canceled);
    assert_eq!(order.cancel_reason(), CancelReason::Customer);
    died
}

/// An order that is canceled after its money was taken.
pub(crate) async fn canceled_paid(life: &mut Life, tag: &str) {
    let before = life.before().await;
    let (request, order) = life.buy(tag, ONCE, "tok_approve").await;
    life.cancel(tag, &order).await;
    let books = [
        "authorization succeeded 1234",
        "capture succeeded 1234",
        "refund succeeded 1234",
    ];
    life.ended(&before, [0, 0, 0], &books).await;
    let order = life.same_again(tag, request, &order).await;
    assert_eq!(order.state(), OrderState::Canceled);
    assert_eq!(order.charged_state(), AxisState::None);
}

/// An order that is canceled while its money is only reserved.
pub(crate) async fn canceled_reserved(life: &mut Life, tag: &str) {
    let before = life.before().await;
    let (request, order) = life.buy(tag, SHIP, "tok_approve").await;
    life.cancel(tag, &order).await;
    let books = ["authorization succeeded 1234", "void succeeded 1234"];
    life.ended(&before, [0, 0, 0], &books).await;
    let order = life.same_again(tag, request, &order).await;
    assert_eq!(order.state(), OrderState::Canceled);
}

/// An order that leaves, and is paid then.
pub(crate) async fn shipped(life: &mut Life, tag: &str) {
    let before = life.before().await;
    let (request, order) = life.buy(tag, SHIP, "tok_approve").await;
    life.ship(tag, &order).await;
    let books = ["authorization succeeded 1234", "capture succeeded 1234"];
    life.ended(&before, [-1, 0, 0], &books).await;
    let order = life.same_again(tag, request, &order).await;
    assert_eq!(order.fulfillment_state(), AxisState::Full);
    assert_eq!(order.charged_state(), AxisState::Full);
}

/// An order that should leave, and the money does not come.
pub(crate) async fn kept(life: &mut Life, tag: &str) {
    let before = life.before().await;
    let (request, order) = life.buy(tag, SHIP, "tok_capture_declined").await;
    life.ship(tag, &order).await;
    let books = ["authorization succeeded 1234", "capture declined 1234"];
    life.ended(&before, [0, 1, 0], &books).await;
    let order = life.same_again(tag, request, &order).await;
    assert_eq!(order.state(), OrderState::OnHold);
    assert_eq!(order.fulfillment_state(), AxisState::None);
}

/// An order that comes back.
pub(crate) async fn returned(life: &mut Life, tag: &str) {
    let before = life.before().await;
    let (request, order) = life.buy(tag, ONCE, "tok_approve").await;
    life.ship(tag, &order).await;
    let wanted = RequestReturnRequest {
        request_id: format!("{tag}/return"),
        order_id: order.order_id.clone(),
        lines: vec![LineQuantity {
            line_id: order.lines[0].line_id.clone(),
            quantity: 1,
        }],
        reason: "a crack".to_owned(),
    };
    let returned = life.ask(Who::Guest(tag), wanted).await.r#return.unwrap();
    let approve = ApproveReturnRequest {
        request_id: format!("{tag}/approve"),
        return_id: returned.return_id.clone(),
    };
    life.ask(Who::Staff, approve).await;
    let receive = ReceiveReturnRequest {
        request_id: format!("{tag}/receive"),
        return_id: returned.return_id,
        restock: true,
    };
    life.ask(Who::Staff, receive).await;
    let books = [
        "authorization succeeded 1234",
        "capture succeeded 1234",
        "refund succeeded 1234",
    ];
    life.ended(&before, [0, 0, 0], &books).await;
    let order = life.same_again(tag, request, &order).await;
    assert_eq!(order.return_state(), AxisState::Full);
    assert_eq!(order.charged_state(), AxisState::None);
}

/// Money for goods whose order nobody knows.
pub(crate) async fn credit(life: &mut Life, tag: &str) {
    let before = life.before().await;
    let request = CreateCreditRequest {
        request_id: format!("{tag}/credit"),
        channel: ONCE.to_owned(),
        items: vec![CreditItem {
            sku: MUG.to_owned(),
            quantity: 2,
            unit_price: pounds(10_000_000),
        }],
        reason: "bought before we opened".to_owned(),
        external_ref: tag.to_owned(),
        place_time: Some(at(OPENING + 86_400)),
        payment_token: "tok_approve".to_owned(),
        ..CreateCreditRequest::default()
    };
    let credit = life.ask(Who::Staff, request.clone()).await.credit.unwrap();
    life.ended(&before, [2, 0, 0], &["credit succeeded 2000"])
        .await;
    let again = life.ask(Who::Staff, request).await.credit.unwrap();
    assert_eq!(again.credit_id, credit.credit_id, "one credit for one key");
    assert_eq!(again.state(), CreditState::Paid);
}

fn pounds(micros: i64) -> Option<UnitPrice> {
    Some(UnitPrice {
        currency_code: "GBP".to_owned(),
        micros,
    })
}

fn at(seconds: i64) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds, nanos: 0 }
}
