//! One error per layer, each with its ErrorInfo, and what each layer gives to the call.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use stoa_errors::Kind;
use stoa_rpc::client;
use tonic::Code;
use tonic::transport::Channel;
use tower::{Service, ServiceExt};

use crate::handler::field;
use crate::suite::{CLERK, PRODUCT, ROOT, SECRET, Suite, product, with};

const GET_PRODUCT: &str = "/stoa.catalog.v1.CatalogService/GetProduct";

/// Sends bytes as they are, without any client's opinion on them.
async fn raw(
    channel: Channel,
    path: &str,
    headers: &[(&str, &str)],
    body: &'static [u8],
) -> http::Response<tonic::body::Body> {
    let mut request = http::Request::post(path)
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = tonic::body::Body::new(Full::new(Bytes::from_static(body)));
    let mut channel = channel;
    let ready = channel.ready().await.unwrap();
    ready.call(request.body(body).unwrap()).await.unwrap()
}

/// The same without tonic's client, whose own timer reads `grpc-timeout` as well.
async fn bare(
    suite: &Suite,
    path: &str,
    headers: &[(&str, &str)],
    body: &'static [u8],
) -> http::HeaderMap {
    let socket = tokio::net::TcpStream::connect(suite.addr).await.unwrap();
    let (mut sender, connection) = h2::client::handshake(socket).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut request = http::Request::post(format!("http://{}{path}", suite.addr))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (response, mut stream) = sender
        .send_request(request.body(()).unwrap(), false)
        .unwrap();
    stream.send_data(Bytes::from_static(body), true).unwrap();
    let answer = response.await.unwrap().headers().clone();
    connection.abort();
    answer
}

fn reason(response: &http::Response<tonic::body::Body>) -> (Code, String) {
    let status = tonic::Status::from_header_map(response.headers()).unwrap();
    (status.code(), client::error(status).reason.to_string())
}

#[tokio::test]
async fn request_id_is_in_the_last_frame_of_every_answer() {
    let suite = Suite::start().await;
    let mut catalog = suite.catalog().await;

    let good = catalog
        .get_product(with(product("mug"), &[("x-request-id", "mine-1")]))
        .await
        .unwrap();
    assert_eq!(good.metadata().get("x-request-id").unwrap(), "mine-1");
    let shown = good.into_inner().product.unwrap().description;
    assert_eq!(field(&shown, "request_id"), "mine-1");

    let bad = catalog
        .get_product(with(product("gone"), &[("x-request-id", "mine-2")]))
        .await
        .unwrap_err();
    assert_eq!(bad.metadata().get("x-request-id").unwrap(), "mine-2");

    // One that cannot stand in a log as it is gives way to a fresh one.
    let fresh = catalog
        .get_product(with(product("mug"), &[("x-request-id", "a b\"c")]))
        .await
        .unwrap();
    assert_eq!(fresh.metadata().get("x-request-id").unwrap().len(), 32);
}

/// In the head it would switch the retries of gRPC clients off.
#[tokio::test]
async fn request_id_is_not_in_the_head_of_an_answer_with_a_message() {
    let suite = Suite::start().await;
    let message = b"\0\0\0\0\x05\x0a\x03mug";
    let response = raw(suite.channel().await, GET_PRODUCT, &[], message).await;
    assert!(!response.headers().contains_key("x-request-id"));
    let body = response.into_body().collect().await.unwrap();
    let trailers = body.trailers().unwrap();
    assert_eq!(trailers["grpc-status"], "0");
    assert_eq!(trailers["x-request-id"].len(), 32);
}

#[tokio::test]
async fn span_goes_on_with_the_trace_of_the_caller() {
    let suite = Suite::start().await;
    let mut catalog = suite.catalog().await;
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    for (sent, same_trace) in [(parent, true), ("nonsense", false)] {
        let request = with(product("mug"), &[("traceparent", sent)]);
        let answer = catalog.get_product(request).await.unwrap().into_inner();
        let shown = answer.product.unwrap().description;
        let adopted = field(&shown, "traceparent");
        assert_eq!(adopted.len(), parent.len(), "{adopted}");
        assert_eq!(
            adopted.contains("0af7651916cd43dd8448eb211c80319c"),
            same_trace
        );
    }
}

#[tokio::test]
async fn metrics_count_by_code_and_time_every_call() {
    let suite = Suite::start().await;
    let mut catalog = suite.catalog().await;
    catalog.get_product(product("mug")).await.unwrap();
    catalog.get_product(product("mug")).await.unwrap();
    suite.refused("gone", &[]).await;
    suite.refused("panic", &[]).await;
    for (code, count) in [("OK", 2), ("NOT_FOUND", 1), ("INTERNAL", 1)] {
        let begin = format!(
            "rpc_server_requests_total{{rpc_code=\"{code}\",rpc_method=\"GetProduct\",rpc_service=\"stoa.catalog.v1.CatalogService\"}} {count}"
        );
        suite.metric(&begin).await;
    }
    suite
        .metric("rpc_server_duration_seconds_count{rpc_method=\"GetProduct\",rpc_service=\"stoa.catalog.v1.CatalogService\"} 4")
        .await;
    suite.metric("rpc_server_in_flight 0").await;
}

#[tokio::test]
async fn rescue_explains_errors_and_keeps_their_cause() {
    let suite = Suite::start().await;
    let error = suite.refused("broken", &[]).await;
    assert_eq!((error.kind, &*error.reason), (Kind::Internal, "INTERNAL"));
    assert_eq!(error.message, "internal error");

    let error = suite.refused("gone", &[]).await;
    assert_eq!(
        (error.kind, &*error.reason),
        (Kind::NotFound, "PRODUCT_NOT_FOUND")
    );
    assert_eq!(error.metadata.get("sku").unwrap(), "MUG");

    let error = suite.refused("try-again", &[]).await;
    assert_eq!(error.retry_after, Some(Duration::from_millis(1)));
}

/// What tonic refuses by itself, before our code is reached, has an ErrorInfo too.
#[tokio::test]
async fn rescue_explains_what_is_not_ours() {
    let suite = Suite::start().await;
    let channel = suite.channel().await;
    for (path, body, code, expected) in [
        (
            GET_PRODUCT,
            &b"\0\0\0\0\x03\xff\xff\xff"[..],
            Code::InvalidArgument,
            "MALFORMED",
        ),
        (GET_PRODUCT, b"", Code::InvalidArgument, "MALFORMED"),
        (
            GET_PRODUCT,
            b"\0\x7f\0\0\0",
            Code::OutOfRange,
            "MESSAGE_TOO_LARGE",
        ),
        (
            "/stoa.catalog.v1.CatalogService/NoSuch",
            b"",
            Code::Unimplemented,
            "METHOD_NOT_FOUND",
        ),
        (
            "/grpc.health.v1.Health/NoSuch",
            b"",
            Code::Unimplemented,
            "METHOD_NOT_FOUND",
        ),
    ] {
        let response = raw(channel.clone(), path, &[], body).await;
        assert_eq!(reason(&response), (code, expected.to_owned()), "{path}");
    }
    let response = raw(
        channel,
        GET_PRODUCT,
        &[("grpc-encoding", "zstd")],
        b"\x01\0\0\0\0",
    )
    .await;
    assert_eq!(reason(&response).0, Code::Unimplemented);
}

#[tokio::test]
async fn a_panic_is_an_error_like_others() {
    let suite = Suite::start().await;
    let mut catalog = suite.catalog().await;
    let error = client::error(catalog.get_product(product("panic")).await.unwrap_err());
    assert_eq!((error.kind, &*error.reason), (Kind::Internal, "INTERNAL"));
    assert!(!error.to_string().contains("secret"), "{error}");
    // On the same connection.
    catalog.get_product(product("mug")).await.unwrap();
}

/// tonic reads the same header and would answer CANCELLED.
#[tokio::test]
async fn the_deadline_is_exceeded_and_not_cancelled() {
    let suite = Suite::start().await;
    let message = b"\0\0\0\0\x0a\x0a\x08for-ever";
    // By hand: tonic's own client has a timer too, and says CANCELLED by itself.
    let stream = tokio::net::TcpStream::connect(suite.addr).await.unwrap();
    let (mut sender, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    for (header, at_most) in [(Some("50m"), 900), (None, 3_000)] {
        let mut request = http::Request::post(format!("http://{}{GET_PRODUCT}", suite.addr))
            .header("content-type", "application/grpc");
        if let Some(header) = header {
            request = request.header("grpc-timeout", header);
        }
        let began = std::time::Instant::now();
        let (response, mut body) = sender
            .send_request(request.body(()).unwrap(), false)
            .unwrap();
        body.send_data(Bytes::from_static(message), true).unwrap();
        let response = response.await.unwrap();
        let status = tonic::Status::from_header_map(response.headers()).unwrap();
        assert_eq!(status.code(), Code::DeadlineExceeded, "{header:?}");
        assert_eq!(client::error(status).reason, "DEADLINE_EXCEEDED");
        assert!(began.elapsed() < Duration::from_millis(at_most));
    }
}

#[tokio::test]
async fn a_deadline_is_cut_to_the_maximum_of_the_method() {
    let suite = Suite::start().await;
    let mut catalog = suite.catalog().await;
    let began = suite.gate.clock().now();
    for (header, seconds) in [(Some("1H"), 3), (Some("2S"), 2), (None, 1)] {
        let headers = header.map(|text| ("grpc-timeout", text));
        let request = with(product("mug"), headers.as_slice());
        let answer = catalog.get_product(request).await.unwrap().into_inner();
        let shown = answer.product.unwrap().description;
        let deadline: i64 = field(&shown, "deadline").parse().unwrap();
        let left = deadline - began.micros();
        let limit = seconds * 1_000_000;
        assert!(
            (limit..limit + 900_000).contains(&left),
            "{header:?} {left}"
        );
    }
    let error = suite.refused("mug", &[("grpc-timeout", "soon")]).await;
    assert_eq!(error.violations[0].field, "grpc-timeout");
    let headers = bare(
        &suite,
        GET_PRODUCT,
        &[("grpc-timeout", "0S")],
        b"\0\0\0\0\x05\x0a\x03mug",
    )
    .await;
    assert_eq!(
        tonic::Status::from_header_map(&headers).unwrap().code(),
        Code::DeadlineExceeded
    );
}

#[tokio::test]
async fn shed_refuses_what_there_is_no_room_for() {
    let suite = Suite::with_room(1).await;
    let mut catalog = suite.catalog().await;
    let waiting = tokio::spawn(async move { catalog.get_product(product("wait")).await });
    suite.handler.waiting.notified().await;

    let error = suite.refused("mug", &[]).await;
    assert_eq!(
        (error.kind, &*error.reason),
        (Kind::ResourceExhausted, "OVERLOADED")
    );
    assert!(error.retry_after.is_some());
    suite.handler.go.notify_one();
    waiting.await.unwrap().unwrap();
    suite
        .catalog()
        .await
        .get_product(product("mug"))
        .await
        .unwrap();
}

#[tokio::test]
async fn authenticate_refuses_credentials_that_are_none() {
    let suite = Suite::start().await;
    for (headers, kind, reason) in [
        (
            vec![("authorization", "Bearer nobody-knows-this")],
            Kind::Unauthenticated,
            "UNAUTHENTICATED",
        ),
        (
            vec![("stoa-guest-secret", "short")],
            Kind::InvalidArgument,
            "GUEST_SECRET_MALFORMED",
        ),
        (
            vec![
                ("authorization", &*format!("Bearer {ROOT}")),
                ("stoa-guest-secret", SECRET),
            ],
            Kind::InvalidArgument,
            "CREDENTIALS_AMBIGUOUS",
        ),
    ] {
        // Also where nobody needs any.
        let error = suite.refused("mug", &headers).await;
        assert_eq!((error.kind, &*error.reason), (kind, reason));
    }
    assert_eq!(suite.handler.count(), 0);
}

#[tokio::test]
async fn authorise_lets_in_who_may() {
    use stoa_api::catalog::v1::catalog_admin_service_client::CatalogAdminServiceClient;
    use stoa_api::catalog::v1::catalog_internal_service_client::CatalogInternalServiceClient;
    use stoa_api::catalog::v1::{ArchiveProductRequest, ResolveSkusRequest};

    let suite = Suite::start().await;
    let mut admin = CatalogAdminServiceClient::new(suite.channel().await);
    let archive = ArchiveProductRequest {
        request_id: "k1".to_owned(),
        product_id: PRODUCT.to_owned(),
        ..ArchiveProductRequest::default()
    };
    for (headers, kind) in [
        (vec![], Kind::Unauthenticated),
        (vec![("stoa-guest-secret", SECRET)], Kind::PermissionDenied),
        (
            vec![("authorization", &*format!("Bearer {CLERK}"))],
            Kind::PermissionDenied,
        ),
    ] {
        let status = admin
            .archive_product(with(archive.clone(), &headers))
            .await
            .unwrap_err();
        assert_eq!(client::error(status).kind, kind, "{headers:?}");
    }
    let root = format!("Bearer {ROOT}");
    let answer = admin
        .archive_product(with(archive, &[("authorization", &root)]))
        .await
        .unwrap();
    let shown = answer.into_inner().product.unwrap().description;
    assert_eq!(field(&shown, "actor"), "staff:root");
    assert_eq!(field(&shown, "key_scope"), "staff:root");

    // Nobody outside may call what is between services, not even staff that may everything.
    let mut internal = CatalogInternalServiceClient::new(suite.channel().await);
    let resolve = ResolveSkusRequest {
        skus: vec!["MUG".to_owned()],
        ..ResolveSkusRequest::default()
    };
    let request = with(resolve, &[("authorization", &root)]);
    let error = client::error(internal.resolve_skus(request).await.unwrap_err());
    assert_eq!(
        (error.kind, &*error.reason),
        (Kind::PermissionDenied, "PERMISSION_DENIED")
    );
}

#[tokio::test]
async fn health_is_open_and_nothing_else_is() {
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_client::HealthClient;

    let suite = Suite::start().await;
    let mut health = HealthClient::new(suite.channel().await);
    health.check(HealthCheckRequest::default()).await.unwrap();
    let response = raw(suite.channel().await, "/other.v1.Service/Do", &[], b"").await;
    assert_eq!(
        reason(&response),
        (Code::Unimplemented, "METHOD_NOT_FOUND".to_owned())
    );
}
