//! How an order is read: as it stood, its events, the stream that watches it, lists and their pages.

use std::time::Duration;

use stoa_api::order::v1::get_order_request::AsOf;
use stoa_api::order::v1::*;

use crate::imports::{THEN, import, staff_basket};
use crate::shop::{GIFT, MUG, ONCE, OPENING, SHIP, Shop, at, reason, unit};

#[tokio::test(flavor = "multi_thread")]
async fn as_it_stood_at_a_version_or_a_time() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop.buy(&ada, SHIP, &[(MUG, 1)], "tok_approve").await;
    let confirmed = order.clone();
    shop.clock.advance(Duration::from_secs(60));
    let closed = shop.ship(&order).await;
    let as_of = |as_of| GetOrderRequest {
        order_id: order.order_id.clone(),
        as_of: Some(as_of),
        ..GetOrderRequest::default()
    };
    let first = ada
        .call(as_of(AsOf::AsOfRevision(1)))
        .await
        .unwrap()
        .order
        .unwrap();
    assert_eq!((first.state(), first.revision), (OrderState::Pending, 1));
    let second = ada
        .call(as_of(AsOf::AsOfRevision(2)))
        .await
        .unwrap()
        .order
        .unwrap();
    assert_eq!(second, confirmed);
    let last = as_of(AsOf::AsOfRevision(closed.revision));
    assert_eq!(ada.call(last).await.unwrap().order.unwrap(), closed);
    let beyond = as_of(AsOf::AsOfRevision(closed.revision + 1));
    assert_eq!(reason(ada.call(beyond).await), "ORDER_NOT_FOUND");
    let then = as_of(AsOf::AsOfTime(confirmed.update_time.unwrap()));
    assert_eq!(ada.call(then).await.unwrap().order.unwrap(), confirmed);
    let before = as_of(AsOf::AsOfTime(at(OPENING)));
    assert_eq!(reason(ada.call(before).await), "ORDER_NOT_FOUND");
    let later = as_of(AsOf::AsOfTime(closed.update_time.unwrap()));
    assert_eq!(ada.call(later).await.unwrap().order.unwrap(), closed);
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_by_version_and_in_pages_and_name_nobody() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop.buy(&ada, SHIP, &[(MUG, 1)], "tok_approve").await;
    let order = shop.ship(&order).await;
    let mut request = ListOrderEventsRequest {
        order_id: order.order_id.clone(),
        page_size: 2,
        ..ListOrderEventsRequest::default()
    };
    let mut events = Vec::new();
    loop {
        let page = ada.call(request.clone()).await.unwrap();
        assert!(page.events.len() <= 2);
        events.extend(page.events);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let versions: Vec<i64> = events.iter().map(|event| event.revision).collect();
    assert_eq!(versions, [1, 2, 3, 4, 5]);
    assert!(events[0].actor.starts_with("guest:"), "{}", events[0].actor);
    // The service works on behalf of who asked.
    assert_eq!(events[1].actor, events[0].actor);
    assert!(events[2].actor.contains("operator"), "{}", events[2].actor);
    let text = format!("{events:?}");
    for private in ["ada@example.org", "Analytical", "tok_"] {
        assert!(!text.contains(private), "{private}");
    }
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_shows_each_change_ends_at_rest_and_goes_on_behind_a_version() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop.buy_quickly(&ada, SHIP, &[(MUG, 1)], "tok_slow").await;
    let watch = |after_revision| WatchOrderRequest {
        order_id: order.order_id.clone(),
        after_revision,
    };
    let mut stream = ada.stream(watch(0)).await.unwrap();
    let mut seen = Vec::new();
    while seen
        .last()
        .is_none_or(|(state, _)| *state != OrderState::Confirmed)
    {
        let order = stream.message().await.unwrap().unwrap().order.unwrap();
        seen.push((order.state(), order.revision));
    }
    assert_eq!(seen, [(OrderState::Pending, 1), (OrderState::Confirmed, 2)]);
    // The same again behind a version: nothing old, then what comes.
    let mut behind = ada.stream(watch(2)).await.unwrap();
    shop.ship(&order).await;
    let mut last = 2;
    while let Some(message) = behind.message().await.unwrap() {
        let order = message.order.unwrap();
        assert!(order.revision > last);
        last = order.revision;
    }
    assert_eq!(last, 5);
    while stream.message().await.unwrap().is_some() {}
    // At rest and seen: it ends at once.
    let mut over = ada.stream(watch(5)).await.unwrap();
    assert!(over.message().await.unwrap().is_none());
    let bob = shop.guest("bob");
    let refused = match bob.stream(watch(0)).await {
        Ok(mut stream) => stoa_rpc::client::error(stream.message().await.unwrap_err()),
        Err(error) => error,
    };
    assert_eq!(refused.reason, "ORDER_NOT_FOUND");
    shop.suite.stop().await;
}

/// A suite that drains ends its streams with a hint to go on elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_does_not_keep_the_suite_from_ending() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop.buy(&ada, ONCE, &[(MUG, 1)], "tok_approve").await;
    let watch = WatchOrderRequest {
        order_id: order.order_id.clone(),
        after_revision: order.revision,
    };
    let mut stream = ada.stream(watch).await.unwrap();
    let before = std::time::Instant::now();
    let (ended, _) = futures::join!(stream.message(), shop.suite.stop());
    assert!(ended.is_err());
    // Nobody had to wait for the end of the drain.
    assert!(
        before.elapsed() < Duration::from_secs(10),
        "{:?}",
        before.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_come_in_pages_by_their_filters() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let mut own = Vec::new();
    for _ in 0..5 {
        own.push(shop.buy(&ada, ONCE, &[(GIFT, 1)], "").await.order_id);
    }
    let declined = shop.buy(&ada, ONCE, &[(MUG, 1)], "tok_decline").await;
    let elsewhere = shop
        .buy(&shop.guest("bob"), SHIP, &[(MUG, 1)], "tok_approve")
        .await;
    for reference in ["A-1", "A-2"] {
        let quote = shop
            .done(staff_basket(&[(MUG, 1, None)]))
            .await
            .quote
            .unwrap();
        shop.done(import(&quote, reference)).await;
    }
    // One's own, newest first.
    let mut request = ListOrdersRequest {
        page_size: 4,
        ..ListOrdersRequest::default()
    };
    let page = ada.call(request.clone()).await.unwrap();
    request.page_token = page.next_page_token;
    let rest = ada.call(request.clone()).await.unwrap();
    let listed: Vec<String> = page
        .orders
        .into_iter()
        .chain(rest.orders)
        .map(|order| order.order_id)
        .collect();
    own.push(declined.order_id.clone());
    own.reverse();
    assert_eq!(listed, own);
    assert_eq!(rest.next_page_token, "");
    // A token is bound to its caller and its arguments.
    assert_eq!(
        reason(shop.guest("bob").call(request).await),
        "PAGE_TOKEN_INVALID"
    );

    let search = SearchOrdersRequest::default;
    let all = shop.done(search()).await.orders;
    assert_eq!(all.len(), 9);
    let times: Vec<i64> = all
        .iter()
        .map(|order| order.place_time.unwrap().seconds)
        .collect();
    assert!(times.is_sorted());
    assert_eq!(times[..2], [THEN, THEN]);
    let found = |request: SearchOrdersRequest| async {
        let orders = shop.done(request).await.orders;
        orders
            .into_iter()
            .map(|order| order.order_id)
            .collect::<Vec<_>>()
    };
    let by_state = SearchOrdersRequest {
        state: OrderState::Canceled.into(),
        ..search()
    };
    assert_eq!(found(by_state).await, [declined.order_id]);
    for channel in [SHIP, elsewhere.channel_id.as_str()] {
        let by_channel = SearchOrdersRequest {
            channel: channel.to_owned(),
            ..search()
        };
        assert_eq!(
            found(by_channel).await,
            std::slice::from_ref(&elsewhere.order_id)
        );
    }
    let mut by_customer = SearchOrdersRequest {
        customer_ref: "C-17".to_owned(),
        page_size: 1,
        ..search()
    };
    let first = shop.done(by_customer.clone()).await;
    assert_eq!(first.orders[0].external_ref, "A-1");
    by_customer.page_token = first.next_page_token;
    let second = shop.done(by_customer.clone()).await;
    assert_eq!(second.orders[0].external_ref, "A-2");
    assert_eq!(second.next_page_token, "");
    by_customer.customer_ref = "C-18".to_owned();
    assert_eq!(
        reason(shop.staff.call(by_customer).await),
        "PAGE_TOKEN_INVALID"
    );
    let negative = SearchOrdersRequest {
        page_size: -1,
        ..search()
    };
    assert_eq!(reason(shop.staff.call(negative).await), "INVALID_ARGUMENT");
    shop.suite.stop().await;
}

/// Three orders of 2,000 lines are more than one message should be.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_also_ends_where_it_is_large() {
    let shop = Shop::open().await;
    let items: Vec<(&str, i64)> = (0..2_000).map(|_| (MUG, 1)).collect();
    shop.receive("much", &[(MUG, 10_000)]).await;
    let mut ids = Vec::new();
    for place in 0..6 {
        let mut quote = staff_basket(&[]);
        quote.items = items
            .iter()
            .map(|(sku, quantity)| StaffQuoteItem {
                sku: (*sku).to_owned(),
                quantity: *quantity,
                r#override: Some(PriceOverride {
                    unit_price: unit(1_000_000 + place),
                    reason: "as agreed in a letter of some length that is kept with the line"
                        .to_owned(),
                }),
            })
            .collect();
        let quote = shop.done(quote).await.quote.unwrap();
        let order = shop
            .done(import(&quote, &format!("L-{place}")))
            .await
            .order
            .unwrap();
        ids.push(order.order_id);
    }
    let mut request = SearchOrdersRequest::default();
    let (mut found, mut pages) = (Vec::new(), 0);
    loop {
        let page = shop.done(request.clone()).await;
        let bytes: usize = page.orders.iter().map(prost_len).sum();
        assert!(page.orders.len() == 1 || bytes <= 1 << 20, "{bytes}");
        found.extend(page.orders.into_iter().map(|order| order.order_id));
        pages += 1;
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    ids.sort();
    found.sort();
    assert_eq!(found, ids);
    assert!(pages > 1);
    shop.books_agree().await;
    shop.suite.stop().await;
}

fn prost_len(order: &Order) -> usize {
    prost::Message::encoded_len(order)
}
