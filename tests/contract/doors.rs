//! The HTTP port over a real socket: gRPC-Web, REST that is wrong, streams, and the document that describes it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use http::header::{ACCEPT, ALLOW, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, Method as Verb};
use prost::Message as _;
use serde_json::{Value as Json, json};
use stoa_api::catalog::v1::{ListProductsRequest, ListProductsResponse};
use stoa_api::order::v1::CancelOrderRequest;
use stoa_api::order::v1::order_service_client::OrderServiceClient;
use stoa_api::{Audience, METHODS};
use stoa_testkit::{Answer, Doors, Outgoing, Rest, outgoing};

use crate::life::{Life, MUG, place, quote};
use crate::samples::good;
use crate::world::{World, descriptor};

/// Sends what the contract says, or nearly so.
async fn send(rest: &Rest, request: Outgoing) -> Answer {
    let (key, body) = (request.key.as_deref(), request.body.as_ref());
    rest.send(request.method, &request.path, key, body).await
}

/// The problem document of a refusal; its first violation must be this.
fn is_problem(answer: &Answer, status: u16, reason: &str, first: Option<(&str, &str)>, told: &str) {
    let problem = answer.json();
    assert_eq!(answer.status.as_u16(), status, "{told}: {problem}");
    assert_eq!(
        answer.headers[CONTENT_TYPE], "application/problem+json",
        "{told}"
    );
    assert_eq!(problem["status"], status, "{told}");
    assert_eq!(problem["reason"], reason, "{told}: {problem}");
    assert_eq!(problem["type"], format!("/docs/errors/{reason}"), "{told}");
    assert_eq!(problem["domain"], "stoa", "{told}");
    assert_eq!(
        problem["instance"],
        answer.headers["x-request-id"].to_str().unwrap(),
        "{told}"
    );
    if let Some((field, rule)) = first {
        let found = &problem["violations"][0];
        assert_eq!(
            (&found["field"], &found["reason"]),
            (&json!(field), &json!(rule)),
            "{told}: {problem}"
        );
    }
}

/// Every binding with a field that its message does not have, with a value of the wrong type, and with another verb.
#[tokio::test(flavor = "multi_thread")]
async fn every_binding_says_what_is_wrong_with_a_request() {
    let world = World::start().await;
    let rest = world.suite.rest().with_token(world.suite.token());
    let before = world.books().await;
    for method in METHODS.iter().filter(|method| !method.internal()) {
        let rpc = descriptor(method);
        let right = outgoing(&rpc, &good(&rpc.input()));
        let mut unknown = right.clone();
        let mut wrong = Vec::new();
        match &mut unknown.body {
            Some(Json::Object(fields)) => {
                for (name, value) in &*fields {
                    let mut other = right.clone();
                    // No field of the contract is a list of lists.
                    other.body.as_mut().unwrap()[name] = json!([[value]]);
                    wrong.push((name.clone(), other));
                }
                fields.insert("nonsense".to_owned(), json!(1));
            }
            _ => {
                let sign = if right.path.contains('?') { '&' } else { '?' };
                unknown.path = format!("{}{sign}nonsense=1", right.path);
            }
        }
        let told = format!("{} with nonsense", method.path);
        let answer = send(&rest, unknown).await;
        let outer = answer.json()["violations"][0]["field"].clone();
        let field = outer.as_str().unwrap_or_default().to_owned();
        assert!(
            field == "nonsense" || field.ends_with(".nonsense"),
            "{told}: {}",
            answer.text
        );
        is_problem(
            &answer,
            400,
            "MALFORMED",
            Some((&field, "UNKNOWN_FIELD")),
            &told,
        );
        for (name, request) in wrong {
            let told = format!("{} with {name} of the wrong type", method.path);
            let answer = send(&rest, request).await;
            is_problem(&answer, 400, "MALFORMED", None, &told);
            let found = answer.json()["violations"][0]["field"].clone();
            assert!(
                found.as_str().unwrap_or_default().contains(&name),
                "{told}: {}",
                answer.text
            );
        }
        let answer = rest.send(Verb::PUT, &right.path, None, None).await;
        is_problem(&answer, 405, "METHOD_NOT_ALLOWED", None, method.path);
        let allowed = answer.headers[ALLOW].to_str().unwrap();
        assert!(
            allowed.contains(right.method.as_str()),
            "{}: {allowed}",
            method.path
        );
        if method.keyed {
            let answer = send(&rest, Outgoing { key: None, ..right }).await;
            let key = Some(("request_id", "IDEMPOTENCY_KEY_REQUIRED"));
            is_problem(&answer, 400, "IDEMPOTENCY_KEY_REQUIRED", key, method.path);
        }
    }
    before.unchanged(&world.books().await, "REST that is wrong");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_no_request_is_a_problem() {
    let world = World::start().await;
    let before = world.books().await;
    let http = format!("http://{}", world.suite.addresses().http);
    let client = reqwest::Client::new();
    let quotes = format!("{http}/v1/quotes");
    let token = format!("Bearer {}", world.suite.token());
    let post = |url: &str, media: &str, body: Vec<u8>| {
        let request = client.post(url).header(CONTENT_TYPE, media);
        let request = request.header(AUTHORIZATION, &token);
        request.header("idempotency-key", "one").body(body)
    };
    let media = "application/json";
    let twice = br#"{"channel": "a", "channel": "b"}"#.to_vec();
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000)).into_bytes();
    let large = vec![b' '; 4 * 1024 * 1024 + 1];
    let asked = [
        (
            "half of it",
            post(&quotes, media, b"{\"channel\":".to_vec()),
            400,
            "MALFORMED",
        ),
        (
            "no text",
            post(&quotes, media, vec![0xff, 0xfe]),
            400,
            "MALFORMED",
        ),
        (
            "a list",
            post(&quotes, media, b"[]".to_vec()),
            400,
            "MALFORMED",
        ),
        (
            "a field twice",
            post(&quotes, media, twice),
            400,
            "MALFORMED",
        ),
        ("a deep hole", post(&quotes, media, deep), 400, "MALFORMED"),
        (
            "a form",
            post(
                &quotes,
                "application/x-www-form-urlencoded",
                b"a=b".to_vec(),
            ),
            415,
            "MALFORMED",
        ),
        (
            "too much",
            post(&quotes, media, large),
            413,
            "MESSAGE_TOO_LARGE",
        ),
        (
            "nothing",
            post(&quotes, media, Vec::new()),
            400,
            "INVALID_ARGUMENT",
        ),
        (
            "no path",
            post(&format!("{http}/v1/nothing"), media, Vec::new()),
            404,
            "METHOD_NOT_FOUND",
        ),
        (
            "half an escape",
            post(&format!("{http}/v1/orders/%f:cancel"), media, Vec::new()),
            400,
            "MALFORMED",
        ),
        (
            "no such verb",
            post(&format!("{http}/v1/orders/x:explode"), media, Vec::new()),
            404,
            "METHOD_NOT_FOUND",
        ),
        (
            "two credentials",
            post(&quotes, media, b"{}".to_vec()).header("stoa-guest-secret", Doors::secret("ann")),
            400,
            "CREDENTIALS_AMBIGUOUS",
        ),
        (
            "another key in the body",
            post(&quotes, media, br#"{"requestId": "two"}"#.to_vec()),
            400,
            "IDEMPOTENCY_KEY_CONFLICT",
        ),
    ];
    for (what, request, status, reason) in asked {
        let answer = request.send().await.unwrap();
        let answer = Answer {
            status: answer.status(),
            headers: answer.headers().clone(),
            text: answer.text().await.unwrap(),
        };
        is_problem(&answer, status, reason, None, what);
    }
    before.unchanged(&world.books().await, "what is no request");
    world.stop().await;
}

/// A message in the frame of gRPC-Web.
fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap();
    [&[0], length.to_be_bytes().as_slice(), message].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn grpc_web_answers_on_the_http_port() {
    let world = World::start().await;
    Life::live(&world, false).await;
    let http = format!("http://{}", world.suite.addresses().http);
    let client = reqwest::Client::new();
    let call = async |path: &str, message: &[u8]| {
        let request = client.post(format!("{http}{path}"));
        let request = request.header(CONTENT_TYPE, "application/grpc-web+proto");
        let answer = request
            .header("x-grpc-web", "1")
            .body(framed(message))
            .send()
            .await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/grpc-web+proto");
        let status = answer.headers().get("grpc-status").cloned();
        (status, answer.bytes().await.unwrap())
    };
    let list = ListProductsRequest::default().encode_to_vec();
    let (_, body) = call("/stoa.catalog.v1.CatalogService/ListProducts", &list).await;
    let length = usize::try_from(u32::from_be_bytes(body[1..5].try_into().unwrap())).unwrap();
    let found = ListProductsResponse::decode(&body[5..5 + length]).unwrap();
    let skus = found.products.iter().flat_map(|product| &product.variants);
    assert!(
        skus.into_iter().any(|variant| variant.sku == MUG),
        "{found:?}"
    );
    let trailers = String::from_utf8_lossy(&body[5 + length + 5..]).into_owned();
    assert_eq!(body[5 + length], 0x80, "the last frame holds trailers");
    assert!(trailers.contains("grpc-status:0"), "{trailers}");
    // A refusal is the same as over gRPC: what needs a caller hears of it.
    let (status, body) = call("/stoa.ops.v1.InfoService/GetInfo", &[]).await;
    let text = String::from_utf8_lossy(&body).into_owned();
    let refused = status.is_some_and(|status| status == "16") || text.contains("grpc-status:16");
    assert!(refused, "{text}");
    // What is between services is refused here too.
    for method in METHODS
        .iter()
        .filter(|method| matches!(method.audience, Audience::Service { .. }))
    {
        let (status, body) = call(method.path, &[]).await;
        let text = String::from_utf8_lossy(&body).into_owned();
        let refused =
            status.is_some_and(|status| status == "16") || text.contains("grpc-status:16");
        assert!(refused, "{}: {text}", method.path);
    }
    world.stop().await;
}

/// An order of Ann's whose payment takes a moment: its id while it is PENDING.
async fn slow_order(world: &World) -> String {
    let ann = world.suite.guest("ann");
    let quote = ann.call(quote(&[(MUG, 1)])).await.unwrap().quote.unwrap();
    let mut message = place(&quote.quote_id, "tok_slow");
    message.request_id = quote.quote_id;
    let mut request = tonic::Request::new(message);
    request.set_timeout(Duration::from_millis(400));
    let placed = OrderServiceClient::new(ann)
        .place_order(request)
        .await
        .unwrap();
    placed.into_inner().order.unwrap().order_id
}

/// The states that a stream of orders went through.
fn states(messages: &[Json]) -> Vec<&str> {
    let states = messages
        .iter()
        .map(|message| message["order"]["state"].as_str().unwrap());
    states.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_watched_line_by_line_and_event_by_event() {
    let world = World::start().await;
    Life::live(&world, false).await;
    for (accept, media) in [
        ("*/*", "application/x-ndjson"),
        ("text/event-stream", "text/event-stream"),
    ] {
        let order_id = slow_order(&world).await;
        let url = format!(
            "http://{}/v1/orders/{order_id}:watch",
            world.suite.addresses().http
        );
        let request = reqwest::Client::new().get(url).header(ACCEPT, accept);
        let request = request.header("stoa-guest-secret", Doors::secret("ann"));
        let mut answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()[CONTENT_TYPE], media);
        let mut text = String::new();
        let mut canceled = false;
        while let Some(chunk) = answer.chunk().await.unwrap() {
            if text.is_empty() {
                let first = std::str::from_utf8(&chunk).unwrap();
                // It is sent before the last is known.
                assert!(first.contains("ORDER_STATE_PENDING"), "{first}");
                assert!(!first.contains("ORDER_STATE_CONFIRMED"), "{first}");
            }
            text.push_str(std::str::from_utf8(&chunk).unwrap());
            if !canceled && text.contains("ORDER_STATE_CONFIRMED") {
                canceled = true;
                let cancel = CancelOrderRequest {
                    order_id: order_id.clone(),
                    ..Default::default()
                };
                world.suite.guest("ann").call(cancel).await.unwrap();
            }
        }
        let lines: Vec<&str> = match media {
            "text/event-stream" => {
                assert!(text.ends_with("event: end\ndata: {}\n\n"), "{text}");
                let events = text
                    .split("\n\n")
                    .filter(|event| event.starts_with("data: "));
                events.map(|event| &event[6..]).collect()
            }
            _ => text.lines().collect(),
        };
        let messages: Vec<Json> = lines
            .into_iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let mut states = states(&messages);
        states.dedup();
        let begun = ["ORDER_STATE_PENDING", "ORDER_STATE_CONFIRMED"];
        assert_eq!(states[..2], begun, "{states:?}");
        assert_eq!(states.last(), Some(&"ORDER_STATE_CANCELED"), "{states:?}");
        assert!(
            messages
                .iter()
                .all(|message| message["order"]["orderId"] == order_id.as_str())
        );
    }
    // A stream that cannot begin is a problem like any other.
    let bob = world.suite.rest().with_guest_secret(&Doors::secret("bob"));
    let order_id = slow_order(&world).await;
    for accept in ["application/json", "text/event-stream"] {
        let bob = bob.clone().with(HeaderName::from_static("accept"), accept);
        let answer = bob.get(&format!("/v1/orders/{order_id}:watch")).await;
        is_problem(&answer, 404, "ORDER_NOT_FOUND", None, accept);
    }
    world.stop().await;
}

/// The tool that `cargo xtask setup` installs; none: it was not run here.
fn validator() -> Option<PathBuf> {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools");
    let found = tools.join("venv/bin/openapi-spec-validator");
    if found.exists() {
        return Some(found);
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "whether this is CI says its environment alone"
    )]
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(
        !ci,
        "{} is missing: run `cargo xtask setup`",
        found.display()
    );
    eprintln!(
        "skipped: {} is missing, run `cargo xtask setup`",
        found.display()
    );
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_one_of_openapi() {
    let Some(validator) = validator() else {
        return;
    };
    let world = World::start().await;
    let answer = world.suite.rest().get("/openapi.json").await;
    let document = answer.ok();
    let file = world.suite.data().join("openapi.json");
    std::fs::write(&file, &answer.text).unwrap();
    let checked = Command::new(validator).arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(
        checked.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&checked.stderr)
    );
    for method in METHODS.iter().filter(|method| !method.internal()) {
        let rpc = descriptor(method);
        let service = method.service.rsplit('.').next().unwrap();
        let id = json!(format!("{service}_{}", method.name));
        let operations = document["paths"].as_object().unwrap().values();
        let mut operations = operations.flat_map(|path| path.as_object().unwrap().values());
        assert!(
            operations.any(|operation| operation["operationId"] == id),
            "{}",
            rpc.full_name()
        );
    }
    world.stop().await;
}
