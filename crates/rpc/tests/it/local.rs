//! A service in the same process: same refusals, same errors, and a caller that nobody can pretend to be.

use std::sync::Arc;
use std::time::Duration;

use stoa_api::catalog::v1::ResolveSkusRequest;
use stoa_api::catalog::v1::catalog_internal_service_client::CatalogInternalServiceClient;
use stoa_api::order::v1::CancelOrderRequest;
use stoa_api::order::v1::order_service_client::OrderServiceClient;
use stoa_errors::{Error, Kind};
use stoa_rpc::server::Services;
use stoa_rpc::{Gate, Peer, client};
use stoa_types::{Ctx, Principal, SystemIds};

use crate::handler::{Handler, field};
use crate::suite::{ORDER, ROOT, services, with};

fn peer(handler: &Arc<Handler>, caller: &'static str, limit: usize) -> Peer {
    let gate = Gate::bare();
    let table: Services = [services(&gate, handler)].into_iter().collect();
    Peer::local(table, caller, "catalog", limit).with_gate(&gate)
}

fn ask(sku: &str) -> ResolveSkusRequest {
    ResolveSkusRequest {
        skus: vec![sku.to_owned()],
        ..ResolveSkusRequest::default()
    }
}

fn ctx() -> Ctx {
    let gate = Gate::bare();
    let mut ctx = Ctx::background("order", gate.clock().now(), &SystemIds);
    ctx.principal = Principal::Guest {
        secret_hash: [0xab; 32],
    };
    ctx.traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
    ctx
}

async fn resolve(peer: Peer, ctx: &Ctx, sku: &str) -> Result<String, Error> {
    let answer = CatalogInternalServiceClient::new(peer)
        .resolve_skus(client::request(ctx, ask(sku)))
        .await
        .map_err(client::error)?;
    Ok(answer.into_inner().skus[0].title.clone())
}

#[tokio::test]
async fn the_callee_sees_the_service_and_on_whose_behalf() {
    let handler = Handler::new();
    let ctx = ctx();
    let shown = resolve(peer(&handler, "order", 10), &ctx, "MUG")
        .await
        .unwrap();
    assert_eq!(field(&shown, "actor"), "service:order");
    assert_eq!(field(&shown, "acting_for"), "guest:abababab");
    assert_eq!(field(&shown, "request_id"), ctx.request_id);
    assert_eq!(field(&shown, "correlation"), ctx.correlation_id.to_string());
    assert!(field(&shown, "traceparent").contains("0af7651916cd43dd8448eb211c80319c"));
}

#[tokio::test]
async fn the_deadline_is_inherited_and_cut() {
    let handler = Handler::new();
    let mut ctx = ctx();
    let began = Gate::bare().clock().now();
    // A READ of 1 s, at most 3 s: what the caller has beyond that is not for this call.
    for (left, seconds) in [(60, 3), (2, 2)] {
        ctx.deadline = began.plus(Duration::from_secs(left));
        let shown = resolve(peer(&handler, "order", 10), &ctx, "MUG")
            .await
            .unwrap();
        let deadline: i64 = field(&shown, "deadline").parse().unwrap();
        let granted = deadline - began.micros();
        assert!((granted - seconds * 1_000_000).abs() < 500_000, "{granted}");
    }
    ctx.deadline = began.plus(Duration::from_millis(50));
    let error = resolve(peer(&handler, "order", 10), &ctx, "for-ever")
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::DeadlineExceeded);
    ctx.deadline = began;
    let calls = handler.count();
    let error = resolve(peer(&handler, "order", 10), &ctx, "MUG")
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::DeadlineExceeded);
    assert_eq!(handler.count(), calls, "what is late is not begun");
}

#[tokio::test]
async fn a_service_may_call_only_what_names_it() {
    let handler = Handler::new();
    let error = resolve(peer(&handler, "payment", 10), &ctx(), "MUG")
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, &*error.reason),
        (Kind::PermissionDenied, "PERMISSION_DENIED")
    );
    let cancel = CancelOrderRequest {
        request_id: "k".to_owned(),
        order_id: ORDER.to_owned(),
        ..CancelOrderRequest::default()
    };
    let status = OrderServiceClient::new(peer(&handler, "payment", 10))
        .cancel_order(client::request(&ctx(), cancel))
        .await
        .unwrap_err();
    assert_eq!(client::error(status).kind, Kind::PermissionDenied);
    assert_eq!(handler.count(), 0);
}

/// Credentials count for nothing here: the caller is who the peer was made for.
#[tokio::test]
async fn nothing_that_a_request_carries_makes_another_caller() {
    let handler = Handler::new();
    let token = format!("Bearer {ROOT}");
    let request = with(ask("MUG"), &[("authorization", &token)]);
    let answer = CatalogInternalServiceClient::new(peer(&handler, "order", 10))
        .resolve_skus(request)
        .await
        .unwrap();
    let shown = answer.into_inner().skus[0].title.clone();
    assert_eq!(field(&shown, "actor"), "service:order");
}

#[tokio::test]
async fn errors_keep_their_reason_and_lose_their_cause() {
    let handler = Handler::new();
    let error = resolve(peer(&handler, "order", 10), &ctx(), "gone")
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, &*error.reason),
        (Kind::NotFound, "PRODUCT_NOT_FOUND")
    );
    assert_eq!(error.metadata.get("sku").unwrap(), "MUG");
    for word in ["broken", "panic"] {
        let error = resolve(peer(&handler, "order", 10), &ctx(), word)
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "INTERNAL: internal error");
        assert_eq!(error.causes(), "", "it stays with whom it happened to");
    }
}

#[tokio::test]
async fn at_most_so_many_calls_run_at_once() {
    let handler = Handler::new();
    let peer = peer(&handler, "order", 1);
    let first = tokio::spawn({
        let peer = peer.clone();
        async move { resolve(peer, &ctx(), "wait").await }
    });
    handler.waiting.notified().await;
    let error = resolve(peer.clone(), &ctx(), "MUG").await.unwrap_err();
    assert_eq!(error.reason, "OVERLOADED");
    assert!(error.retry_after.is_some());
    handler.go.notify_one();
    first.await.unwrap().unwrap();
    resolve(peer, &ctx(), "MUG").await.unwrap();
}
