//! The customer must act before his payment goes on: done, abandoned, late, refused, canceled; seen through the public door.

use std::time::Duration;

use futures::StreamExt;
use stoa_api::order::v1::order_service_client::OrderServiceClient;
use stoa_api::order::v1::*;
use stoa_api::payment::v1::{ConfirmPaymentRequest, NextActionKind};
use stoa_testkit::{Caller, eventually};

use crate::shop::{MUG, ONCE, SHIP, Shop, events};

/// Buys, and is asked to act.
async fn asked(shop: &Shop, ada: &Caller, channel: &str, token: &str) -> (Order, NextAction) {
    let before = std::time::Instant::now();
    let order = shop.buy(ada, channel, &[(MUG, 2)], token).await;
    // The answer does not wait for the customer.
    assert!(before.elapsed() < Duration::from_secs(5));
    assert_eq!(order.state(), OrderState::Pending, "{token}");
    let action = order.next_action.clone().unwrap();
    assert!(action.expire_time.is_some());
    assert_eq!(shop.stock(MUG).await.2, 2, "{token}");
    (order, action)
}

/// The customer visits the address that he was given.
async fn visit(action: &NextAction, what: &str) {
    let url = format!("{}/{what}", action.redirect_uri);
    let answer = reqwest::Client::new().post(url).send().await.unwrap();
    assert!(answer.status().is_success(), "{answer:?}");
}

async fn confirm(ada: &Caller, action: &NextAction) {
    let request = ConfirmPaymentRequest {
        payment_id: action.payment_id.clone(),
        ..ConfirmPaymentRequest::default()
    };
    ada.call(request).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn done_the_order_goes_on_and_whoever_watches_sees_it() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let (order, action) = asked(&shop, &ada, ONCE, "tok_action_done").await;
    assert_eq!(action.kind(), NextActionKind::Redirect);
    // The owner sees where to go, again and again; a list does not say it.
    let get = GetOrderRequest {
        order_id: order.order_id.clone(),
        ..GetOrderRequest::default()
    };
    let seen = ada.call(get).await.unwrap().order.unwrap();
    assert_eq!(seen.next_action.as_ref(), Some(&action));
    let listed = ada.call(ListOrdersRequest::default()).await.unwrap().orders;
    let listed = listed[0].next_action.clone().unwrap();
    assert_eq!(listed.redirect_uri, "");
    let watch = WatchOrderRequest {
        order_id: order.order_id.clone(),
        ..WatchOrderRequest::default()
    };
    let mut client = OrderServiceClient::new(ada.clone());
    let mut stream = client.watch_order(watch).await.unwrap().into_inner();
    let first = stream.next().await.unwrap().unwrap().order.unwrap();
    assert_eq!(first.next_action.as_ref(), Some(&action));
    visit(&action, "approve").await;
    confirm(&ada, &action).await;
    let mut states = Vec::new();
    while let Some(Ok(answer)) = stream.next().await {
        let order = answer.order.unwrap();
        assert!(order.next_action.is_none());
        states.push(order.state());
        if order.charged_state() == AxisState::Full {
            break;
        }
    }
    assert!(states.iter().all(|state| *state == OrderState::Confirmed));
    assert_eq!(
        events(&ada, &order.order_id).await,
        ["accepted", "action_required", "confirmed", "captured"]
    );
    shop.agrees(&order.order_id).await;
    shop.suite.stop().await;
}

/// Nobody comes back to say so: the provider's own message wakes the work.
#[tokio::test(flavor = "multi_thread")]
async fn done_without_a_word_to_us_the_order_goes_on() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let (order, action) = asked(&shop, &ada, SHIP, "tok_action_done").await;
    visit(&action, "approve").await;
    let order = shop.until(&order.order_id, OrderState::Confirmed).await;
    assert_eq!(shop.money(&order.order_id).await, (2_468, 0, 0, 0));
    shop.agrees(&order.order_id).await;
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_by_the_customer_the_order_is_refused() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let (order, action) = asked(&shop, &ada, ONCE, "tok_action_done").await;
    visit(&action, "refuse").await;
    confirm(&ada, &action).await;
    let order = shop.until(&order.order_id, OrderState::Canceled).await;
    assert_eq!(order.cancel_reason(), CancelReason::PaymentDeclined);
    assert!(order.next_action.is_none());
    assert_eq!(shop.stock(MUG).await, (10, 0, 0));
    shop.books_agree().await;
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn abandoned_the_order_is_canceled_when_the_time_is_over() {
    let shop = Shop::open_hurried().await;
    let ada = shop.guest("ada");
    let (order, _) = asked(&shop, &ada, ONCE, "tok_action_abandoned").await;
    let order = shop.until(&order.order_id, OrderState::Canceled).await;
    assert_eq!(order.cancel_reason(), CancelReason::PaymentActionExpired);
    assert_eq!(shop.stock(MUG).await, (10, 0, 0));
    let (authorized, captured, _, voided) = shop.money(&order.order_id).await;
    assert_eq!((captured, authorized - voided), (0, 0));
    shop.books_agree().await;
    shop.suite.stop().await;
}

/// The provider breaks its word and reserves the money after the time was over: it goes back, the order stays canceled.
#[tokio::test(flavor = "multi_thread")]
async fn late_the_money_goes_back_and_the_order_stays_canceled() {
    let shop = Shop::open_hurried().await;
    let ada = shop.guest("ada");
    let (order, _) = asked(&shop, &ada, ONCE, "tok_action_late").await;
    let order = shop.until(&order.order_id, OrderState::Canceled).await;
    assert_eq!(order.cancel_reason(), CancelReason::PaymentActionExpired);
    eventually("the late money to go back", || async {
        let (authorized, captured, _, voided) = shop.money(&order.order_id).await;
        (authorized == 2_468 && voided == 2_468 && captured == 0).then_some(())
    })
    .await;
    assert_eq!(shop.order(&order.order_id).await.revision, order.revision);
    shop.books_agree_soon().await;
    shop.suite.stop().await;
}

/// A cancel while the customer is asked: nothing is kept, also when he approves after that.
#[tokio::test(flavor = "multi_thread")]
async fn canceled_meanwhile_nothing_is_kept() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let (order, action) = asked(&shop, &ada, ONCE, "tok_action_done").await;
    shop.cancel(&ada, &order.order_id).await.unwrap();
    let seen = shop.order(&order.order_id).await;
    assert!(seen.next_action.is_none());
    let url = format!("{}/approve", action.redirect_uri);
    // Whether it is heard still is the provider's to say.
    let late = reqwest::Client::new().post(url).send().await.unwrap();
    let reserved = if late.status().is_success() { 2_468 } else { 0 };
    let order = shop.until(&order.order_id, OrderState::Canceled).await;
    assert_eq!(order.cancel_reason(), CancelReason::Customer);
    eventually("what was reserved late to go back", || async {
        let (authorized, captured, _, voided) = shop.money(&order.order_id).await;
        assert_eq!(captured, 0);
        (authorized == reserved && voided == reserved).then_some(())
    })
    .await;
    shop.books_agree_soon().await;
    assert_eq!(shop.stock(MUG).await, (10, 0, 0));
    shop.suite.stop().await;
}
