//! One trace from a caller's span over the order's work to the consumers of its events.
//!
//! The suite is a process of its own, because a process has one exporter; the collector is here.

use std::path::Path;
use std::time::Duration;

use stoa_api::order::v1::OrderState;
use stoa_api::order::v1::order_service_client::OrderServiceClient;
use stoa_testkit::{SuiteProcess, Way, binary, eventually};

use super::collector::{Collector, Trace, text};
use super::stocked;
use crate::shop::{place, quote};

const PLACE: &str = "/stoa.order.v1.OrderService/PlaceOrder";
const HOLD: &str = "/stoa.inventory.v1.InventoryInternalService/CreateHold";
const AUTHORIZE: &str = "/stoa.payment.v1.PaymentInternalService/AuthorizePayment";

/// The span of a caller who keeps his trace.
const SPAN: &str = "b7ad6b7169203331";

/// A suite that sends its spans at once, and of its own traces this share.
fn traced(data: &Path, collector: &Collector, ratio: &str) -> SuiteProcess {
    let environment = [
        ("STOA_TELEMETRY__RATIO", ratio),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
    ];
    let arguments = ["--log", "json", "--otlp", &collector.uri];
    SuiteProcess::start_with(&binary(), data, &arguments, &environment)
}

/// The parts of an order's trace: a name, and an attribute with its value where the name alone does not tell.
const PARTS: [(&str, &str, &str); 6] = [
    (PLACE, "", ""),
    ("workflow", "workflow.kind", "order.checkout"),
    (HOLD, "", ""),
    (AUTHORIZE, "", ""),
    ("consume", "consumer", "order.payment_changed"),
    ("consume", "consumer", "catalog.stock"),
];

/// What is missing of an order's trace: a part, or a parent on the way to the span that the trace came in with.
fn missing(trace: &Trace, root: &str) -> Option<String> {
    let part = PARTS
        .iter()
        .find(|(name, attribute, value)| trace.named(name, attribute, value).next().is_none());
    if let Some(part) = part {
        return Some(format!("{part:?}"));
    }
    trace
        .spans()
        .find_map(|span| trace.way_up(span, root).err())
}

/// Waits until the whole of the order's trace is there, and looks at it: whatever is a part of it, its parents lead to the
/// span that the trace came in with.
async fn whole(collector: &Collector, trace_id: &str, root: &str) -> Trace {
    let complete = eventually("the trace of an order", || async {
        let trace = collector.trace(trace_id);
        missing(&trace, root).is_none().then_some(trace)
    });
    let limit = Duration::from_secs(10);
    let trace = match tokio::time::timeout(limit, complete).await {
        Ok(trace) => trace,
        Err(_) => {
            let trace = collector.trace(trace_id);
            panic!(
                "{:?} is missing in {:#?}",
                missing(&trace, root),
                trace.names()
            );
        }
    };
    let below = |name: &str, attribute: &str, value: &str, above: &[&str]| {
        let mut found = trace.named(name, attribute, value);
        let ways: Vec<_> = found
            .by_ref()
            .map(|span| trace.way_up(span, root).unwrap())
            .collect();
        let fits = |way: &Vec<String>| {
            let mut names = way.iter();
            above.iter().all(|wanted| names.any(|name| name == wanted))
        };
        assert!(
            ways.iter().any(fits),
            "{name} is not below {above:?}: {ways:?}"
        );
    };
    below(
        "workflow",
        "workflow.kind",
        "order.checkout",
        &["workflow", PLACE],
    );
    below(HOLD, "", "", &["workflow", PLACE]);
    below(AUTHORIZE, "", "", &["workflow", PLACE]);
    let payment = ["consume", AUTHORIZE, "workflow", PLACE];
    below("consume", "consumer", "order.payment_changed", &payment);
    let stock = ["consume", HOLD, "workflow", PLACE];
    below("consume", "consumer", "catalog.stock", &stock);
    trace
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_one_trace_which_continues_that_of_its_caller() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let collector = Collector::start().await;
    // None of its own: only what a caller keeps is kept.
    let suite = traced(&data, &collector, "0");
    stocked(&suite).await;

    // gRPC.
    let trace_id = "0af7651916cd43dd8448eb211c80319c";
    let parent = format!("00-{trace_id}-{SPAN}-01");
    let ann = suite.guest("ann");
    let quoted = ann.call(quote("", &[("MUG", 1)])).await.unwrap();
    let mut order = place(&quoted.quote.unwrap().quote_id, "tok_approve");
    order.request_id = "traced".to_owned();
    let mut request = tonic::Request::new(order);
    let header = request.metadata_mut();
    header.insert("traceparent", parent.parse().unwrap());
    let mut client = OrderServiceClient::new(ann);
    let placed = client.place_order(request).await.unwrap();
    let told = placed.metadata().get("traceparent").unwrap();
    let told = told.to_str().unwrap().to_owned();
    assert!(told.starts_with(&format!("00-{trace_id}-")), "{told}");
    let order = placed.into_inner().order.unwrap();
    assert_eq!(order.state(), OrderState::Confirmed);
    let trace = whole(&collector, trace_id, SPAN).await;
    let mut first = trace.named(PLACE, "", "");
    let span = first.next().unwrap();
    assert!(text(span, "request.id").is_some(), "{span:?}");
    assert!(told.contains(&span_id(&span.span_id)), "{told} {span:?}");
    assert!(first.next().is_none(), "one call, one span");

    // REST.
    let trace_id = "1af7651916cd43dd8448eb211c80319c";
    let parent = format!("00-{trace_id}-{SPAN}-01");
    let ann = suite.guest_by(Way::Rest, "ann");
    let quoted = ann.call(quote("", &[("MUG", 1)])).await.unwrap();
    let rest = suite
        .rest()
        .with_guest_secret(&stoa_testkit::Doors::secret("ann"))
        .with("traceparent".parse().unwrap(), &parent);
    let body = serde_json::json!({
        "quoteId": quoted.quote.unwrap().quote_id,
        "paymentToken": "tok_approve",
        "email": "ann@example.com",
        "shippingAddress": {
            "recipient": "Ann Other",
            "lines": ["1 High Street"],
            "city": "Oxford",
            "postalCode": "OX1 1AA",
            "countryCode": "GB",
        },
    });
    let placed = rest.post("/v1/orders", &body).await;
    assert!(placed.status.is_success(), "{}", placed.text);
    let told = placed.headers["traceparent"].to_str().unwrap();
    assert!(told.starts_with(&format!("00-{trace_id}-")), "{told}");
    whole(&collector, trace_id, SPAN).await;

    // Nobody asked for more than these two.
    let ids: std::collections::BTreeSet<Vec<u8>> = collector
        .all()
        .into_iter()
        .map(|span| span.trace_id)
        .collect();
    assert_eq!(ids.len(), 2, "{ids:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_without_a_callers_trace_is_a_trace_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let collector = Collector::start().await;
    let suite = traced(&data, &collector, "1");
    stocked(&suite).await;
    let ann = suite.guest("ann");
    let quoted = ann.call(quote("", &[("MUG", 1)])).await.unwrap();
    let order = place(&quoted.quote.unwrap().quote_id, "tok_approve");
    ann.call(order).await.unwrap();
    let trace_id = eventually("the span of the call", || async {
        let spans = collector.all();
        let call = spans.into_iter().find(|span| span.name == PLACE);
        call.map(|span| {
            assert!(span.parent_span_id.is_empty(), "{span:?}");
            span_id(&span.trace_id)
        })
    })
    .await;
    // A root has no parent: its way up ends at nothing.
    whole(&collector, &trace_id, "").await;
}

fn span_id(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
