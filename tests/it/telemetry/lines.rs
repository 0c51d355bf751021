//! The JSON lines of a process: ids of a failed call, and nobody's secrets.

use serde_json::{Value, json};
use stoa_api::order::v1::order_service_client::OrderServiceClient;
use stoa_api::order::v1::{CancelOrderRequest, GetOrderRequest, OrderState, PlaceOrderRequest};
use stoa_api::type_::v1::Address;
use stoa_testkit::{Doors, SuiteProcess, Way, binary, eventually};
use tonic::Code;

use super::stocked;
use crate::shop::{minor, quote};

/// What is said in an order and must not stand in a log; each is nowhere else in the suite.
const EMAIL: &str = "zaphod.b@heart-of-gold.example";
const RECIPIENT: &str = "Zaphod Beeblebrox";
const STREET: &str = "42 Improbability Drive";
const CITY: &str = "Betelgeuse-on-Sea";
const POSTCODE: &str = "ZZ9 9ZZ";
const REGION: &str = "Sector Plural Z";
const NOTE: &str = "Do not panic the neighbours";
const GUEST: &str = "zaphod-the-guest";

/// Values that the provider knows as tokens; `tok_` alone may be part of a name.
const TOKENS: [&str; 3] = ["tok_approve", "tok_decline", "tok_timeout_then_succeed"];

fn loud(data: &std::path::Path) -> SuiteProcess {
    let environment = [
        ("STOA_TELEMETRY__FILTER", "debug"),
        ("STOA_PAYMENT__TIMEOUT", "1200ms"),
        ("STOA_PAYMENT__RECONCILE_EVERY", "100ms"),
    ];
    SuiteProcess::start_with(&binary(), data, &["--log", "json"], &environment)
}

/// The lines that are JSON objects: the announcement and the sandbox speak otherwise.
fn lines(suite: &SuiteProcess) -> Vec<Value> {
    let log = suite.log();
    log.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_call_can_be_found_by_its_ids() {
    let folder = tempfile::tempdir().unwrap();
    let suite = loud(&folder.path().join("data"));
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let parent = format!("00-{trace}-b7ad6b7169203331-00");
    let missing = "ord_01jd6xq7y2e3p8v5k9t4m6s0ab";

    let mut request = tonic::Request::new(GetOrderRequest {
        order_id: missing.to_owned(),
        ..GetOrderRequest::default()
    });
    let headers = request.metadata_mut();
    headers.insert("x-request-id", "the-call-that-failed".parse().unwrap());
    headers.insert("traceparent", parent.parse().unwrap());
    let mut client = OrderServiceClient::new(suite.guest("ann"));
    let refused = client.get_order(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let metadata = refused.metadata();
    assert_eq!(
        metadata.get("x-request-id").unwrap(),
        "the-call-that-failed"
    );
    let told = metadata.get("traceparent").unwrap().to_str().unwrap();
    assert!(told.contains(trace), "{told}");

    let rest = suite
        .rest()
        .with_guest_secret(&Doors::secret("ann"))
        .with("x-request-id".parse().unwrap(), "the-other-one")
        .with("traceparent".parse().unwrap(), &parent);
    let refused = rest.get(&format!("/v1/orders/{missing}")).await;
    assert_eq!(refused.status.as_u16(), 404);
    assert_eq!(refused.headers["x-request-id"], "the-other-one");
    let told = refused.headers["traceparent"].to_str().unwrap();
    assert!(told.contains(trace), "{told}");

    for id in ["the-call-that-failed", "the-other-one"] {
        let line = eventually("the line of the refusal", || async {
            lines(&suite)
                .into_iter()
                .find(|line| line["message"] == "call refused" && line["request.id"] == id)
        })
        .await;
        assert_eq!(line["trace.id"], trace, "{line}");
        assert_eq!(line["error.reason"], "ORDER_NOT_FOUND", "{line}");
        assert_eq!(line["rpc.method"], "/stoa.order.v1.OrderService/GetOrder");
        assert_eq!(line["level"], "DEBUG", "{line}");
        assert!(line["time"].is_string(), "{line}");
    }
}

/// An order of somebody whose words are easy to find again.
fn order(quote_id: &str, token: &str) -> PlaceOrderRequest {
    PlaceOrderRequest {
        quote_id: quote_id.to_owned(),
        payment_token: token.to_owned(),
        email: EMAIL.to_owned(),
        shipping_address: Some(Address {
            recipient: RECIPIENT.to_owned(),
            lines: vec![STREET.to_owned()],
            city: CITY.to_owned(),
            region: REGION.to_owned(),
            postal_code: POSTCODE.to_owned(),
            country_code: "GB".to_owned(),
        }),
        ..PlaceOrderRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_buyer_says_stands_in_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let mut suite = loud(&folder.path().join("data"));
    stocked(&suite).await;
    for way in [Way::Grpc, Way::Rest] {
        let buyer = suite.guest_by(way, GUEST);
        let mut orders = Vec::new();
        for token in TOKENS {
            let quoted = buyer.call(quote("", &[("MUG", 1)])).await.unwrap();
            let placed = buyer.call(order(&quoted.quote.unwrap().quote_id, token));
            orders.push(placed.await.unwrap().order.unwrap().order_id);
        }
        let of = |order_id: &str| GetOrderRequest {
            order_id: order_id.to_owned(),
            ..GetOrderRequest::default()
        };
        for (order_id, state) in orders.iter().zip([
            OrderState::Confirmed,
            OrderState::Canceled,
            OrderState::Confirmed,
        ]) {
            eventually("the outcome", || async {
                let order = buyer.call(of(order_id)).await.unwrap().order.unwrap();
                (order.state() == state).then_some(())
            })
            .await;
        }
        eventually("the money", || async {
            let order = buyer.call(of(&orders[0])).await.unwrap().order.unwrap();
            (minor(order.captured.as_ref()) > 0).then_some(())
        })
        .await;
        let cancel = CancelOrderRequest {
            order_id: orders[0].clone(),
            reason: NOTE.to_owned(),
            ..CancelOrderRequest::default()
        };
        buyer.call(cancel).await.unwrap();
        eventually("the money back", || async {
            let order = buyer.call(of(&orders[0])).await.unwrap().order.unwrap();
            (minor(order.refunded.as_ref()) > 0).then_some(())
        })
        .await;
    }
    mistakes(&suite).await;
    let token = suite.token().to_owned();
    assert_eq!(suite.terminate().code(), Some(0));

    let log = suite.log();
    assert!(
        log.contains("\"level\":\"DEBUG\""),
        "the log is not loud enough to show anything"
    );
    // What was wrong with an order is told, by the names of its fields.
    let told = |line: &Value| {
        let text = line["error.message"].as_str().unwrap_or_default();
        line["error.reason"] == "INVALID_ARGUMENT" && text.starts_with("email")
    };
    assert!(
        lines(&suite).iter().any(told),
        "the refusal of an order is not in the log"
    );
    let secret = Doors::secret(GUEST);
    let said = [
        EMAIL, RECIPIENT, STREET, CITY, POSTCODE, REGION, NOTE, &secret, &token,
    ];
    for value in said.into_iter().chain(TOKENS) {
        let found: Vec<&str> = log.lines().filter(|line| line.contains(value)).collect();
        assert!(found.is_empty(), "{value} stands in the log: {found:#?}");
    }
}

/// Calls whose fault is in what must not be shown: what is wrong with it is told without telling it.
async fn mistakes(suite: &SuiteProcess) {
    let buyer = suite.guest(GUEST);
    let quoted = buyer.call(quote("", &[("MUG", 1)])).await.unwrap();
    let mut wrong = order(&quoted.quote.unwrap().quote_id, TOKENS[0]);
    wrong.email = format!("{EMAIL} and {EMAIL}");
    if let Some(address) = wrong.shipping_address.as_mut() {
        address.postal_code = POSTCODE.repeat(20);
        address.country_code = CITY.to_owned();
    }
    assert_eq!(Doors::reason(buyer.call(wrong).await), "INVALID_ARGUMENT");
    let rest = suite.rest().with_guest_secret(&Doors::secret(GUEST));
    let misplaced = json!({ "quoteId": { "email": EMAIL }, "paymentToken": [TOKENS[0]] });
    let refused = rest.post("/v1/orders", &misplaced).await;
    assert_eq!(refused.status.as_u16(), 400, "{}", refused.text);
}
