//! What a quote promises, to whom, and how often.

use std::time::Duration;

use stoa_api::catalog::v1::ArchiveProductRequest;
use stoa_api::order::v1::*;

use crate::shop::{MUG, ONCE, Shop, basket, minor, order_of, reason};

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_its_prices_and_is_used_once() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let quote = shop.quote(&ada, ONCE, &[(MUG, 2)]).await;
    assert_eq!(quote.state(), QuoteState::Open);
    assert_eq!(minor(&quote.totals.as_ref().unwrap().total), 2_468);
    shop.prices(ONCE, &[(MUG, 99_000_000)], crate::shop::OPENING + 1)
        .await;
    let order = ada
        .call(order_of(&quote, "tok_approve"))
        .await
        .unwrap()
        .order
        .unwrap();
    assert_eq!(minor(&order.totals.as_ref().unwrap().total), 2_468);
    let error = ada.call(order_of(&quote, "tok_approve")).await.unwrap_err();
    assert_eq!(error.reason, "QUOTE_USED");
    assert_eq!(error.metadata.get("order_id"), Some(&order.order_id));
    assert_eq!(
        minor(
            &shop
                .quote(&ada, ONCE, &[(MUG, 2)])
                .await
                .totals
                .unwrap()
                .total
        ),
        19_800
    );
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn its_time_ends() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let quote = shop.quote(&ada, ONCE, &[(MUG, 2)]).await;
    shop.clock.advance(Duration::from_secs(3_600));
    let error = ada.call(order_of(&quote, "tok_approve")).await;
    assert_eq!(reason(error), "QUOTE_EXPIRED");
    let seen = GetQuoteRequest {
        quote_id: quote.quote_id,
        ..GetQuoteRequest::default()
    };
    let seen = ada.call(seen).await.unwrap().quote.unwrap();
    assert_eq!(seen.state(), QuoteState::Expired);
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_its_owners_alone() {
    let shop = Shop::open().await;
    let (ada, bob) = (shop.guest("ada"), shop.guest("bob"));
    let quote = shop.quote(&ada, ONCE, &[(MUG, 2)]).await;
    let get = GetQuoteRequest {
        quote_id: quote.quote_id.clone(),
        ..GetQuoteRequest::default()
    };
    assert_eq!(reason(bob.call(get.clone()).await), "QUOTE_NOT_FOUND");
    let order = order_of(&quote, "tok_approve");
    assert_eq!(reason(bob.call(order.clone()).await), "QUOTE_NOT_FOUND");
    // Staff may look at it, but it is not theirs to order.
    assert!(shop.staff.call(get).await.is_ok());
    assert_eq!(
        reason(shop.staff.call(order.clone()).await),
        "QUOTE_NOT_FOUND"
    );
    let order = ada.call(order).await.unwrap().order.unwrap();
    let get = GetOrderRequest {
        order_id: order.order_id.clone(),
        ..GetOrderRequest::default()
    };
    assert_eq!(reason(bob.call(get).await), "ORDER_NOT_FOUND");
    assert_eq!(
        reason(shop.cancel(&bob, &order.order_id).await),
        "ORDER_NOT_FOUND"
    );
    let list = ListOrderEventsRequest {
        order_id: order.order_id.clone(),
        ..ListOrderEventsRequest::default()
    };
    assert_eq!(reason(bob.call(list).await), "ORDER_NOT_FOUND");
    assert!(
        bob.call(ListOrdersRequest::default())
            .await
            .unwrap()
            .orders
            .is_empty()
    );
    assert_eq!(
        ada.call(ListOrdersRequest::default())
            .await
            .unwrap()
            .orders
            .len(),
        1
    );
    shop.suite.stop().await;
}

/// What catalogue and pricing decided is replayed under the same key, whatever they would say now.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_once_is_answered_again() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let mut known = basket(ONCE, &[(MUG, 1)]);
    known.request_id = "known".to_owned();
    let mut unknown = basket(ONCE, &[("CUP", 1)]);
    unknown.request_id = "unknown".to_owned();
    let quote = ada.call(known.clone()).await.unwrap().quote.unwrap();
    assert_eq!(reason(ada.call(unknown.clone()).await), "SKU_NOT_FOUND");

    shop.product("CUP", stoa_api::type_::v1::LineKind::Goods)
        .await;
    shop.prices(ONCE, &[("CUP", 1_000_000)], crate::shop::OPENING)
        .await;
    let archive = ArchiveProductRequest {
        product_id: quote.lines[0].product_id.clone(),
        ..ArchiveProductRequest::default()
    };
    shop.done(archive).await;

    let again = ada.call(known).await.unwrap().quote.unwrap();
    assert_eq!(again, quote);
    assert_eq!(reason(ada.call(unknown.clone()).await), "SKU_NOT_FOUND");
    unknown.request_id = "another".to_owned();
    assert!(ada.call(unknown).await.is_ok());
    assert_eq!(
        reason(ada.call(basket(ONCE, &[(MUG, 1)])).await),
        "SKU_ARCHIVED"
    );
    shop.suite.stop().await;
}
