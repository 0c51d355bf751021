//! From a product to a confirmed order.

use futures::StreamExt;
use stoa_api::catalog::v1::ListProductsRequest;
use stoa_api::inventory::v1::BatchGetAvailabilityRequest;
use stoa_api::order::v1::{
    AxisState, GetOrderRequest, GetQuoteRequest, ListOrderEventsRequest, ListOrdersRequest,
    OrderState, QuoteState, WatchOrderRequest,
};
use stoa_api::payment::v1::{PaymentState, SearchPaymentsRequest};
use stoa_testkit::{Doors, Way, eventually};

use crate::shop::{Shop, both_ways, minor, place, quote};

both_ways!(an_order, the_same_request_twice, somebody_elses);

async fn an_order(shop: Shop) {
    shop.stock("default", "MUG", 1_250, 10).await;
    let quoted = shop.quote("", "MUG", 2).await;
    assert_eq!(quoted.state(), QuoteState::Open);
    let totals = quoted.totals.clone().unwrap();
    assert_eq!(minor(totals.total.as_ref()), 2_500);

    let placed = shop
        .ann
        .call(place(&quoted.quote_id, "tok_approve"))
        .await
        .unwrap();
    let order_id = placed.order.unwrap().order_id;
    let order = shop
        .until(&order_id, "the payment", |order| {
            order.charged_state() == AxisState::Full
        })
        .await;
    assert_eq!(order.state(), OrderState::Confirmed);
    assert_eq!(minor(order.captured.as_ref()), 2_500);
    assert_eq!(order.lines[0].title, "Product MUG");
    assert_eq!((order.lines[0].ordered, order.lines[0].open), (2, 2));
    let level = shop.level("MUG").await;
    assert_eq!((level.on_hand, level.allocated, level.held), (10, 2, 0));

    let used = GetQuoteRequest {
        quote_id: quoted.quote_id,
        ..GetQuoteRequest::default()
    };
    let used = shop.ann.call(used).await.unwrap().quote.unwrap();
    assert_eq!(
        (used.state(), used.order_id),
        (QuoteState::Used, order_id.clone())
    );
    let payments = SearchPaymentsRequest {
        order_id: order_id.clone(),
        ..SearchPaymentsRequest::default()
    };
    let payments = shop.staff.call(payments).await.unwrap().payments;
    assert_eq!(payments.len(), 1);
    assert_eq!(payments[0].state(), PaymentState::Captured);

    let events = ListOrderEventsRequest {
        order_id: order_id.clone(),
        ..ListOrderEventsRequest::default()
    };
    let events = shop.ann.call(events).await.unwrap().events;
    assert!(events.len() >= 3, "{events:?}");
    let mine = shop.ann.call(ListOrdersRequest::default()).await.unwrap();
    assert_eq!(mine.orders.len(), 1);
    shows_what_is_left(&shop).await;
    shop.close().await;
}

/// Catalog has heard from inventory, and anybody may ask how much there is.
async fn shows_what_is_left(shop: &Shop) {
    let anybody = shop.suite.nobody();
    let request = BatchGetAvailabilityRequest {
        skus: vec!["MUG".to_owned()],
    };
    let available = anybody.call(request).await.unwrap();
    assert_eq!(available.availabilities[0].quantity_up_to_100, 8);
    eventually("the catalogue to hear of the stock", || async {
        let in_stock = ListProductsRequest {
            in_stock_only: true,
            ..ListProductsRequest::default()
        };
        let found = anybody.call(in_stock).await.unwrap();
        (found.products.len() == 1).then_some(())
    })
    .await;
}

async fn the_same_request_twice(shop: Shop) {
    shop.stock("default", "MUG", 1_250, 10).await;
    let quoted = shop.quote("", "MUG", 1).await;
    let mut request = place(&quoted.quote_id, "tok_approve");
    request.request_id = "only-once".to_owned();
    let first = shop.ann.call(request.clone()).await.unwrap().order.unwrap();
    let again = shop.ann.call(request.clone()).await.unwrap().order.unwrap();
    assert_eq!(first.order_id, again.order_id);
    request.email = "other@example.com".to_owned();
    let other = shop.ann.call(request.clone()).await;
    assert_eq!(Doors::reason(other), "IDEMPOTENCY_KEY_REUSED");
    // A new key does not make a used quote good.
    request.request_id = String::new();
    let used = shop.ann.call(request).await;
    assert_eq!(Doors::reason(used), "QUOTE_USED");
    let mine = shop.ann.call(ListOrdersRequest::default()).await.unwrap();
    assert_eq!(mine.orders.len(), 1);
    shop.close().await;
}

async fn somebody_elses(shop: Shop) {
    shop.stock("default", "MUG", 1_250, 10).await;
    let quoted = shop.quote("", "MUG", 1).await;
    let bob = shop.guest("bob");
    let stolen = bob.call(place(&quoted.quote_id, "tok_approve")).await;
    assert_eq!(Doors::reason(stolen), "QUOTE_NOT_FOUND");
    let order = shop.order("", "MUG", 1, "tok_approve").await;
    let looked = GetOrderRequest {
        order_id: order.order_id,
        ..GetOrderRequest::default()
    };
    assert_eq!(
        Doors::reason(bob.call(looked.clone()).await),
        "ORDER_NOT_FOUND"
    );
    let nobody = shop.suite.nobody().call(looked).await;
    assert_eq!(Doors::reason(nobody), "UNAUTHENTICATED");
    shop.close().await;
}

/// Ann watches: the stream ends with what she would read.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_watched() {
    let shop = Shop::open(Way::Grpc).await;
    shop.stock("default", "MUG", 1_250, 10).await;
    let ann = shop.suite.guest("ann");
    let quoted = ann
        .call(quote("", &[("MUG", 1)]))
        .await
        .unwrap()
        .quote
        .unwrap();
    // A slow provider: the order is on its way for a while.
    let placed = ann.call(place(&quoted.quote_id, "tok_slow")).await.unwrap();
    let watch = WatchOrderRequest {
        order_id: placed.order.unwrap().order_id,
        ..WatchOrderRequest::default()
    };
    let mut seen = ann.stream(watch).await.unwrap();
    let mut revision = 0;
    while let Some(item) = seen.next().await {
        let order = item.unwrap().order.unwrap();
        assert!(order.revision > revision);
        revision = order.revision;
        if order.charged_state() == AxisState::Full {
            assert_eq!(order.state(), OrderState::Confirmed);
            break;
        }
    }
    assert!(revision > 0);
    drop(seen);
    shop.close().await;
}
