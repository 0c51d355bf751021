//! A router over routes that echo what they are asked, and the call that asks it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use prost_reflect::{DescriptorPool, DynamicMessage, ReflectMessage, Value};
use serde_json::Value as Json;
use stoa_types::SystemIds;
use tonic::service::Routes;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};
use tower::ServiceExt;

pub(crate) const SERVICE: &str = "test.echo.v1.EchoService";

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Json {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The first violation's field and rule.
    pub(crate) fn violation(&self) -> (String, String) {
        let json = self.json();
        let first = &json["violations"][0];
        (
            first["field"].as_str().unwrap_or("").to_owned(),
            first["reason"].as_str().unwrap_or("").to_owned(),
        )
    }
}

/// The test contract.
pub(crate) fn pool() -> DescriptorPool {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let includes = [
        here.join("tests/proto"),
        here.join("../../third_party/proto"),
    ];
    let mut compiler = protox::Compiler::new(includes).unwrap();
    compiler
        .include_imports(true)
        .include_source_info(true)
        .open_file("echo.proto")
        .unwrap();
    DescriptorPool::decode(compiler.encode_file_descriptor_set().as_slice()).unwrap()
}

/// The router over the echoing routes.
pub(crate) fn echo() -> axum::Router {
    stoa_edge::router_of(&pool(), echoing(pool()), &[SERVICE], Arc::new(SystemIds))
}

/// Asks the echo.
pub(crate) async fn ask(
    method: &str,
    uri: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    ask_of(echo(), method, uri, headers, body).await
}

/// Asks a router.
pub(crate) async fn ask_of(
    router: axum::Router,
    method: &str,
    uri: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router
        .oneshot(request.body(body.into()).unwrap())
        .await
        .unwrap();
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes(),
    }
}

pub(crate) async fn get(uri: &str) -> Answer {
    ask("GET", uri, &[], Body::empty()).await
}

/// POST of a JSON body to the RPC that takes the whole message.
pub(crate) async fn post(body: impl Into<Body>) -> Answer {
    ask(
        "POST",
        "/v1/echo",
        &[("content-type", "application/json")],
        body,
    )
    .await
}

/// Routes that answer every call of the test contract.
fn echoing(pool: DescriptorPool) -> Routes {
    let handler = move |request: Request<Body>| {
        let pool = pool.clone();
        async move { answer(&pool, request).await }
    };
    Routes::from(axum::Router::new().fallback(handler))
}

async fn answer(pool: &DescriptorPool, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let rpc = parts.uri.path().rsplit('/').next().unwrap().to_owned();
    let content = body.collect().await.unwrap().to_bytes().slice(5..);
    let everything = pool.get_message_by_name("test.echo.v1.Everything").unwrap();
    let asked = DynamicMessage::decode(everything, content.clone()).unwrap();
    let text = asked
        .get_field_by_name("text")
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned();
    if text == "refuse" {
        return refused().into_http::<tonic::body::Body>().map(Body::new);
    }
    match rpc.as_str() {
        "See" | "Special" => frames(vec![seen(pool, &parts.headers)], None),
        "Watch" => {
            let count = asked
                .get_field_by_name("int32_value")
                .unwrap()
                .as_i32()
                .unwrap();
            let messages = (0..count).map(|_| content.clone()).collect();
            frames(messages, (text == "break").then(refused))
        }
        _ => frames(vec![content], None),
    }
}

/// A refusal with everything that one can carry.
fn refused() -> Status {
    let mut details = ErrorDetails::with_error_info(
        "OUT_OF_STOCK",
        "stoa",
        [("sku".to_owned(), "A-1".to_owned())],
    );
    details.set_retry_info(Some(Duration::from_millis(1500)));
    details.add_bad_request_violation("lines[0].quantity", "must be at least 1");
    let mut status = Status::with_error_details(Code::FailedPrecondition, "only 2 left", details);
    status
        .metadata_mut()
        .insert("x-request-id", "from-the-routes".parse().unwrap());
    status
}

fn seen(pool: &DescriptorPool, headers: &HeaderMap) -> Bytes {
    let mut message = DynamicMessage::new(pool.get_message_by_name("test.echo.v1.Seen").unwrap());
    let entries = headers.iter().map(|(name, value)| {
        let key = prost_reflect::MapKey::String(name.to_string());
        (key, Value::String(value.to_str().unwrap().to_owned()))
    });
    message.set_field_by_name("headers", Value::Map(entries.collect()));
    assert_eq!(message.descriptor().name(), "Seen");
    prost::Message::encode_to_vec(&message).into()
}

/// A gRPC answer: messages, then trailers.
fn frames(messages: Vec<Bytes>, failure: Option<Status>) -> Response<Body> {
    let mut frames: Vec<Result<Frame<Bytes>, Infallible>> = Vec::new();
    for message in messages {
        let mut framed = BytesMut::new();
        framed.put_u8(0);
        framed.put_u32(u32::try_from(message.len()).unwrap());
        framed.extend_from_slice(&message);
        frames.push(Ok(Frame::data(framed.freeze())));
    }
    let trailers = match failure {
        Some(status) => {
            status
                .into_http::<tonic::body::Body>()
                .into_parts()
                .0
                .headers
        }
        None => HeaderMap::from_iter([
            (
                "grpc-status".parse().unwrap(),
                HeaderValue::from_static("0"),
            ),
            (
                "x-request-id".parse().unwrap(),
                HeaderValue::from_static("served-as"),
            ),
        ]),
    };
    frames.push(Ok(Frame::trailers(trailers)));
    let body = StreamBody::new(futures::stream::iter(frames));
    let mut response = Response::new(Body::new(body));
    response
        .headers_mut()
        .insert("content-type", HeaderValue::from_static("application/grpc"));
    response
}

/// Fields and values as sorted text, for comparing.
pub(crate) fn sorted(json: &Json) -> BTreeMap<String, Json> {
    json.as_object().unwrap().clone().into_iter().collect()
}
