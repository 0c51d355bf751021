//! A cancel before, at and after the pivot.

use stoa_api::order::v1::*;
use stoa_testkit::eventually;

use crate::shop::{MUG, ONCE, SHIP, Shop, events, reason};

#[tokio::test(flavor = "multi_thread")]
async fn before_the_pivot_the_checkout_undoes_itself() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    for token in [
        "tok_slow",
        "tok_timeout_then_succeed",
        "tok_not_found_then_succeed",
    ] {
        let order = shop.buy_quickly(&ada, ONCE, &[(MUG, 4)], token).await;
        assert_eq!(order.state(), OrderState::Pending, "{token}");
        let order = shop.cancel(&ada, &order.order_id).await.unwrap();
        let order = shop.until(&order.order_id, OrderState::Canceled).await;
        assert_eq!(order.cancel_reason(), CancelReason::Customer, "{token}");
        assert!(order.confirm_time.is_none(), "{token}");
        assert_eq!(
            events(&ada, &order.order_id).await,
            ["accepted", "cancel_requested", "canceled"],
            "{token}"
        );
        assert_eq!(shop.stock(MUG).await, (10, 0, 0), "{token}");
        let (authorized, captured, _, voided) = shop.money(&order.order_id).await;
        assert_eq!((captured, authorized - voided), (0, 0), "{token}");
    }
    shop.books_agree().await;
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_pivot_what_was_reserved_or_taken_goes_back() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    for (channel, money) in [
        (ONCE, (2_468, 2_468, 2_468, 0)),
        (SHIP, (2_468, 0, 0, 2_468)),
    ] {
        let order = shop.buy(&ada, channel, &[(MUG, 2)], "tok_approve").await;
        let order = shop.cancel(&ada, &order.order_id).await.unwrap();
        assert_eq!(order.state(), OrderState::Canceled, "{channel}");
        assert_eq!(order.charged_state(), AxisState::None, "{channel}");
        assert_eq!((order.lines[0].open, order.lines[0].canceled), (0, 2));
        assert_eq!(shop.money(&order.order_id).await, money, "{channel}");
        assert_eq!(shop.stock(MUG).await, (10, 0, 0), "{channel}");
        // Once more changes nothing.
        let again = shop.cancel(&ada, &order.order_id).await.unwrap();
        assert_eq!(again, order);
    }
    let page = shop.suite.metrics().await;
    let refunded = crate::checkout::count(&page, "stoa_order_money_minor", &["refunded"]);
    assert_eq!(refunded, 2_468);
    shop.books_agree().await;
    shop.suite.stop().await;
}

/// The order is confirmed and its capture is on its way: the cancel waits for it and gives it back.
#[tokio::test(flavor = "multi_thread")]
async fn while_the_checkout_captures_the_cancel_waits_for_it() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let mut took = Vec::new();
    for token in ["tok_capture_slow", "tok_capture_timeout_then_succeed"] {
        let order = shop.buy_quickly(&ada, ONCE, &[(MUG, 1)], token).await;
        let order = shop.until(&order.order_id, OrderState::Confirmed).await;
        assert!(crate::shop::minor(&order.captured) == 0, "{token}");
        let before = std::time::Instant::now();
        shop.cancel(&ada, &order.order_id).await.unwrap();
        let order = shop.until(&order.order_id, OrderState::Canceled).await;
        took.push(before.elapsed());
        assert_eq!(
            shop.money(&order.order_id).await,
            (1_234, 1_234, 1_234, 0),
            "{token}"
        );
        assert_eq!(
            events(&ada, &order.order_id).await,
            [
                "accepted",
                "confirmed",
                "cancel_requested",
                "captured",
                "canceled"
            ],
        );
    }
    // Woken by the end of the checkout, not found by a look, which is 5 s later.
    assert!(took.iter().any(|took| took.as_secs() < 5), "{took:?}");
    // Declined: nothing was taken, so what is reserved is given up.
    let order = shop
        .buy_quickly(&ada, ONCE, &[(MUG, 1)], "tok_capture_timeout_then_fail")
        .await;
    shop.cancel(&ada, &order.order_id).await.unwrap();
    let order = shop.until(&order.order_id, OrderState::Canceled).await;
    assert_eq!(shop.money(&order.order_id).await, (1_234, 0, 0, 1_234));
    assert_eq!(shop.stock(MUG).await, (10, 0, 0));
    shop.books_agree().await;
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_left_or_is_prepared_to_is_not_canceled() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop.buy(&ada, ONCE, &[(MUG, 1)], "tok_approve").await;
    let fulfillment = shop.fulfill(&order).await;
    assert_eq!(
        reason(shop.cancel(&ada, &order.order_id).await),
        "ORDER_STATE"
    );
    shop.leave(&order.order_id, &fulfillment).await.unwrap();
    let error = shop.cancel(&ada, &order.order_id).await.unwrap_err();
    assert_eq!(error.reason, "ORDER_STATE");
    assert_eq!(
        error.metadata.get("state").map(String::as_str),
        Some("CLOSED")
    );
    shop.suite.stop().await;
}

/// A refund of which nothing is known at first.
#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_goes_on_by_itself() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop
        .buy(&ada, ONCE, &[(MUG, 1)], "tok_refund_timeout_then_succeed")
        .await;
    let order = shop.cancel(&ada, &order.order_id).await.unwrap();
    let order = shop.until(&order.order_id, OrderState::Canceled).await;
    assert_eq!(shop.money(&order.order_id).await, (1_234, 1_234, 1_234, 0));
    // The provider refuses it: an operator's, and the order stays CANCELING.
    let order = shop
        .buy_quickly(&ada, ONCE, &[(MUG, 1)], "tok_refund_declined")
        .await;
    let order = shop.until(&order.order_id, OrderState::Confirmed).await;
    let order = shop.cancel(&ada, &order.order_id).await.unwrap();
    assert_eq!(order.state(), OrderState::Canceling);
    let stuck = stoa_api::ops::v1::ListWorkflowsRequest {
        service: "order".to_owned(),
        ..stoa_api::ops::v1::ListWorkflowsRequest::default()
    };
    let stuck = eventually("the work to be stuck", || async {
        let all = shop.done(stuck.clone()).await.workflows;
        all.into_iter().find(|work| work.subject == order.order_id)
    })
    .await;
    assert_eq!(stuck.kind, "order.cancel");
    shop.suite.stop().await;
}

/// What is reserved is given up, but nobody knows it at first; or the provider refuses.
#[tokio::test(flavor = "multi_thread")]
async fn a_void_of_which_nothing_is_known_is_waited_for() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let token = "tok_void_timeout_then_succeed";
    let order = shop.buy(&ada, SHIP, &[(MUG, 1)], token).await;
    let asked = shop.cancel(&ada, &order.order_id).await.unwrap();
    assert_eq!(
        asked.revision,
        if asked.state() == OrderState::Canceled {
            4
        } else {
            3
        }
    );
    shop.until(&order.order_id, OrderState::Canceled).await;
    assert_eq!(shop.money(&order.order_id).await, (1_234, 0, 0, 1_234));
    let order = shop.buy(&ada, SHIP, &[(MUG, 1)], "tok_void_declined").await;
    let order = shop.cancel(&ada, &order.order_id).await.unwrap();
    assert_eq!(order.state(), OrderState::Canceling);
    assert_eq!(shop.money(&order.order_id).await, (1_234, 0, 0, 0));
    assert_eq!(shop.stock(MUG).await, (10, 0, 0));
    assert!(shop.fact("order", &order.order_id).await.live);
    shop.books_agree().await;
    shop.suite.stop().await;
}
