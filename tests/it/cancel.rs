//! Cancelled before it ships: the money goes back, the units too.

use stoa_api::order::v1::{CancelOrderRequest, CancelReason, OrderState};
use stoa_api::payment::v1::GetLedgerBalancesRequest;
use stoa_testkit::Doors;

use crate::shop::{Shop, both_ways, minor};

both_ways!(canceled, not_after_it_shipped);

async fn canceled(shop: Shop) {
    shop.stock("default", "MUG", 1_250, 10).await;
    let order = shop.order("", "MUG", 4, "tok_approve").await;
    let order_id = order.order_id;
    shop.until(&order_id, "the capture", |order| {
        minor(order.captured.as_ref()) == 5_000
    })
    .await;
    let cancel = CancelOrderRequest {
        order_id: order_id.clone(),
        reason: "changed my mind".to_owned(),
        ..CancelOrderRequest::default()
    };
    shop.ann.call(cancel).await.unwrap();
    let order = shop
        .until(&order_id, "the end of the cancellation", |order| {
            order.state() == OrderState::Canceled && minor(order.refunded.as_ref()) == 5_000
        })
        .await;
    assert_eq!(order.cancel_reason(), CancelReason::Customer);
    assert_eq!((order.lines[0].open, order.lines[0].canceled), (0, 4));
    let level = shop.level("MUG").await;
    assert_eq!(
        (level.on_hand, level.allocated, level.available),
        (10, 0, 10)
    );
    balances(&shop, 0).await;
    shop.close().await;
}

/// The books add up to nothing, and the provider has so much of ours.
async fn balances(shop: &Shop, at_provider: i64) {
    let balances = shop
        .staff
        .call(GetLedgerBalancesRequest::default())
        .await
        .unwrap();
    let sum: i64 = balances
        .balances
        .iter()
        .map(|balance| minor(balance.amount.as_ref()))
        .sum();
    assert_eq!(sum, 0, "{balances:?}");
    let provider = balances
        .balances
        .iter()
        .find(|balance| balance.account() == stoa_api::payment::v1::LedgerAccount::Provider)
        .map_or(0, |balance| minor(balance.amount.as_ref()));
    assert_eq!(provider.abs(), at_provider);
}

async fn not_after_it_shipped(shop: Shop) {
    shop.stock("default", "MUG", 1_250, 10).await;
    let order = shop.order("", "MUG", 1, "tok_approve").await;
    shop.ship(&order.order_id).await;
    let cancel = CancelOrderRequest {
        order_id: order.order_id,
        ..CancelOrderRequest::default()
    };
    let late = shop.ann.call(cancel).await;
    assert_eq!(Doors::reason(late), "ORDER_STATE");
    balances(&shop, 1_250).await;
    shop.close().await;
}
