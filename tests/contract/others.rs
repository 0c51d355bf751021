//! What belongs to Ann is nothing to Bob, nor to staff who may not see orders: they hear what is said of ids of nothing, and
//! nothing has changed.

use std::collections::BTreeSet;

use prost::Message as _;
use prost_reflect::DynamicMessage;
use serde_json::{Value as Json, json};
use stoa_api::order::v1::GetOrderRequest;
use stoa_api::payment::v1::{ListPaymentsRequest, SearchPaymentsRequest};
use stoa_api::{Audience, METHODS, Method};
use stoa_testkit::Doors;
use stoa_types::{OrderId, PaymentId, QuoteId, ReturnId, SystemIds};
use tonic::Code;

use crate::life::{Life, TILE, quote};
use crate::wire::Refusal;
use crate::world::{By, World, descriptor, only_with, with_text};

/// The ids of one customer's things.
struct Things {
    quote: String,
    order: String,
    fresh: String,
    returned: String,
    payment: String,
}

impl Things {
    async fn of_ann(world: &World, life: &mut Life<'_>) -> Self {
        let ann = world.suite.guest("ann");
        let made = ann.call(quote(&[(TILE, 1)])).await.unwrap();
        let search = SearchPaymentsRequest {
            order_id: life.shipped.clone(),
            ..Default::default()
        };
        let payments = world.suite.staff().call(search).await.unwrap().payments;
        Self {
            quote: made.quote.unwrap().quote_id,
            order: life.shipped.clone(),
            fresh: life.order("tok_approve").await.order_id,
            returned: life.returned.clone(),
            payment: payments[0].payment_id.clone(),
        }
    }

    fn of_nobody() -> Self {
        Self {
            quote: QuoteId::new(&SystemIds).to_string(),
            order: OrderId::new(&SystemIds).to_string(),
            fresh: OrderId::new(&SystemIds).to_string(),
            returned: ReturnId::new(&SystemIds).to_string(),
            payment: PaymentId::new(&SystemIds).to_string(),
        }
    }

    /// A message of each RPC for customers that names one of the things.
    fn asked(&self) -> Vec<(&'static str, Json)> {
        let address = json!({
            "recipient": "Bob", "lines": ["1 Low Street"], "city": "Oxford", "postalCode": "OX1 1AB", "countryCode": "GB",
        });
        let place = json!({
            "quoteId": self.quote, "paymentToken": "tok_approve", "email": "bob@example.com", "shippingAddress": address,
        });
        let lines = json!([{"lineId": "1", "quantity": 1}]);
        vec![
            ("OrderService/GetQuote", json!({"quoteId": self.quote})),
            ("OrderService/PlaceOrder", place),
            ("OrderService/GetOrder", json!({"orderId": self.order})),
            (
                "OrderService/ListOrderEvents",
                json!({"orderId": self.order}),
            ),
            ("OrderService/WatchOrder", json!({"orderId": self.order})),
            ("OrderService/CancelOrder", json!({"orderId": self.fresh})),
            (
                "OrderService/RequestReturn",
                json!({"orderId": self.order, "lines": lines}),
            ),
            ("OrderService/GetReturn", json!({"returnId": self.returned})),
            (
                "PaymentService/GetPayment",
                json!({"paymentId": self.payment}),
            ),
            (
                "PaymentService/ConfirmPayment",
                json!({"paymentId": self.payment}),
            ),
        ]
    }
}

/// The RPC whose path ends so.
fn rpc(end: &str) -> &'static Method {
    let mut found = METHODS.iter().filter(|method| method.path.ends_with(end));
    found.next().expect("an RPC of the contract")
}

async fn ask(
    world: &World,
    by: &By,
    end: &str,
    asked: &Json,
    key: &str,
) -> Result<bytes::Bytes, Refusal> {
    let method = rpc(end);
    let message = DynamicMessage::deserialize(descriptor(method).input(), asked.clone()).unwrap();
    let key = method.keyed.then_some(key);
    world
        .call(by.clone(), method, key, message.encode_to_vec())
        .await
}

/// The message of an RPC, with a key when it needs one.
fn keyed(end: &str, asked: &Json) -> DynamicMessage {
    let input = descriptor(rpc(end)).input();
    let message = DynamicMessage::deserialize(input, asked.clone()).unwrap();
    match rpc(end).keyed {
        true => with_text(message, "request_id", "by-rest"),
        false => message,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_anothers_is_as_if_it_were_not_there() {
    let world = World::start().await;
    let mut life = Life::live(&world, false).await;
    let things = Things::of_ann(&world, &mut life).await;
    let bob = world.guest("bob");
    let rest = world.suite.rest().with_guest_secret(&Doors::secret("bob"));
    let before = world.books().await.but_keys();
    let asked = things.asked().into_iter().zip(Things::of_nobody().asked());
    for ((end, asked), (_, nothing)) in asked {
        let theirs = ask(&world, &bob, end, &asked, "theirs").await;
        let nothing = ask(&world, &bob, end, &nothing, "nothing").await;
        let (theirs, nothing) = (theirs.expect_err(end), nothing.expect_err(end));
        assert_eq!(theirs.code, Code::NotFound, "{end}: {theirs:?}");
        assert_eq!(theirs.domain, "stoa", "{end}");
        assert_eq!(
            (theirs.code, &theirs.reason, &theirs.violations),
            (nothing.code, &nothing.reason, &nothing.violations),
            "{end} tells what is somebody's from what is nobody's"
        );
        let answer = rest
            .send_to(&descriptor(rpc(end)), &keyed(end, &asked))
            .await;
        let problem = answer.json();
        assert_eq!(answer.status, 404, "{end}: {problem}");
        assert_eq!(
            problem["reason"],
            theirs.reason.as_str(),
            "{end}: {problem}"
        );
    }
    before.unchanged(&world.books().await.but_keys(), "another guest");
    // They are there, for Ann.
    let ann = world.guest("ann");
    for (end, asked) in things.asked() {
        let answer = ask(&world, &ann, end, &asked, "own").await;
        assert!(answer.is_ok(), "{end}: {answer:?}");
    }
    world.stop().await;
}

/// What names nothing shows each customer his own.
#[tokio::test(flavor = "multi_thread")]
async fn lists_hold_ones_own() {
    use stoa_api::order::v1::{ListOrdersRequest, ListReturnsRequest};
    let world = World::start().await;
    Life::live(&world, false).await;
    let (ann, bob) = (world.suite.guest("ann"), world.suite.guest("bob"));
    let orders = ann.call(ListOrdersRequest::default()).await.unwrap().orders;
    let returns = ann
        .call(ListReturnsRequest::default())
        .await
        .unwrap()
        .returns;
    let payments = ann
        .call(ListPaymentsRequest::default())
        .await
        .unwrap()
        .payments;
    assert!(!orders.is_empty() && !returns.is_empty() && !payments.is_empty());
    assert!(
        bob.call(ListOrdersRequest::default())
            .await
            .unwrap()
            .orders
            .is_empty()
    );
    assert!(
        bob.call(ListReturnsRequest::default())
            .await
            .unwrap()
            .returns
            .is_empty()
    );
    assert!(
        bob.call(ListPaymentsRequest::default())
            .await
            .unwrap()
            .payments
            .is_empty()
    );
    // Every RPC for customers stands in one of these tests.
    let mut all: BTreeSet<&str> = Things::of_nobody()
        .asked()
        .into_iter()
        .map(|(end, _)| rpc(end).path)
        .collect();
    for end in [
        "OrderService/ListOrders",
        "OrderService/ListReturns",
        "PaymentService/ListPayments",
        "OrderService/CreateQuote",
    ] {
        all.insert(rpc(end).path);
    }
    let guests = METHODS
        .iter()
        .filter(|method| method.audience == Audience::Guest);
    assert_eq!(all, guests.map(|method| method.path).collect());
    world.stop().await;
}

/// Staff see a customer's things with the permission to read orders or payments, and change them with that to write.
#[tokio::test(flavor = "multi_thread")]
async fn staff_need_the_permission_for_what_is_a_customers() {
    let world = World::start().await;
    let mut life = Life::live(&world, false).await;
    let things = Things::of_ann(&world, &mut life).await;
    let clerk = world.staff(&only_with("catalog.write"));
    let before = world.books().await.but_keys();
    for (end, asked) in things.asked() {
        let answer = ask(&world, &clerk, end, &asked, "clerk").await;
        let refusal = answer.expect_err(&format!("{end} by a clerk of the catalogue"));
        assert!(
            matches!(refusal.code, Code::NotFound | Code::PermissionDenied),
            "{end}: {refusal:?}"
        );
    }
    before.unchanged(&world.books().await.but_keys(), "a clerk of the catalogue");
    let get = GetOrderRequest {
        order_id: things.order,
        ..Default::default()
    };
    let reader = world.suite.nobody().with_token(&only_with("order.read"));
    assert!(reader.call(get).await.is_ok());
    let cancel = json!({"orderId": things.fresh});
    let reader = world.staff(&only_with("order.read"));
    let refused = ask(
        &world,
        &reader,
        "OrderService/CancelOrder",
        &cancel,
        "reader",
    )
    .await;
    assert!(refused.is_err(), "whoever reads orders cancels one");
    world.stop().await;
}
