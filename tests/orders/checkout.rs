//! What PlaceOrder ends in: an order, whatever became of it.

use stoa_api::order::v1::*;
use stoa_testkit::eventually;

use crate::shop::{CARE, GIFT, MUG, ONCE, SHIP, Shop, TILE, events, minor, order_of};

#[tokio::test(flavor = "multi_thread")]
async fn money_is_taken_at_once_where_the_channel_says_so() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop
        .buy(&ada, ONCE, &[(MUG, 2), (CARE, 1)], "tok_approve")
        .await;
    assert_eq!(order.state(), OrderState::Confirmed);
    assert_eq!(minor(&order.totals.as_ref().unwrap().total), 2_968);
    assert_eq!(minor(&order.captured), 2_968);
    assert_eq!(order.charged_state(), AxisState::Full);
    assert_eq!(order.authorized_state(), AxisState::Full);
    assert_eq!(order.fulfillment_state(), AxisState::None);
    assert_eq!(shop.money(&order.order_id).await, (2_968, 2_968, 0, 0));
    assert_eq!(shop.stock(MUG).await, (10, 2, 0));
    assert_eq!(
        events(&ada, &order.order_id).await,
        ["accepted", "confirmed", "captured"]
    );
    let fact = shop.fact("order", &order.order_id).await;
    assert_eq!((fact.live, fact.version), (false, 3));
    shop.books_agree().await;
    let page = shop.suite.metrics().await;
    assert!(
        count(&page, "stoa_order_orders", &["once", "CONFIRMED"]) == 1,
        "{page}"
    );
    assert_eq!(
        count(&page, "stoa_order_money_minor", &["captured", "GBP"]),
        2_968
    );
    assert_eq!(
        count(
            &page,
            "stoa_order_checkout_duration_seconds_count",
            &["CONFIRMED"]
        ),
        1
    );
    shop.suite.stop().await;
}

/// The sum of the series of `name` whose labels hold all of `labels`.
pub(crate) fn count(page: &str, name: &str, labels: &[&str]) -> i64 {
    page.lines()
        .filter(|line| line.starts_with(name))
        .filter(|line| {
            labels
                .iter()
                .all(|label| line.contains(&format!("\"{label}\"")))
        })
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum::<f64>() as i64
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_only_reserved_where_it_is_taken_when_goods_leave() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop.buy(&ada, SHIP, &[(TILE, 7)], "tok_approve").await;
    assert_eq!(order.state(), OrderState::Confirmed);
    // 7 x 0.333 = 2.331, rounded once.
    assert_eq!(shop.money(&order.order_id).await, (233, 0, 0, 0));
    assert_eq!(order.charged_state(), AxisState::None);
    assert_eq!(order.authorized_state(), AxisState::Full);
    let order = shop.ship(&order).await;
    assert_eq!(order.state(), OrderState::Closed);
    assert_eq!(shop.money(&order.order_id).await, (233, 233, 0, 0));
    assert_eq!(shop.stock(TILE).await, (993, 0, 0));
    shop.books_agree().await;
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_costs_nothing_asks_for_no_money() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop.buy(&ada, ONCE, &[(GIFT, 1)], "").await;
    assert_eq!(order.state(), OrderState::Confirmed);
    assert!(order.payment_ids.is_empty());
    assert!(shop.payment(&order.order_id).await.is_none());
    // A token that is not needed is not used.
    let order = shop.buy(&ada, ONCE, &[(GIFT, 1)], "tok_decline").await;
    assert_eq!(order.state(), OrderState::Confirmed);
    let order = shop.ship(&order).await;
    assert_eq!(order.state(), OrderState::Closed);
    shop.books_agree().await;
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_payment_cancels_the_order_and_frees_its_stock() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop.buy(&ada, ONCE, &[(MUG, 10)], "tok_decline").await;
    assert_eq!(order.state(), OrderState::Canceled);
    assert_eq!(order.cancel_reason(), CancelReason::PaymentDeclined);
    assert_eq!(order.lines[0].canceled, 10);
    assert_eq!(shop.stock(MUG).await, (10, 0, 0));
    assert_eq!(
        events(&ada, &order.order_id).await,
        ["accepted", "canceled"]
    );
    let order = shop.buy(&ada, ONCE, &[(MUG, 10)], "tok_approve").await;
    assert_eq!(order.state(), OrderState::Confirmed);
    shop.books_agree().await;
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_refused_before_money_is_asked_for() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    // Two lines of one sku are one demand.
    let order = shop
        .buy(&ada, ONCE, &[(MUG, 6), (MUG, 5)], "tok_approve")
        .await;
    assert_eq!(order.state(), OrderState::Canceled);
    assert_eq!(order.cancel_reason(), CancelReason::OutOfStock);
    assert!(shop.payment(&order.order_id).await.is_none());
    assert_eq!(shop.stock(MUG).await, (10, 0, 0));
    // A refused order used its quote up.
    let quote = GetQuoteRequest {
        quote_id: order.quote_id.clone(),
        ..GetQuoteRequest::default()
    };
    let quote = ada.call(quote).await.unwrap().quote.unwrap();
    assert_eq!(
        (quote.state(), quote.order_id),
        (QuoteState::Used, order.order_id)
    );
    let order = shop
        .buy(&ada, ONCE, &[(MUG, 5), (MUG, 5)], "tok_approve")
        .await;
    assert_eq!(order.state(), OrderState::Confirmed);
    shop.books_agree().await;
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_of_a_sku_than_one_line_of_a_hold_takes() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let most = 10_000_000;
    shop.receive("much", &[(GIFT, most), (GIFT, most)]).await;
    let order = shop
        .buy(&ada, ONCE, &[(GIFT, most), (GIFT, most)], "")
        .await;
    assert_eq!(order.state(), OrderState::Confirmed);
    assert_eq!(shop.stock(GIFT).await, (2 * most + 10, 2 * most, 0));
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_known_in_time_is_pending_and_decided_when_it_becomes_known() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    for (token, state) in [
        ("tok_timeout_then_succeed", OrderState::Confirmed),
        ("tok_not_found_then_succeed", OrderState::Confirmed),
        ("tok_timeout_then_fail", OrderState::Canceled),
        ("tok_lost", OrderState::Canceled),
    ] {
        let order = shop.buy_quickly(&ada, ONCE, &[(MUG, 1)], token).await;
        assert_eq!(order.state(), OrderState::Pending, "{token}");
        assert_eq!(shop.stock(MUG).await.2, 1, "{token}");
        let order = shop.until(&order.order_id, state).await;
        eventually("the work to end", || async {
            let fact = shop.fact("order", &order.order_id).await;
            (!fact.live).then_some(())
        })
        .await;
        assert_eq!(shop.stock(MUG).await.2, 0, "{token}");
    }
    assert_eq!(shop.stock(MUG).await, (10, 2, 0));
    shop.books_agree().await;
    shop.suite.stop().await;
}

/// The event of the payment wakes the order: nobody waits for a look.
#[tokio::test(flavor = "multi_thread")]
async fn who_waits_long_enough_gets_the_outcome_of_a_payment_that_was_not_known() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let mut took = Vec::new();
    for _ in 0..3 {
        let before = std::time::Instant::now();
        let order = shop
            .buy(&ada, ONCE, &[(MUG, 1)], "tok_timeout_then_succeed")
            .await;
        assert_eq!(order.state(), OrderState::Confirmed);
        took.push(before.elapsed());
    }
    assert!(took.iter().any(|took| took.as_secs() < 5), "{took:?}");
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_capture_puts_the_order_on_hold_and_staff_can_cancel_it() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop
        .buy(&ada, ONCE, &[(MUG, 3)], "tok_capture_declined")
        .await;
    assert_eq!(order.state(), OrderState::OnHold);
    assert_eq!(order.hold_reason, "CAPTURE_DECLINED");
    assert_eq!(order.charged_state(), AxisState::None);
    assert_eq!(shop.stock(MUG).await, (10, 3, 0));
    let refused = CreateFulfillmentRequest {
        order_id: order.order_id.clone(),
        ..CreateFulfillmentRequest::default()
    };
    assert_eq!(
        crate::shop::reason(shop.staff.call(refused).await),
        "ORDER_STATE"
    );
    let order = shop.cancel(&shop.staff, &order.order_id).await.unwrap();
    assert_eq!(order.state(), OrderState::Canceled);
    assert_eq!(order.cancel_reason(), CancelReason::Staff);
    assert_eq!(order.hold_reason, "");
    assert_eq!(shop.stock(MUG).await, (10, 0, 0));
    assert_eq!(shop.money(&order.order_id).await, (3_702, 0, 0, 3_702));
    let page = shop.suite.metrics().await;
    assert_eq!(count(&page, "stoa_order_orders", &["ON_HOLD"]), 1);
    assert_eq!(count(&page, "stoa_order_orders", &["STAFF"]), 1);
    shop.books_agree().await;
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_quote_needs_is_said_before_anything_is_used() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let quote = shop.quote(&ada, ONCE, &[(MUG, 1)]).await;
    let mut request = order_of(&quote, "");
    let error = ada.call(request.clone()).await.unwrap_err();
    assert_eq!(error.reason, "PAYMENT_REQUIRED");
    assert_eq!(error.violations[0].field, "payment_token");
    request.payment_token = "tok_approve".to_owned();
    request.shipping_address = None;
    let error = ada.call(request).await.unwrap_err();
    assert_eq!(error.reason, "ADDRESS_REQUIRED");
    assert_eq!(error.violations[0].field, "shipping_address");
    // A service goes nowhere.
    let quote_of_service = shop.quote(&ada, ONCE, &[(CARE, 1)]).await;
    let mut request = order_of(&quote_of_service, "tok_approve");
    request.shipping_address = None;
    let order = ada.call(request).await.unwrap().order.unwrap();
    assert_eq!(order.state(), OrderState::Confirmed);
    assert_eq!(order.hold_id, "");
    let order = ada
        .call(order_of(&quote, "tok_approve"))
        .await
        .unwrap()
        .order
        .unwrap();
    assert_eq!(order.state(), OrderState::Confirmed);
    shop.suite.stop().await;
}
