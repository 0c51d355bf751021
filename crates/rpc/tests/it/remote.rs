//! A service over the network: what is tried again, what is not, and when it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use stoa_api::catalog::v1::catalog_service_client::CatalogServiceClient;
use stoa_errors::{Error, Kind};
use stoa_rpc::{Gate, Peer, client};
use stoa_types::{Ctx, SystemIds};
use tokio::net::{TcpListener, TcpStream};

use crate::handler::field;
use crate::suite::{ROOT, Suite, product};

fn ctx(left: Duration) -> Ctx {
    let now = Gate::bare().clock().now();
    let mut ctx = Ctx::background("order", now, &SystemIds);
    ctx.deadline = now.plus(left);
    ctx
}

fn peer(addr: std::net::SocketAddr) -> Peer {
    Peer::remote(format!("http://{addr}").parse().unwrap(), "order")
}

async fn get(peer: Peer, ctx: &Ctx, word: &str) -> Result<String, Error> {
    let answer = CatalogServiceClient::new(peer)
        .get_product(client::request(ctx, product(word)))
        .await
        .map_err(client::error)?;
    Ok(answer.into_inner().product.unwrap().description)
}

#[tokio::test]
async fn a_call_carries_its_id_deadline_and_trace() {
    let suite = Suite::start().await;
    let mut ctx = ctx(Duration::from_secs(2));
    ctx.traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
    let shown = get(peer(suite.addr), &ctx, "mug").await.unwrap();
    assert_eq!(field(&shown, "request_id"), ctx.request_id);
    assert!(field(&shown, "traceparent").contains("0af7651916cd43dd8448eb211c80319c"));
    let deadline: i64 = field(&shown, "deadline").parse().unwrap();
    assert!((deadline - ctx.deadline.micros()).abs() < 500_000);
    // Over the network nobody is believed to be a service.
    assert_eq!(field(&shown, "actor"), "nobody");
}

#[tokio::test]
async fn a_tool_presents_its_token() {
    let suite = Suite::start().await;
    let peer = peer(suite.addr).with_token(ROOT).unwrap();
    let shown = get(peer, &ctx(Duration::from_secs(2)), "mug")
        .await
        .unwrap();
    assert_eq!(field(&shown, "actor"), "staff:root");
    assert!(self::peer(suite.addr).with_token("no\nheader").is_err());
}

#[tokio::test]
async fn what_invites_to_a_retry_is_tried_three_times() {
    let suite = Suite::start().await;
    let ctx = ctx(Duration::from_secs(10));
    get(peer(suite.addr), &ctx, "third-time").await.unwrap();
    assert_eq!(suite.handler.count(), 3);

    let error = get(peer(suite.addr), &ctx, "try-again").await.unwrap_err();
    assert_eq!(suite.handler.count(), 6);
    assert_eq!(
        (error.kind, error.retry_after.is_some()),
        (Kind::Unavailable, true)
    );
}

#[tokio::test]
async fn what_does_not_is_tried_once() {
    let suite = Suite::start().await;
    let ctx = ctx(Duration::from_secs(10));
    for (calls, word) in (1..).zip(["no-hint", "gone", "broken", "panic"]) {
        assert!(get(peer(suite.addr), &ctx, word).await.is_err());
        assert_eq!(suite.handler.count(), calls, "{word}");
    }
}

#[tokio::test]
async fn retries_end_with_their_budget() {
    let suite = Suite::start().await;
    let ctx = ctx(Duration::from_secs(60));
    let peer = peer(suite.addr);
    for _ in 0..20 {
        assert!(get(peer.clone(), &ctx, "try-again").await.is_err());
    }
    // 20 calls, ten retries at the beginning and two that the calls have paid for.
    assert_eq!(suite.handler.count(), 32);
}

#[tokio::test]
async fn the_deadline_holds_over_all_tries() {
    let suite = Suite::start().await;
    let began = Instant::now();
    let error = get(
        peer(suite.addr),
        &ctx(Duration::from_millis(100)),
        "for-ever",
    )
    .await
    .unwrap_err();
    assert_eq!(
        (error.kind, &*error.reason),
        (Kind::DeadlineExceeded, "DEADLINE_EXCEEDED")
    );
    assert!(began.elapsed() < Duration::from_secs(2));
    let error = get(peer(suite.addr), &ctx(Duration::ZERO), "mug")
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::DeadlineExceeded);
}

/// Nobody listens: the call has never left, so it is tried again, and then said to be worth a retry.
#[tokio::test]
async fn a_service_that_is_not_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    drop(listener);
    let error = get(peer(addr), &ctx(Duration::from_secs(5)), "mug")
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, &*error.reason),
        (Kind::Unavailable, "UNAVAILABLE")
    );
    assert!(error.retry_after.is_some());
    assert!(!error.message.contains("127.0.0.1"), "{error}");
}

/// Serves HTTP/2 by hand: `answer` gets the number of the stream, over all connections.
async fn by_hand<F>(answer: F) -> std::net::SocketAddr
where
    F: Fn(u32, h2::server::SendResponse<bytes::Bytes>) -> bool + Send + Sync + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    let streams = Arc::new(AtomicU32::new(0));
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (answer, streams) = (Arc::clone(&answer), Arc::clone(&streams));
            tokio::spawn(async move { connection(socket, &*answer, &streams).await });
        }
    });
    addr
}

async fn connection<F>(socket: TcpStream, answer: &F, streams: &AtomicU32)
where
    F: Fn(u32, h2::server::SendResponse<bytes::Bytes>) -> bool,
{
    let mut http = h2::server::handshake(socket).await.unwrap();
    while let Some(Ok((_, respond))) = http.accept().await {
        if !answer(streams.fetch_add(1, Ordering::SeqCst), respond) {
            return;
        }
    }
}

fn not_found(mut respond: h2::server::SendResponse<bytes::Bytes>) {
    let head = http::Response::builder()
        .header("content-type", "application/grpc")
        .header("grpc-status", "5")
        .body(())
        .unwrap();
    respond.send_response(head, true).unwrap();
}

/// A stream refused unseen has reached nobody.
#[tokio::test]
async fn a_refused_stream_is_tried_again() {
    let addr = by_hand(|number, mut respond| {
        if number == 0 {
            respond.send_reset(h2::Reason::REFUSED_STREAM);
        } else {
            not_found(respond);
        }
        true
    })
    .await;
    let error = get(peer(addr), &ctx(Duration::from_secs(5)), "mug")
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
}

/// A call that broke off after it was read may have taken effect: nobody but its maker may repeat it.
#[tokio::test]
async fn a_broken_call_is_not_tried_again() {
    for reset in [true, false] {
        let seen = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&seen);
        let addr = by_hand(move |_, mut respond| {
            counted.fetch_add(1, Ordering::SeqCst);
            if reset {
                respond.send_reset(h2::Reason::INTERNAL_ERROR);
            }
            // Else the connection ends in the middle of the call.
            reset
        })
        .await;
        let error = get(peer(addr), &ctx(Duration::from_secs(5)), "mug")
            .await
            .unwrap_err();
        assert_eq!(error.kind, Kind::Unavailable, "{error}");
        assert_eq!(seen.load(Ordering::SeqCst), 1);
    }
}
