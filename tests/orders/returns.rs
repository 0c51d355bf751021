//! Goods that come back, and the money for them.

use futures::future::join_all;
use stoa_api::order::v1::*;
use stoa_errors::Error;
use stoa_testkit::Caller;

use crate::shop::{CARE, MUG, ONCE, OPENING, SHIP, Shop, TILE, at, events, minor, reason};

async fn ask(by: &Caller, order: &Order, lines: &[(&str, i64)]) -> Result<Return, Error> {
    let request = RequestReturnRequest {
        order_id: order.order_id.clone(),
        lines: quantities(lines),
        reason: "a crack".to_owned(),
        ..RequestReturnRequest::default()
    };
    Ok(by.call(request).await?.r#return.unwrap())
}

fn quantities(lines: &[(&str, i64)]) -> Vec<LineQuantity> {
    let line = |(line_id, quantity): &(&str, i64)| LineQuantity {
        line_id: (*line_id).to_owned(),
        quantity: *quantity,
    };
    lines.iter().map(line).collect()
}

async fn approve(shop: &Shop, returned: &Return) -> Result<Return, Error> {
    let request = ApproveReturnRequest {
        return_id: returned.return_id.clone(),
        ..ApproveReturnRequest::default()
    };
    Ok(shop.staff.call(request).await?.r#return.unwrap())
}

async fn reject(shop: &Shop, returned: &Return) -> Result<Return, Error> {
    let request = RejectReturnRequest {
        return_id: returned.return_id.clone(),
        reason: "it is worn".to_owned(),
        ..RejectReturnRequest::default()
    };
    Ok(shop.staff.call(request).await?.r#return.unwrap())
}

async fn receive(shop: &Shop, returned: &Return, restock: bool) -> Result<Return, Error> {
    let request = ReceiveReturnRequest {
        return_id: returned.return_id.clone(),
        restock,
        ..ReceiveReturnRequest::default()
    };
    Ok(shop.staff.call(request).await?.r#return.unwrap())
}

fn import(order: &Order, external_ref: &str, lines: &[(&str, i64)]) -> ImportReturnRequest {
    ImportReturnRequest {
        order_id: order.order_id.clone(),
        lines: quantities(lines),
        external_ref: external_ref.to_owned(),
        place_time: Some(at(OPENING + 86_400)),
        restock: true,
        ..ImportReturnRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_for_granted_received_refunded() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop
        .buy(&ada, ONCE, &[(MUG, 3), (CARE, 1)], "tok_approve")
        .await;
    assert_eq!(
        reason(ask(&ada, &order, &[("1", 1)]).await),
        "QUANTITY_NOT_RETURNABLE"
    );
    let order = shop.ship(&order).await;
    let asked = ask(&ada, &order, &[("1", 2), ("2", 1)]).await.unwrap();
    assert_eq!(asked.state(), ReturnState::Requested);
    assert_eq!(minor(&asked.refund), 2_468 + 500);
    let moving = shop.order(&order.order_id).await;
    assert_eq!(
        (moving.lines[0].returning, moving.lines[0].returned),
        (2, 0)
    );
    assert_eq!(reason(receive(&shop, &asked, true).await), "RETURN_STATE");
    let granted = approve(&shop, &asked).await.unwrap();
    assert_eq!(granted.state(), ReturnState::Approved);
    assert_eq!(reason(approve(&shop, &asked).await), "RETURN_STATE");
    let done = receive(&shop, &asked, true).await.unwrap();
    assert_eq!(done.state(), ReturnState::Refunded);
    assert_eq!(done.reason, "a crack");
    assert_eq!(reason(reject(&shop, &asked).await), "RETURN_STATE");
    let order = shop.order(&order.order_id).await;
    assert_eq!((order.lines[0].returning, order.lines[0].returned), (0, 2));
    assert_eq!(order.return_state(), AxisState::Partial);
    assert_eq!(order.charged_state(), AxisState::Partial);
    assert_eq!(shop.money(&order.order_id).await, (4_202, 4_202, 2_968, 0));
    assert_eq!(shop.stock(MUG).await, (9, 0, 0));
    assert_eq!(
        events(&ada, &order.order_id).await[3..],
        [
            "fulfillment_created",
            "shipping_started",
            "shipped",
            "return_started",
            "returned"
        ]
    );
    // Whose it is.
    let get = GetReturnRequest {
        return_id: asked.return_id.clone(),
        ..GetReturnRequest::default()
    };
    assert_eq!(ada.call(get.clone()).await.unwrap().r#return.unwrap(), done);
    let bob = shop.guest("bob");
    assert_eq!(reason(bob.call(get).await), "RETURN_NOT_FOUND");
    assert_eq!(
        reason(ask(&bob, &order, &[("1", 1)]).await),
        "ORDER_NOT_FOUND"
    );
    assert_eq!(
        ada.call(ListReturnsRequest::default())
            .await
            .unwrap()
            .returns,
        [done]
    );
    assert!(
        bob.call(ListReturnsRequest::default())
            .await
            .unwrap()
            .returns
            .is_empty()
    );
    shop.books_agree().await;
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn not_more_comes_back_than_left_whatever_is_asked_at_once() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop.buy(&ada, ONCE, &[(MUG, 3)], "tok_approve").await;
    let order = shop.ship(&order).await;
    let error = ask(&ada, &order, &[("1", 4)]).await.unwrap_err();
    assert_eq!(error.reason, "QUANTITY_NOT_RETURNABLE");
    assert_eq!(
        error.metadata.get("returnable").map(String::as_str),
        Some("3")
    );
    assert_eq!(error.violations[0].field, "lines[0].quantity");
    assert_eq!(
        reason(ask(&ada, &order, &[("9", 1)]).await),
        "LINE_NOT_FOUND"
    );
    assert_eq!(
        reason(ask(&ada, &order, &[("1", 1), ("1", 1)]).await),
        "INVALID_ARGUMENT"
    );
    let asked = join_all((0..8).map(|_| ask(&ada, &order, &[("1", 2)]))).await;
    assert_eq!(asked.iter().filter(|answer| answer.is_ok()).count(), 1);
    let moving = shop.order(&order.order_id).await;
    assert_eq!(moving.lines[0].returning, 2);
    shop.books_agree().await;
    shop.suite.stop().await;
}

/// A tile costs a third of a penny more than its neighbour: whatever is rejected, all of them cost 0.33 x 7 = 2.33.
#[tokio::test(flavor = "multi_thread")]
async fn parts_of_a_line_add_up_also_when_some_were_rejected() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop
        .buy(&ada, SHIP, &[(TILE, 7), (MUG, 1)], "tok_approve")
        .await;
    let order = shop.ship(&order).await;
    let mut asked = Vec::new();
    for _ in 0..7 {
        asked.push(ask(&ada, &order, &[("1", 1)]).await.unwrap());
    }
    for place in [5, 0, 3] {
        let rejected = reject(&shop, &asked[place]).await.unwrap();
        assert_eq!(rejected.state(), ReturnState::Rejected);
        asked.push(ask(&ada, &order, &[("1", 1)]).await.unwrap());
    }
    let live: Vec<&Return> = asked
        .iter()
        .enumerate()
        .filter(|(place, _)| ![5, 0, 3].contains(place))
        .map(|(_, returned)| returned)
        .collect();
    let sum: i64 = live.iter().map(|returned| minor(&returned.refund)).sum();
    assert_eq!((live.len(), sum), (7, 233));
    for returned in live {
        approve(&shop, returned).await.unwrap();
        let done = receive(&shop, returned, true).await.unwrap();
        assert_eq!(done.state(), ReturnState::Refunded);
    }
    let order = shop.order(&order.order_id).await;
    assert_eq!(minor(&order.refunded), 233);
    assert_eq!(shop.stock(TILE).await.0, 1_000);
    shop.books_agree().await;
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_return_is_done_at_once_and_recorded_once() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop.buy(&ada, ONCE, &[(MUG, 3)], "tok_approve").await;
    let nothing_left = shop.staff.call(import(&order, "R-0", &[("1", 1)])).await;
    assert_eq!(reason(nothing_left), "QUANTITY_NOT_RETURNABLE");
    let order = shop.ship(&order).await;
    // A line may stand in several, as it did there.
    let mut request = import(&order, "R-1", &[("1", 1), ("1", 1)]);
    let done = shop.done(request.clone()).await.r#return.unwrap();
    assert_eq!(done.state(), ReturnState::Refunded);
    assert_eq!(done.place_time, Some(at(OPENING + 86_400)));
    assert_eq!(minor(&done.refund), 2_468);
    assert_eq!(shop.stock(MUG).await, (9, 0, 0));
    let error = shop.staff.call(request.clone()).await.unwrap_err();
    assert_eq!(error.reason, "EXTERNAL_REF_USED");
    assert_eq!(error.metadata.get("resource"), Some(&done.return_id));
    request.external_ref = "R-2".to_owned();
    assert_eq!(
        reason(shop.staff.call(request.clone()).await),
        "QUANTITY_NOT_RETURNABLE"
    );
    request.lines = quantities(&[("1", 1)]);
    request.restock = false;
    let two = shop.done(request.clone()).await.r#return.unwrap();
    assert_eq!(two.state(), ReturnState::Refunded);
    assert_eq!(shop.stock(MUG).await, (9, 0, 0));
    request.place_time = Some(at(4_102_444_800));
    assert_eq!(
        reason(shop.staff.call(request).await),
        "PLACE_TIME_IN_FUTURE"
    );
    // The same reference for another order is another return.
    let other = shop.buy(&ada, ONCE, &[(MUG, 1)], "tok_approve").await;
    let other = shop.ship(&other).await;
    assert!(
        shop.staff
            .call(import(&other, "R-1", &[("1", 1)]))
            .await
            .is_ok()
    );
    let found = SearchReturnsRequest {
        external_ref: "R-1".to_owned(),
        ..SearchReturnsRequest::default()
    };
    assert_eq!(shop.done(found.clone()).await.returns.len(), 2);
    let of_one = SearchReturnsRequest {
        order_id: order.order_id.clone(),
        ..found
    };
    assert_eq!(shop.done(of_one).await.returns, [done]);
    let order = shop.order(&order.order_id).await;
    assert_eq!(order.charged_state(), AxisState::None);
    assert_eq!(order.return_state(), AxisState::Full);
    let canceled = shop.buy(&ada, ONCE, &[(MUG, 1)], "tok_decline").await;
    let of_canceled = shop.staff.call(import(&canceled, "R-9", &[("1", 1)])).await;
    assert_eq!(reason(of_canceled), "QUANTITY_NOT_RETURNABLE");
    shop.books_agree().await;
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_of_which_nothing_is_known_is_waited_for() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let token = "tok_refund_timeout_then_succeed";
    let order = shop.buy(&ada, ONCE, &[(MUG, 3)], token).await;
    let order = shop.ship(&order).await;
    // Two returns of one order at the same time, of other units.
    let (one, two) = futures::join!(
        shop.staff.call(import(&order, "R-1", &[("1", 1)])),
        shop.staff.call(import(&order, "R-2", &[("1", 2)])),
    );
    for returned in [one, two] {
        let returned = returned.unwrap().r#return.unwrap();
        assert_eq!(returned.state(), ReturnState::Refunded);
    }
    assert_eq!(shop.money(&order.order_id).await, (3_702, 3_702, 3_702, 0));
    assert_eq!(shop.stock(MUG).await, (10, 0, 0));
    shop.books_agree().await;
    shop.suite.stop().await;
}
