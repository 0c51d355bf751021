//! ListPrices: its order, its filter, its pages.

use stoa_api::pricing::v1 as pb;
use stoa_errors::{Error, Kind};

use crate::harness::{Suite, answer, entry, fields, time};

async fn filled(suite: &Suite) {
    let mut prices = Vec::new();
    for sku in ["B", "A", "\"quoted\\"] {
        for from_quantity in [10, 1] {
            for start in [2_000, 1_000] {
                prices.push(pb::PriceEntry {
                    from_quantity,
                    start_time: Some(time(start)),
                    ..entry(sku, 5)
                });
            }
        }
    }
    suite.set(prices).await.unwrap();
}

async fn page(
    suite: &Suite,
    skus: &[&str],
    page_size: i32,
    token: &str,
) -> Result<pb::ListPricesResponse, Error> {
    let request = pb::ListPricesRequest {
        channel: "default".to_owned(),
        skus: skus.iter().map(|sku| (*sku).to_owned()).collect(),
        page_size,
        page_token: token.to_owned(),
        read_mask: None,
    };
    answer(suite.staff().list_prices(request).await)
}

fn places(prices: &[pb::Price]) -> Vec<(&str, i64, i64)> {
    prices
        .iter()
        .map(|price| {
            (
                price.sku.as_str(),
                price.from_quantity,
                price.start_time.unwrap().seconds,
            )
        })
        .collect()
}

#[tokio::test]
async fn they_come_by_sku_quantity_and_start() {
    let suite = Suite::start().await;
    filled(&suite).await;
    let all = page(&suite, &[], 0, "").await.unwrap().prices;
    let mut sorted = places(&all);
    sorted.sort_unstable();
    assert_eq!(places(&all), sorted);
    assert_eq!(all.len(), 12);
    for size in 1..=12 {
        let mut seen = Vec::new();
        let mut token = String::new();
        loop {
            let part = page(&suite, &[], size, &token).await.unwrap();
            seen.extend(part.prices);
            token = part.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, all, "pages of {size}");
    }
}

#[tokio::test]
async fn only_the_skus_asked_for() {
    let suite = Suite::start().await;
    filled(&suite).await;
    let some = page(&suite, &["B", "unknown"], 0, "").await.unwrap().prices;
    assert_eq!(
        places(&some),
        [
            ("B", 1, 1_000),
            ("B", 1, 2_000),
            ("B", 10, 1_000),
            ("B", 10, 2_000)
        ]
    );
    let many: Vec<String> = (0..2_000).map(|number| format!("S{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(page(&suite, &many, 0, "").await.unwrap().prices.is_empty());
    assert_eq!(
        fields(&page(&suite, &["A", "A"], 0, "").await.unwrap_err()),
        ["skus"]
    );
}

#[tokio::test]
async fn a_token_is_bound_to_the_other_arguments() {
    let suite = Suite::start().await;
    filled(&suite).await;
    let token = page(&suite, &["A", "B"], 3, "")
        .await
        .unwrap()
        .next_page_token;
    assert_eq!(
        page(&suite, &["A", "B"], 9, &token)
            .await
            .unwrap()
            .prices
            .len(),
        5
    );
    let refused = page(&suite, &["A"], 3, &token).await.unwrap_err();
    assert_eq!(refused.kind, Kind::InvalidArgument);
    assert_eq!(fields(&refused), ["page_token"]);
    assert_eq!(
        fields(&page(&suite, &[], -1, "").await.unwrap_err()),
        ["page_size"]
    );
}

#[tokio::test]
async fn a_mask_says_what_is_read() {
    let suite = Suite::start().await;
    suite.set(vec![entry("A", 5)]).await.unwrap();
    let request = pb::ListPricesRequest {
        channel: "default".to_owned(),
        read_mask: Some(prost_types::FieldMask {
            paths: vec!["sku".to_owned(), "unit_price.micros".to_owned()],
        }),
        ..pb::ListPricesRequest::default()
    };
    let read = answer(suite.staff().list_prices(request).await)
        .unwrap()
        .prices;
    let left = pb::Price {
        sku: "A".to_owned(),
        unit_price: Some(stoa_api::type_::v1::UnitPrice {
            currency_code: String::new(),
            micros: 5,
        }),
        ..pb::Price::default()
    };
    assert_eq!(read, [left]);
}
