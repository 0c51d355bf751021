//! Fulfilments, and what is taken when they leave.

use futures::future::join_all;
use stoa_api::order::v1::*;

use crate::shop::{CARE, MUG, ONCE, SHIP, Shop, events, minor, reason};

#[tokio::test(flavor = "multi_thread")]
async fn all_open_units_leave_together() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop
        .buy(&ada, SHIP, &[(MUG, 2), (CARE, 1)], "tok_approve")
        .await;
    let fulfillment = shop.fulfill(&order).await;
    let prepared = shop.order(&order.order_id).await;
    assert_eq!(
        (prepared.lines[0].open, prepared.lines[0].fulfilling),
        (0, 2)
    );
    let again = CreateFulfillmentRequest {
        order_id: order.order_id.clone(),
        ..CreateFulfillmentRequest::default()
    };
    assert_eq!(reason(shop.staff.call(again).await), "NOTHING_TO_FULFILL");
    let other = "ful_01h455vb4pex5vsknk084sn02q";
    let unknown = shop.leave(&order.order_id, other).await;
    assert_eq!(reason(unknown), "FULFILLMENT_NOT_FOUND");
    // Several at once are one departure.
    let leaving = (0..5).map(|_| shop.leave(&order.order_id, &fulfillment));
    for left in join_all(leaving).await {
        assert_eq!(left.unwrap().state(), OrderState::Closed);
    }
    let order = shop.order(&order.order_id).await;
    assert_eq!(order.fulfillment_state(), AxisState::Full);
    assert_eq!(order.fulfillments[0].state(), FulfillmentState::Shipped);
    assert_eq!(order.fulfillments[0].tracking_ref, "1Z");
    assert!(order.fulfillments[0].ship_time.is_some());
    assert_eq!(shop.stock(MUG).await, (8, 0, 0));
    assert_eq!(shop.money(&order.order_id).await, (2_968, 2_968, 0, 0));
    assert_eq!(
        events(&ada, &order.order_id).await,
        [
            "accepted",
            "confirmed",
            "fulfillment_created",
            "shipping_started",
            "shipped"
        ]
    );
    shop.books_agree().await;
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_decided_or_is_over_does_not_leave() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let canceled = shop.buy(&ada, ONCE, &[(MUG, 1)], "tok_decline").await;
    let pending = shop
        .buy_quickly(&ada, ONCE, &[(MUG, 1)], "tok_timeout_then_succeed")
        .await;
    for order in [pending, canceled] {
        let request = CreateFulfillmentRequest {
            order_id: order.order_id.clone(),
            ..CreateFulfillmentRequest::default()
        };
        assert_eq!(reason(shop.staff.call(request).await), "ORDER_STATE");
    }
    shop.suite.stop().await;
}

/// The order is confirmed and its money is on its way: the goods wait for it.
#[tokio::test(flavor = "multi_thread")]
async fn goods_leave_only_after_the_checkout_has_come_to_its_end() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let token = "tok_capture_timeout_then_succeed";
    let order = shop.buy_quickly(&ada, ONCE, &[(MUG, 1)], token).await;
    let order = shop.until(&order.order_id, OrderState::Confirmed).await;
    assert_eq!(minor(&order.captured), 0);
    let left = shop.ship(&order).await;
    assert_eq!(left.state(), OrderState::Closed);
    assert_eq!(
        events(&ada, &order.order_id).await,
        [
            "accepted",
            "confirmed",
            "fulfillment_created",
            "shipping_started",
            "captured",
            "shipped"
        ]
    );
    assert_eq!(shop.money(&order.order_id).await, (1_234, 1_234, 0, 0));
    // Where it is declined they stay, until staff try again.
    let token = "tok_capture_timeout_then_fail";
    let order = shop.buy_quickly(&ada, ONCE, &[(MUG, 1)], token).await;
    let order = shop.until(&order.order_id, OrderState::Confirmed).await;
    let left = shop.ship(&order).await;
    assert_eq!(left.state(), OrderState::OnHold);
    assert_eq!(left.fulfillments[0].state(), FulfillmentState::Shipping);
    assert_eq!(shop.stock(MUG).await, (9, 1, 0));
    let fulfillment = &left.fulfillments[0].fulfillment_id;
    let tries = (0..4).map(|_| shop.leave(&order.order_id, fulfillment));
    for tried in join_all(tries).await {
        tried.unwrap();
    }
    let tried = shop.until(&order.order_id, OrderState::OnHold).await;
    assert_eq!(tried.fulfillments[0].state(), FulfillmentState::Shipping);
    let happened = events(&ada, &order.order_id).await;
    let count = |name| happened.iter().filter(|event| **event == name).count();
    assert_eq!(
        (count("put_on_hold"), count("resumed")),
        (2, 1),
        "{happened:?}"
    );
    assert_eq!(shop.stock(MUG).await, (9, 1, 0));
    shop.books_agree().await;
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_capture_keeps_the_goods_and_can_be_tried_again() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop
        .buy(&ada, SHIP, &[(MUG, 1)], "tok_capture_declined")
        .await;
    assert_eq!(order.state(), OrderState::Confirmed);
    let fulfillment = shop.fulfill(&order).await;
    for captures in 1..3 {
        let held = shop.leave(&order.order_id, &fulfillment).await.unwrap();
        assert_eq!(held.state(), OrderState::OnHold);
        assert_eq!(held.hold_reason, "CAPTURE_DECLINED");
        assert_eq!(shop.stock(MUG).await, (10, 1, 0));
        let tried = events(&ada, &order.order_id).await;
        let tried = tried.iter().filter(|name| **name == "put_on_hold").count();
        assert_eq!(tried, captures);
    }
    assert_eq!(shop.money(&order.order_id).await, (1_234, 0, 0, 0));
    shop.books_agree().await;
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_of_which_nothing_is_known_is_waited_for() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let token = "tok_capture_timeout_then_succeed";
    let order = shop.buy(&ada, SHIP, &[(MUG, 1)], token).await;
    let order = shop.ship(&order).await;
    assert_eq!(order.state(), OrderState::Closed);
    assert_eq!(shop.money(&order.order_id).await, (1_234, 1_234, 0, 0));
    shop.books_agree().await;
    shop.suite.stop().await;
}
