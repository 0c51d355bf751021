//! Answers that are streams: what the layers do not see of them.

use std::time::Duration;

use stoa_api::order::v1::WatchOrderRequest;
use stoa_rpc::client;
use tonic::{Code, Status};

use crate::suite::{ORDER, SECRET, Suite, with};

/// How many items came, and how it ended.
async fn watch(suite: &Suite, what: i64, timeout: Option<&str>) -> (usize, Option<Status>) {
    let message = WatchOrderRequest {
        order_id: ORDER.to_owned(),
        after_revision: what,
    };
    let mut headers = vec![("stoa-guest-secret", SECRET)];
    headers.extend(timeout.map(|text| ("grpc-timeout", text)));
    let answer = suite
        .orders()
        .await
        .watch_order(with(message, &headers))
        .await
        .unwrap();
    assert!(!answer.metadata().contains_key("x-request-id"));
    let mut items = answer.into_inner();
    let mut seen = 0;
    loop {
        match items.message().await {
            Ok(Some(_)) => seen += 1,
            Ok(None) => {
                let trailers = items.trailers().await.unwrap().unwrap();
                assert!(trailers.contains_key("x-request-id"));
                return (seen, None);
            }
            Err(status) => return (seen, Some(status)),
        }
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_request_id_and_is_counted() {
    let suite = Suite::start().await;
    let (seen, end) = watch(&suite, 0, None).await;
    assert_eq!((seen, end.is_none()), (2, true));
    suite
        .metric("rpc_server_requests_total{rpc_code=\"OK\",rpc_method=\"WatchOrder\"")
        .await;
    suite.metric("rpc_server_in_flight 0").await;
}

#[tokio::test]
async fn an_error_in_a_stream_is_explained_and_is_the_last() {
    let suite = Suite::start().await;
    let (seen, end) = watch(&suite, 1, None).await;
    let status = end.unwrap();
    assert!(status.metadata().contains_key("x-request-id"));
    assert_eq!(
        (seen, &*client::error(status).reason),
        (2, "ORDER_NOT_FOUND")
    );
    suite
        .metric("rpc_server_requests_total{rpc_code=\"NOT_FOUND\",rpc_method=\"WatchOrder\"")
        .await;
}

#[tokio::test]
async fn a_panic_in_a_stream_is_an_error_like_others() {
    let suite = Suite::start().await;
    let (seen, end) = watch(&suite, 2, None).await;
    let status = end.unwrap();
    assert_eq!((seen, status.code()), (2, Code::Internal));
    assert_eq!(status.message(), "internal error");
}

#[tokio::test]
async fn a_stream_ends_with_the_time_of_its_caller() {
    let suite = Suite::start().await;
    let watched = watch(&suite, 3, Some("200m"));
    let (seen, end) = tokio::time::timeout(Duration::from_secs(5), watched)
        .await
        .unwrap();
    assert_eq!((seen, end.unwrap().code()), (2, Code::DeadlineExceeded));
}

/// Who goes away in the middle is counted too, and gives his place back.
#[tokio::test]
async fn a_caller_who_goes_away_is_counted_as_such() {
    let suite = Suite::start().await;
    let message = WatchOrderRequest {
        order_id: ORDER.to_owned(),
        after_revision: 3,
    };
    let request = with(message, &[("stoa-guest-secret", SECRET)]);
    let mut orders = suite.orders().await;
    let mut items = orders.watch_order(request).await.unwrap().into_inner();
    items.message().await.unwrap();
    suite.metric("rpc_server_in_flight 1").await;
    drop(items);
    suite
        .metric("rpc_server_requests_total{rpc_code=\"CANCELLED\",rpc_method=\"WatchOrder\"")
        .await;
    suite.metric("rpc_server_in_flight 0").await;
}
