//! The life of a small shop in which every RPC that has a key is called: what others look at, and, when it is thorough, each
//! call made again under its key.

use std::collections::BTreeSet;

use prost::Message as _;
use regex::bytes::Regex;
use stoa_api::Call;
use stoa_api::catalog::v1::{
    ArchiveProductRequest, BatchUpsertProductsRequest, CreateProductRequest, Product, ProductEntry,
    UpdateProductRequest, Variant,
};
use stoa_api::inventory::v1::*;
use stoa_api::ops::v1::{ListWorkflowsRequest, RetryWorkflowRequest, WorkflowState};
use stoa_api::order::v1::create_quote_request::Source;
use stoa_api::order::v1::*;
use stoa_api::payment::v1::*;
use stoa_api::pricing::v1::{
    BatchSetPricesRequest, CaptureMode, Channel, CreateChannelRequest, PriceEntry,
};
use stoa_api::type_::v1::{Address, Money, UnitPrice};
use stoa_testkit::eventually;
use stoa_types::{ChannelId, CreditId, FulfillmentId, OrderId, SystemIds};
use tonic::Code;

use crate::world::{By, World};

/// What is sold: 12.50 a piece.
pub(crate) const MUG: &str = "MUG";
/// What is sold besides.
pub(crate) const TILE: &str = "TILE";
/// The channel that takes the money at once.
pub(crate) const ONCE: &str = "once";

/// What a shop that has lived leaves.
pub(crate) struct Life<'a> {
    world: &'a World,
    thorough: bool,
    keys: u32,
    /// The RPCs that were called.
    pub(crate) called: BTreeSet<&'static str>,
    /// Other messages under a used key that were not refused for that.
    pub(crate) faults: Vec<String>,
    /// Ann's order that was shipped.
    pub(crate) shipped: String,
    /// Ann's return that was refunded.
    pub(crate) returned: String,
}

impl<'a> Life<'a> {
    /// Lives it. With `thorough`, each call is made three times more: again, again with its key in the metadata, and with
    /// another message under its key.
    pub(crate) async fn live(world: &'a World, thorough: bool) -> Self {
        let mut life = Self {
            world,
            thorough,
            keys: 0,
            called: BTreeSet::new(),
            faults: Vec::new(),
            shipped: String::new(),
            returned: String::new(),
        };
        life.goods().await;
        life.stock().await;
        life.orders().await;
        life.returns().await;
        life.records().await;
        life.holds().await;
        life.payments().await;
        life.work().await;
        life
    }

    async fn goods(&mut self) {
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

    async fn stock(&mut self) {
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

    /// An order of Ann's, decided.
    pub(crate) async fn order(&mut self, token: &str) -> Order {
        let ann = self.world.guest("ann");
        let change = |other: &mut CreateQuoteRequest| other.source = basket(&[(MUG, 9)]);
        let quote = self
            .once(&ann, quote(&[(MUG, 4)]), change)
            .await
            .quote
            .unwrap();
        let change = |other: &mut PlaceOrderRequest| other.email = "eve@example.com".to_owned();
        let placed = self.once(&ann, place(&quote.quote_id, token), change).await;
        self.world.books().await;
        self.get(&placed.order.unwrap().order_id).await
    }

    async fn get(&self, order_id: &str) -> Order {
        let get = GetOrderRequest {
            order_id: order_id.to_owned(),
            ..Default::default()
        };
        self.world
            .suite
            .staff()
            .call(get)
            .await
            .unwrap()
            .order
            .unwrap()
    }

    async fn orders(&mut self) {
        let (staff, ann) = (self.world.operator(), self.world.guest("ann"));
        let order = self.order("tok_approve").await;
        assert_eq!(order.state(), OrderState::Confirmed);
        let create = CreateFulfillmentRequest {
            order_id: order.order_id.clone(),
            ..Default::default()
        };
        let elsewhere = OrderId::new(&SystemIds).to_string();
        let change = |other: &mut CreateFulfillmentRequest| other.order_id = elsewhere;
        let made = self.once(&staff, create, change).await.fulfillment.unwrap();
        let ship = ShipFulfillmentRequest {
            order_id: order.order_id.clone(),
            fulfillment_id: made.fulfillment_id,
            ..Default::default()
        };
        let change = |other: &mut ShipFulfillmentRequest| other.tracking_ref = "RM 1".to_owned();
        self.once(&staff, ship, change).await;
        self.shipped = order.order_id;
        let order = self.order("tok_approve").await;
        let cancel = CancelOrderRequest {
            order_id: order.order_id,
            ..Default::default()
        };
        self.once(&ann, cancel, |other| other.reason = "no reason".to_owned())
            .await;
    }

    async fn returns(&mut self) {
        let (staff, ann) = (self.world.operator(), self.world.guest("ann"));
        for granted in [true, false] {
            let ask = RequestReturnRequest {
                order_id: self.shipped.clone(),
                lines: units(1),
                ..Default::default()
            };
            let change = |other: &mut RequestReturnRequest| other.lines = units(2);
            let asked = self.once(&ann, ask, change).await.r#return.unwrap();
            let return_id = asked.return_id;
            let elsewhere = stoa_types::ReturnId::new(&SystemIds).to_string();
            if !granted {
                let reject = RejectReturnRequest {
                    return_id,
                    reason: "worn".to_owned(),
                    ..Default::default()
                };
                self.once(&staff, reject, |other| other.reason.push('!'))
                    .await;
                continue;
            }
            let approve = ApproveReturnRequest {
                return_id: return_id.clone(),
                ..Default::default()
            };
            self.once(&staff, approve, |other| other.return_id = elsewhere)
                .await;
            let receive = ReceiveReturnRequest {
                return_id: return_id.clone(),
                restock: true,
                ..Default::default()
            };
            self.once(&staff, receive, |other| other.restock = false)
                .await;
            self.returned = return_id;
        }
        let import = ImportReturnRequest {
            order_id: self.shipped.clone(),
            lines: units(1),
            external_ref: "R-1".to_owned(),
            place_time: at(1_600_000_000),
            ..Default::default()
        };
        self.once(&staff, import, |other| other.restock = true)
            .await;
    }

    async fn records(&mut self) {
        let staff = self.world.operator();
        let item = StaffQuoteItem {
            sku: MUG.to_owned(),
            quantity: 2,
            ..Default::default()
        };
        let ask = CreateStaffQuoteRequest {
            channel: ONCE.to_owned(),
            items: vec![item],
            place_time: at(1_600_000_000),
            ..Default::default()
        };
        let change = |other: &mut CreateStaffQuoteRequest| other.items[0].quantity = 3;
        let quote = self.once(&staff, ask, change).await.quote.unwrap();
        let import = ImportOrderRequest {
            quote_id: quote.quote_id,
            external_ref: "O-1".to_owned(),
            payment_token: "tok_approve".to_owned(),
            country_code: "GB".to_owned(),
            ..Default::default()
        };
        let change = |other: &mut ImportOrderRequest| other.external_ref.push('2');
        self.once(&staff, import, change).await;
        for reference in ["C-1", "C-2"] {
            let credit = credit(reference, 12_500_000);
            self.once(&staff, credit, |other| other.reason.push('!'))
                .await;
        }
    }

    async fn hold(&mut self) -> (Hold, String) {
        let by = self.order_service::<CreateHoldRequest>();
        let hold = CreateHoldRequest {
            owner: OrderId::new(&SystemIds).to_string(),
            channel_id: ChannelId::new(&SystemIds).to_string(),
            lines: demand(2),
            ..Default::default()
        };
        let made = self.once(&by, hold, |other| other.lines = demand(3)).await;
        (made.hold.unwrap(), format!("key-{}", self.keys))
    }

    async fn holds(&mut self) {
        let by = self.order_service::<CreateHoldRequest>();
        let (hold, key) = self.hold().await;
        let release = ReleaseHoldRequest {
            undoes_request_id: key,
            owner: hold.owner,
            ..Default::default()
        };
        self.once(&by, release, |other| other.reason = "another".to_owned())
            .await;
        for ships in [true, false] {
            let hold_id = self.hold().await.0.hold_id;
            let elsewhere = stoa_types::HoldId::new(&SystemIds).to_string();
            let allocate = AllocateHoldRequest {
                hold_id: hold_id.clone(),
                ..Default::default()
            };
            self.once(&by, allocate, |other| other.hold_id = elsewhere)
                .await;
            if ships {
                let reference = || FulfillmentId::new(&SystemIds).to_string();
                let ship = ShipAllocationRequest {
                    hold_id,
                    reference: reference(),
                    ..Default::default()
                };
                self.once(&by, ship, |other| other.reference = reference())
                    .await;
            } else {
                let release = ReleaseAllocationRequest {
                    hold_id,
                    ..Default::default()
                };
                self.once(&by, release, |other| other.reason = "another".to_owned())
                    .await;
            }
        }
        let back = ReturnStockRequest {
            reference: "ret_of_somebody".to_owned(),
            lines: demand(1),
            ..Default::default()
        };
        self.once(&by, back, |other| other.lines = demand(2)).await;
    }

    async fn payment(&mut self, kind: IntentKind) -> Payment {
        let by = self.order_service::<CreatePaymentIntentRequest>();
        let mut intent = CreatePaymentIntentRequest {
            kind: kind.into(),
            channel_id: ChannelId::new(&SystemIds).to_string(),
            amount: pence(1_000),
            payment_token: "tok_approve".to_owned(),
            ..Default::default()
        };
        match kind {
            IntentKind::Credit => intent.credit_id = CreditId::new(&SystemIds).to_string(),
            _ => intent.order_id = OrderId::new(&SystemIds).to_string(),
        }
        let made = self
            .once(&by, intent, |other| other.amount = pence(999))
            .await;
        made.payment.unwrap()
    }

    async fn payments(&mut self) {
        let by = self.order_service::<CreatePaymentIntentRequest>();
        let elsewhere = || stoa_types::PaymentId::new(&SystemIds).to_string();
        for captured in [true, false] {
            let payment = self.payment(IntentKind::Payment).await;
            let authorize = AuthorizePaymentRequest {
                payment_id: payment.payment_id.clone(),
                ..Default::default()
            };
            self.once(&by, authorize, |other| other.payment_id = elsewhere())
                .await;
            if !captured {
                let void = VoidPaymentRequest {
                    undoes_request_id: format!("key-{}", self.keys),
                    order_id: payment.order_id,
                    ..Default::default()
                };
                self.once(&by, void, |other| other.reason = "another".to_owned())
                    .await;
                continue;
            }
            let capture = CapturePaymentRequest {
                payment_id: payment.payment_id.clone(),
                amount: pence(800),
                ..Default::default()
            };
            self.once(&by, capture, |other| other.amount = pence(1))
                .await;
            let refund = RefundPaymentRequest {
                payment_id: payment.payment_id,
                amount: pence(300),
                ..Default::default()
            };
            self.once(&by, refund, |other| other.amount = pence(1))
                .await;
        }
        let payment = self.payment(IntentKind::Credit).await;
        let credit = CreditPaymentRequest {
            payment_id: payment.payment_id,
            ..Default::default()
        };
        self.once(&by, credit, |other| other.payment_id = elsewhere())
            .await;
    }

    /// A refund that the provider refuses leaves work for the operator.
    async fn work(&mut self) {
        let staff = self.world.operator();
        let order = self.order("tok_refund_declined").await;
        let cancel = CancelOrderRequest {
            order_id: order.order_id.clone(),
            ..Default::default()
        };
        self.world.suite.guest("ann").call(cancel).await.unwrap();
        let stuck = ListWorkflowsRequest {
            service: "order".to_owned(),
            state: WorkflowState::Stuck.into(),
            ..Default::default()
        };
        let operator = self.world.suite.staff();
        let stuck = eventually("work for the operator", || async {
            let found = operator.call(stuck.clone()).await.unwrap();
            found.workflows.into_iter().next()
        })
        .await;
        let retry = RetryWorkflowRequest {
            service: "order".to_owned(),
            workflow_id: stuck.workflow_id,
            ..Default::default()
        };
        let elsewhere = stoa_types::WorkflowId::new(&SystemIds).to_string();
        self.once(&staff, retry, |other| other.workflow_id = elsewhere)
            .await;
    }

    fn order_service<C: Call>(&self) -> By {
        self.world.entitled(C::METHOD)
    }

    /// Calls under a key of its own.
    pub(crate) async fn once<C: Call + std::fmt::Debug>(
        &mut self,
        by: &By,
        mut message: C,
        change: impl FnOnce(&mut C),
    ) -> C::Response {
        self.keys += 1;
        let key = format!("key-{}", self.keys);
        message.set_request_id(key.clone());
        let bytes = message.encode_to_vec();
        let path = C::METHOD.path;
        self.called.insert(path);
        let world = self.world;
        let call = |key: Option<String>, bytes: Vec<u8>| {
            let by = by.clone();
            async move { world.call(by, C::METHOD, key.as_deref(), bytes).await }
        };
        let first = call(None, bytes.clone()).await;
        let first = first.unwrap_or_else(|refusal| panic!("{path} {message:?}: {refusal:?}"));
        if self.thorough {
            let before = world.books().await;
            let again = call(None, bytes).await.unwrap();
            message.set_request_id(String::new());
            let bare = call(Some(key.clone()), message.encode_to_vec())
                .await
                .unwrap();
            assert_eq!(again, bare, "{path}: the key in the metadata is another");
            let (one, other) = (ids(&first), ids(&again));
            assert!(one.is_subset(&other), "{path}: {one:?} became {other:?}");
            message.set_request_id(key);
            change(&mut message);
            let refusal = call(None, message.encode_to_vec()).await;
            let refusal = refusal.expect_err(path);
            let found = (
                refusal.code,
                refusal.reason.as_str(),
                refusal.domain.as_str(),
            );
            let reused = (Code::AlreadyExists, "IDEMPOTENCY_KEY_REUSED", "stoa");
            if found != reused {
                self.faults.push(format!("{path}: {refusal:?}"));
            }
            before.unchanged(&world.books().await, &format!("{path} once more"));
        }
        C::Response::decode(first).unwrap()
    }
}

/// The ids in an answer.
fn ids(answer: &[u8]) -> BTreeSet<String> {
    let id = Regex::new("[a-z]{2,3}_[0-7][0-9a-hjkmnp-tv-z]{25}").unwrap();
    let found = id.find_iter(answer);
    found
        .map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned())
        .collect()
}

fn product(sku: &str, title: &str) -> Product {
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
