//! Staff quotes, and orders that were placed elsewhere.

use stoa_api::order::v1::*;

use crate::shop::{MUG, ONCE, OPENING, Shop, at, minor, order_of, reason, unit};

/// A day of 2021.
pub(crate) const THEN: i64 = OPENING + 400 * 86_400;

pub(crate) fn staff_basket(items: &[(&str, i64, Option<i64>)]) -> CreateStaffQuoteRequest {
    let items = items.iter().map(|(sku, quantity, micros)| StaffQuoteItem {
        sku: (*sku).to_owned(),
        quantity: *quantity,
        r#override: micros.map(|micros| PriceOverride {
            unit_price: unit(micros),
            reason: "as agreed".to_owned(),
        }),
    });
    CreateStaffQuoteRequest {
        channel: ONCE.to_owned(),
        items: items.collect(),
        customer_ref: "C-17".to_owned(),
        place_time: Some(at(THEN)),
        ..CreateStaffQuoteRequest::default()
    }
}

pub(crate) fn import(quote: &Quote, external_ref: &str) -> ImportOrderRequest {
    ImportOrderRequest {
        quote_id: quote.quote_id.clone(),
        external_ref: external_ref.to_owned(),
        payment_token: "tok_approve".to_owned(),
        country_code: "FR".to_owned(),
        ..ImportOrderRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_has_its_own_date_reference_and_prices() {
    let shop = Shop::open().await;
    let asked = staff_basket(&[(MUG, 2, None), (MUG, 1, Some(10_005_000))]);
    let quote = shop.done(asked).await.quote.unwrap();
    assert_eq!(quote.lines[1].override_reason, "as agreed");
    // 24.68 + 10.005 rounded half to even.
    assert_eq!(minor(&quote.totals.as_ref().unwrap().total), 2_468 + 1_000);
    let order = shop.done(import(&quote, "536365")).await.order.unwrap();
    assert_eq!(order.state(), OrderState::Confirmed);
    assert_eq!(order.source(), OrderSource::Imported);
    assert_eq!(order.place_time, Some(at(THEN)));
    assert_eq!(order.customer_ref, "C-17");
    assert_eq!(order.external_ref, "536365");
    assert_eq!(order.country_code, "FR");
    assert_eq!(order.lines[1].override_reason, "as agreed");
    let found = SearchOrdersRequest {
        external_ref: "536365".to_owned(),
        ..SearchOrdersRequest::default()
    };
    assert_eq!(shop.done(found).await.orders, std::slice::from_ref(&order));
    // Owned by staff alone.
    let get = GetOrderRequest {
        order_id: order.order_id,
        ..GetOrderRequest::default()
    };
    assert_eq!(reason(shop.guest("ada").call(get).await), "ORDER_NOT_FOUND");
    shop.books_agree().await;
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_external_reference_is_recorded_once_per_channel() {
    let shop = Shop::open().await;
    let mut quotes = Vec::new();
    for _ in 0..3 {
        let quote = shop.done(staff_basket(&[(MUG, 1, None)])).await.quote;
        quotes.push(quote.unwrap());
    }
    let mut elsewhere = staff_basket(&[(MUG, 1, None)]);
    elsewhere.channel = crate::shop::SHIP.to_owned();
    let elsewhere = shop.done(elsewhere).await.quote.unwrap();
    let first = shop.done(import(&quotes[0], "A-1")).await.order.unwrap();
    let error = shop
        .staff
        .call(import(&quotes[1], "A-1"))
        .await
        .unwrap_err();
    assert_eq!(error.reason, "EXTERNAL_REF_USED");
    assert_eq!(error.metadata.get("resource"), Some(&first.order_id));
    // Two at the same time, and the quote of the refused one is free still.
    let (one, two) = futures::join!(
        shop.staff.call(import(&quotes[1], "A-2")),
        shop.staff.call(import(&quotes[2], "A-2")),
    );
    assert_ne!(one.is_ok(), two.is_ok());
    let left = if one.is_ok() { &quotes[2] } else { &quotes[1] };
    assert!(shop.staff.call(import(left, "A-3")).await.is_ok());
    assert!(shop.staff.call(import(&elsewhere, "A-1")).await.is_ok());
    assert_eq!(shop.stock(MUG).await, (10, 4, 0));
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_staff_quote_is_imported_and_no_guest_orders_from_one() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let own = shop.quote(&ada, ONCE, &[(MUG, 1)]).await;
    assert_eq!(
        reason(shop.staff.call(import(&own, "A-1")).await),
        "QUOTE_NOT_FOUND"
    );
    let staff = shop
        .done(staff_basket(&[(MUG, 1, Some(1))]))
        .await
        .quote
        .unwrap();
    assert_eq!(
        reason(ada.call(order_of(&staff, "tok_approve")).await),
        "QUOTE_NOT_FOUND"
    );
    let refused = ada.call(staff_basket(&[(MUG, 1, None)])).await;
    assert!(["PERMISSION_DENIED", "UNAUTHENTICATED"].contains(&reason(refused).as_str()));
    let mut foreign = staff_basket(&[(MUG, 1, None), (MUG, 1, Some(1))]);
    let price = foreign.items[1].r#override.as_mut().unwrap();
    price.unit_price.as_mut().unwrap().currency_code = "EUR".to_owned();
    let error = shop.staff.call(foreign).await.unwrap_err();
    assert_eq!(error.reason, "CURRENCY_MISMATCH");
    assert_eq!(
        error.violations[0].field,
        "items[1].override.unit_price.currency_code"
    );
    let mut ahead = staff_basket(&[(MUG, 1, None)]);
    ahead.place_time = Some(at(4_102_444_800));
    let error = shop.staff.call(ahead).await.unwrap_err();
    assert_eq!(error.reason, "PLACE_TIME_IN_FUTURE");
    assert_eq!(error.violations[0].field, "place_time");
    let mut early = staff_basket(&[(MUG, 1, None)]);
    early.place_time = Some(at(OPENING - 1));
    assert_eq!(reason(shop.staff.call(early).await), "PRICE_NOT_FOUND");
    shop.suite.stop().await;
}
