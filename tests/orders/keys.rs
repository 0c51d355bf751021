//! The same request again, and at the same time.

use futures::future::join_all;
use stoa_api::order::v1::*;

use crate::database::Database;
use crate::shop::{MUG, ONCE, Shop, basket, order_of, reason};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_gives_the_same_order_and_another_request_under_it_is_refused() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let quote = shop.quote(&ada, ONCE, &[(MUG, 1)]).await;
    let mut request = order_of(&quote, "tok_approve");
    request.request_id = "one".to_owned();
    let first = ada.call(request.clone()).await.unwrap().order.unwrap();
    // What is at rest is not waited for: whoever waited would look again each half second, each time.
    let mut took = Vec::new();
    for _ in 0..8 {
        let before = std::time::Instant::now();
        let again = ada.call(request.clone()).await.unwrap().order.unwrap();
        assert_eq!(again, first);
        took.push(before.elapsed());
    }
    assert!(took.iter().any(|took| took.as_millis() < 400), "{took:?}");
    // A replay answers with the order as it is now.
    let canceled = shop.cancel(&ada, &first.order_id).await.unwrap();
    assert_eq!(canceled.state(), OrderState::Canceled);
    let again = ada.call(request.clone()).await.unwrap().order.unwrap();
    assert_eq!(again.state(), OrderState::Canceled);
    request.email = "eve@example.org".to_owned();
    assert_eq!(
        reason(ada.call(request.clone()).await),
        "IDEMPOTENCY_KEY_REUSED"
    );
    // The key is its caller's own: another guest has not used it.
    assert_eq!(
        reason(shop.guest("bob").call(request).await),
        "QUOTE_NOT_FOUND"
    );
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_keys_at_the_same_time_are_one_order() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let quote = shop.quote(&ada, ONCE, &[(MUG, 1)]).await;
    let mut request = order_of(&quote, "tok_approve");
    request.request_id = "one".to_owned();
    let calls = (0..12).map(|_| ada.call(request.clone()));
    let ids: Vec<String> = join_all(calls)
        .await
        .into_iter()
        .map(|answer| answer.unwrap().order.unwrap())
        .map(|order| {
            assert_eq!(order.state(), OrderState::Confirmed);
            order.order_id
        })
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(shop.stock(MUG).await, (10, 1, 0));
    // Other keys for the same quote: one wins.
    let quote = shop.quote(&ada, ONCE, &[(MUG, 1)]).await;
    let calls = (0..12).map(|_| ada.call(order_of(&quote, "tok_approve")));
    let answers = join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(
        answers
            .into_iter()
            .filter_map(Result::err)
            .all(|error| error.reason == "QUOTE_USED")
    );
    assert_eq!(shop.stock(MUG).await, (10, 2, 0));
    shop.books_agree().await;
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_replayed_and_what_is_malformed_leaves_the_key_free() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let quote = shop.quote(&ada, ONCE, &[(MUG, 1)]).await;
    let mut request = order_of(&quote, "tok_approve");
    request.request_id = "one".to_owned();
    request.shipping_address = None;
    assert_eq!(reason(ada.call(request.clone()).await), "ADDRESS_REQUIRED");
    request.shipping_address = Some(crate::shop::address());
    assert!(ada.call(request.clone()).await.is_ok());
    request.request_id = "two".to_owned();
    for _ in 0..2 {
        assert_eq!(reason(ada.call(request.clone()).await), "QUOTE_USED");
    }
    let mut unkeyed = basket(ONCE, &[(MUG, 1)]);
    unkeyed.request_id = String::new();
    let status = ada.raw(unkeyed).await.unwrap_err();
    let error = ["IDEMPOTENCY_KEY_REQUIRED"];
    assert!(format!("{status:?}").contains(error[0]), "{status:?}");
    shop.suite.stop().await;
}

/// Callers under one key at the same time are one call, also where the answer is not the order itself.
#[tokio::test(flavor = "multi_thread")]
async fn equal_keys_at_the_same_time_are_one_fulfilment_return_and_credit() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop.buy(&ada, ONCE, &[(MUG, 8)], "tok_approve").await;
    let fulfill = CreateFulfillmentRequest {
        request_id: "one".to_owned(),
        order_id: order.order_id.clone(),
    };
    let made = join_all((0..8).map(|_| shop.staff.call(fulfill.clone()))).await;
    let made: Vec<String> = made
        .into_iter()
        .map(|answer| answer.unwrap().fulfillment.unwrap().fulfillment_id)
        .collect();
    assert!(made.iter().all(|id| *id == made[0]), "{made:?}");
    shop.leave(&order.order_id, &made[0]).await.unwrap();
    let give_back = RequestReturnRequest {
        request_id: "one".to_owned(),
        order_id: order.order_id.clone(),
        lines: vec![LineQuantity {
            line_id: "1".to_owned(),
            quantity: 2,
        }],
        ..RequestReturnRequest::default()
    };
    let asked = join_all((0..8).map(|_| ada.call(give_back.clone()))).await;
    let asked: Vec<Return> = asked
        .into_iter()
        .map(|answer| answer.unwrap().r#return.unwrap())
        .collect();
    assert!(asked.iter().all(|one| *one == asked[0]), "{asked:?}");
    assert_eq!(shop.order(&order.order_id).await.lines[0].returning, 2);
    let mut credit = crate::credits::credit("C-1", "tok_approve");
    credit.request_id = "one".to_owned();
    let paid = join_all((0..8).map(|_| shop.staff.call(credit.clone()))).await;
    let paid: Vec<Credit> = paid
        .into_iter()
        .map(|answer| answer.unwrap().credit.unwrap())
        .collect();
    assert!(paid.iter().all(|one| *one == paid[0]), "{paid:?}");
    assert_eq!(paid[0].state(), CreditState::Paid);
    shop.books_agree().await;
    shop.suite.stop().await;
}

/// A key is its caller's own: the same text in the hands of two guests is two keys.
#[tokio::test(flavor = "multi_thread")]
async fn equal_keys_of_two_guests_do_not_meet() {
    let shop = Shop::open().await;
    let mut orders = Vec::new();
    for (name, units) in [("ada", 1), ("bob", 2)] {
        let guest = shop.guest(name);
        let mut ask = basket(ONCE, &[(MUG, units)]);
        ask.request_id = "quote".to_owned();
        let quote = guest.call(ask).await.unwrap().quote.unwrap();
        let mut place = order_of(&quote, "tok_approve");
        place.request_id = "place".to_owned();
        orders.push((guest, place));
    }
    // At the same time, and each twice.
    let calls = orders.iter().chain(&orders);
    let calls = calls.map(|(guest, place)| guest.call(place.clone()));
    let placed: Vec<Order> = join_all(calls)
        .await
        .into_iter()
        .map(|answer| answer.unwrap().order.unwrap())
        .collect();
    let ids: Vec<&str> = placed.iter().map(|order| order.order_id.as_str()).collect();
    assert_eq!((ids[0], ids[1]), (ids[2], ids[3]));
    assert_ne!(ids[0], ids[1]);
    for ((guest, _), order) in orders.iter().zip(&placed) {
        let cancel = CancelOrderRequest {
            request_id: "cancel".to_owned(),
            order_id: order.order_id.clone(),
            ..CancelOrderRequest::default()
        };
        let canceled = guest.call(cancel).await.unwrap().order.unwrap();
        assert_eq!(canceled.order_id, order.order_id);
        shop.until(&order.order_id, OrderState::Canceled).await;
    }
    assert_eq!(shop.stock(MUG).await, (10, 0, 0));
    shop.books_agree().await;
    shop.suite.stop().await;
}

/// A copy that was long on its way is answered what was decided then, also when it would be decided otherwise now.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_copy_of_a_refused_key_is_answered_its_refusal() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let mut unknown = basket(ONCE, &[("CUP", 1)]);
    unknown.request_id = "quote".to_owned();
    assert_eq!(reason(ada.call(unknown.clone()).await), "SKU_NOT_FOUND");
    let order = shop.buy(&ada, ONCE, &[(MUG, 1)], "tok_approve").await;
    let ask = RequestReturnRequest {
        request_id: "return".to_owned(),
        order_id: order.order_id.clone(),
        lines: vec![LineQuantity {
            line_id: "1".to_owned(),
            quantity: 1,
        }],
        ..RequestReturnRequest::default()
    };
    assert_eq!(
        reason(ada.call(ask.clone()).await),
        "QUANTITY_NOT_RETURNABLE"
    );
    let quote = shop.quote(&ada, ONCE, &[(MUG, 1)]).await;
    let mut place = order_of(&quote, "");
    place.request_id = "place".to_owned();
    assert_eq!(reason(ada.call(place.clone()).await), "PAYMENT_REQUIRED");
    let mut used = order_of(&quote, "tok_decline");
    used.request_id = "used".to_owned();
    let refused = ada.call(used.clone()).await.unwrap().order.unwrap();
    assert_eq!(refused.cancel_reason(), CancelReason::PaymentDeclined);
    // Now there is a cup, the mug has left, and the quote was used.
    shop.product("CUP", stoa_api::type_::v1::LineKind::Goods)
        .await;
    shop.prices(ONCE, &[("CUP", 1_000_000)], crate::shop::OPENING)
        .await;
    shop.ship(&order).await;
    assert_eq!(reason(ada.call(unknown.clone()).await), "SKU_NOT_FOUND");
    assert_eq!(
        reason(ada.call(ask.clone()).await),
        "QUANTITY_NOT_RETURNABLE"
    );
    let again = ada.call(used).await.unwrap().order.unwrap();
    assert_eq!(again, refused);
    // What was malformed left its key free, and is decided on what stands now.
    place.payment_token = "tok_approve".to_owned();
    assert_eq!(reason(ada.call(place).await), "QUOTE_USED");
    // Other keys are other calls.
    unknown.request_id = "quote-again".to_owned();
    assert!(ada.call(unknown).await.is_ok());
    let other = RequestReturnRequest {
        request_id: "return-again".to_owned(),
        ..ask
    };
    assert!(ada.call(other).await.is_ok());
    shop.books_agree().await;
    shop.suite.stop().await;
}

/// A row that another contract wrote: its fingerprint says nothing about a message of ours, so it is not compared.
#[tokio::test(flavor = "multi_thread")]
async fn fingerprints_of_another_contract_are_not_compared() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let quote = shop.quote(&ada, ONCE, &[(MUG, 1)]).await;
    let mut place = order_of(&quote, "tok_approve");
    place.request_id = "place".to_owned();
    let order = ada.call(place.clone()).await.unwrap().order.unwrap();
    place.email = "eve@example.org".to_owned();
    assert_eq!(
        reason(ada.call(place.clone()).await),
        "IDEMPOTENCY_KEY_REUSED"
    );
    let db = Database::of(&shop).await;
    let other = "UPDATE stoa_idempotency SET contract = fingerprint WHERE request_id = 'place'";
    db.change(other).await;
    db.close().await;
    let again = ada.call(place).await.unwrap().order.unwrap();
    assert_eq!(again.order_id, order.order_id);
    assert_eq!(shop.stock(MUG).await, (10, 1, 0));
    shop.suite.stop().await;
}
