//! BatchSetPrices: by natural key, all or nothing, twice is once.

use std::time::Duration;

use prost::Message;
use stoa_api::pricing::v1 as pb;
use stoa_api::type_::v1::UnitPrice;
use stoa_errors::Kind;

use crate::harness::{Suite, answer, entry, fields, pounds, time};

#[tokio::test]
async fn a_price_is_set_from_now_on() {
    let suite = Suite::start().await;
    let set = suite.set(vec![entry("MUG", 2_550_000)]).await.unwrap();
    let channel = suite.channel("default").await.unwrap();
    assert_eq!(
        (set[0].sku.as_str(), set[0].from_quantity, set[0].version),
        ("MUG", 1, 1)
    );
    assert_eq!(set[0].unit_price, Some(pounds(2_550_000)));
    assert_eq!(set[0].start_time.unwrap().seconds, suite.now());
    assert_eq!(set[0].price_book_id, channel.price_book_id);
    assert!(set[0].price_id.starts_with("prc_") && !set[0].etag.is_empty());
    let told = suite.told("price", &set[0].price_id).await;
    assert_eq!(told[0].event_type, "stoa.pricing.v1.PriceChanged");
    assert_eq!(told[0].channel_id.unwrap().to_string(), channel.channel_id);
    let payload = pb::PriceChanged::decode(told[0].payload.as_slice()).unwrap();
    assert_eq!(
        (payload.sku.as_str(), payload.unit_price),
        ("MUG", Some(pounds(2_550_000)))
    );
}

#[tokio::test]
async fn an_equal_amount_changes_nothing_and_another_raises_the_version() {
    let suite = Suite::start().await;
    let at = |micros| pb::PriceEntry {
        start_time: Some(time(1_000)),
        ..entry("MUG", micros)
    };
    let first = suite.set(vec![at(5)]).await.unwrap();
    suite.clock.advance(Duration::from_secs(9));
    assert_eq!(suite.set(vec![at(5)]).await.unwrap(), first);
    assert_eq!(
        suite.count("event").await,
        2,
        "the channel's and one price's"
    );
    let second = suite.set(vec![at(6)]).await.unwrap();
    assert_eq!(
        (&second[0].price_id, second[0].version),
        (&first[0].price_id, 2)
    );
    assert_ne!(second[0].etag, first[0].etag);
    assert_eq!(second[0].create_time, first[0].create_time);
    assert_eq!(second[0].update_time.unwrap().seconds, suite.now());
    assert_eq!(suite.count("price").await, 1);
    assert_eq!(suite.told("price", &first[0].price_id).await.len(), 2);
}

#[tokio::test]
async fn a_thousand_at_once_and_no_more() {
    let suite = Suite::start().await;
    let prices = |count: i64| -> Vec<pb::PriceEntry> {
        (0..count)
            .map(|number| entry(&format!("S{number}"), number))
            .collect()
    };
    let set = suite.set(prices(1_000)).await.unwrap();
    assert!(
        set.iter()
            .zip(0_i64..)
            .all(|(price, number)| price.sku == format!("S{number}"))
    );
    assert_eq!(suite.count("price").await, 1_000);
    assert_eq!(
        fields(&suite.set(prices(1_001)).await.unwrap_err()),
        ["prices"]
    );
    assert_eq!(fields(&suite.set(vec![]).await.unwrap_err()), ["prices"]);
}

#[tokio::test]
async fn another_currency_refuses_the_whole_batch() {
    let suite = Suite::start().await;
    let in_currency = |code: &str| pb::PriceEntry {
        unit_price: Some(UnitPrice {
            currency_code: code.to_owned(),
            micros: 1,
        }),
        ..entry("B", 1)
    };
    let refused = suite
        .set(vec![entry("A", 1), in_currency("EUR")])
        .await
        .unwrap_err();
    assert_eq!(
        (refused.kind, refused.reason.as_ref()),
        (Kind::InvalidArgument, "CURRENCY_MISMATCH")
    );
    assert_eq!(fields(&refused), ["prices[1].unit_price.currency_code"]);
    let refused = suite
        .set(vec![entry("A", 1), in_currency("XXX")])
        .await
        .unwrap_err();
    assert_eq!(refused.reason, "CURRENCY_UNKNOWN");
    assert_eq!(fields(&refused), ["prices[1].unit_price.currency_code"]);
    assert_eq!(suite.count("price").await, 0);
}

#[tokio::test]
async fn a_natural_key_stands_once() {
    let suite = Suite::start().await;
    let now = time(suite.now());
    let spelled_out = pb::PriceEntry {
        from_quantity: 1,
        start_time: Some(now),
        ..entry("A", 2)
    };
    let refused = suite
        .set(vec![entry("A", 1), spelled_out])
        .await
        .unwrap_err();
    assert_eq!(refused.kind, Kind::InvalidArgument);
    assert_eq!(fields(&refused), ["prices[1]"]);
    let apart = vec![
        entry("A", 1),
        pb::PriceEntry {
            from_quantity: 2,
            ..entry("A", 1)
        },
        entry("a", 1),
    ];
    assert_eq!(suite.set(apart).await.unwrap().len(), 3);
}

#[tokio::test]
async fn what_breaks_a_rule_is_named() {
    let suite = Suite::start().await;
    let negative = pb::PriceEntry {
        from_quantity: -1,
        ..entry("A", -1)
    };
    let mut named = suite.set(vec![negative]).await.unwrap_err();
    named
        .violations
        .sort_by(|one, two| one.field.cmp(&two.field));
    assert_eq!(
        fields(&named),
        ["prices[0].from_quantity", "prices[0].unit_price.micros"]
    );
    let priceless = pb::PriceEntry {
        unit_price: None,
        ..entry("A", 1)
    };
    assert_eq!(
        fields(&suite.set(vec![priceless]).await.unwrap_err()),
        ["prices[0].unit_price"]
    );
}

#[tokio::test]
async fn a_repeated_call_means_the_same_now() {
    let suite = Suite::start().await;
    let prices = vec![entry("A", 1), entry("B", 2)];
    let first = suite
        .set_in("default", "one", prices.clone())
        .await
        .unwrap();
    suite.clock.advance(Duration::from_secs(60));
    let again = suite.set_in("default", "one", prices).await.unwrap();
    assert_eq!(again, first);
    assert_eq!(suite.count("price").await, 2);
    let reused = suite
        .set_in("default", "one", vec![entry("A", 3)])
        .await
        .unwrap_err();
    assert_eq!(
        (reused.kind, reused.reason.as_ref()),
        (Kind::AlreadyExists, "IDEMPOTENCY_KEY_REUSED")
    );
}

#[tokio::test]
async fn many_at_once_are_one_row_of_versions() {
    let suite = Suite::start().await;
    let calls = (0..24).map(|number| {
        let price = pb::PriceEntry {
            start_time: Some(time(1_000)),
            ..entry("A", 100 + number)
        };
        suite.set(vec![price])
    });
    let set = futures::future::join_all(calls).await;
    let mut versions: Vec<i64> = set
        .iter()
        .map(|set| set.as_ref().unwrap()[0].version)
        .collect();
    versions.sort_unstable();
    assert_eq!(versions, (1..=24).collect::<Vec<i64>>());
    assert_eq!(suite.count("price").await, 1);
}

#[tokio::test]
async fn only_staff_with_the_right_may() {
    let suite = Suite::start().await;
    let request = pb::BatchSetPricesRequest {
        request_id: suite.key(),
        channel: "default".to_owned(),
        prices: vec![entry("A", 1)],
    };
    let refused = answer(suite.clerk().batch_set_prices(request).await).unwrap_err();
    assert_eq!(refused.kind, Kind::PermissionDenied);
}
