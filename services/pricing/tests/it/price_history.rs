//! Any history of prices, asked at any moment: the statement finds what a naive scan finds.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use stoa_api::pricing::v1 as pb;

use crate::harness::{Suite, entry, line, pounds, time};

/// Sku, quantity, start: the amount that was set last.
type History = BTreeMap<(u8, i64, i64), i64>;

fn entries(history: &History) -> Vec<pb::PriceEntry> {
    history
        .iter()
        .map(|((sku, from_quantity, start), micros)| pb::PriceEntry {
            from_quantity: *from_quantity,
            start_time: Some(time(*start)),
            ..entry(&format!("S{sku}"), *micros)
        })
        .collect()
}

/// Of the largest quantity that has a price by then, the latest.
fn scan(history: &History, sku: u8, quantity: i64, at: i64) -> Option<i64> {
    history
        .iter()
        .filter(|((of, from, start), _)| *of == sku && *from <= quantity && *start <= at)
        .max_by_key(|((_, from, start), _)| (*from, *start))
        .map(|(_, micros)| *micros)
}

fn history() -> impl Strategy<Value = History> {
    let key = (0_u8..3, 1_i64..6, 0_i64..8);
    prop::collection::btree_map(key, 1_i64..1_000_000, 0..40)
}

#[test]
fn the_statement_finds_what_a_scan_finds() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mut runner = TestRunner::new(Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    });
    let asked = prop::collection::vec((0_u8..4, 1_i64..8), 1..12);
    runner
        .run(
            &(history(), history(), asked, 0_i64..9),
            |(first, second, asked, at)| runtime.block_on(check(first, second, asked, at)),
        )
        .unwrap();
}

async fn check(
    first: History,
    second: History,
    asked: Vec<(u8, i64)>,
    at: i64,
) -> Result<(), TestCaseError> {
    let suite = Suite::start().await;
    for part in [&first, &second] {
        if !part.is_empty() {
            suite.set(entries(part)).await.unwrap();
        }
    }
    let mut all = first;
    all.extend(second);
    let lines: Vec<_> = asked
        .iter()
        .map(|(sku, quantity)| line(&format!("S{sku}"), *quantity))
        .collect();
    let expected: Vec<Option<i64>> = asked
        .iter()
        .map(|(sku, quantity)| scan(&all, *sku, *quantity, at))
        .collect();
    let priced = suite.basket(lines, Some(at)).await;
    if let Some(missing) = expected.iter().position(Option::is_none) {
        let refused = priced.unwrap_err();
        prop_assert_eq!(refused.reason.as_ref(), "PRICE_NOT_FOUND");
        let sku = format!("S{}", asked[missing].0);
        prop_assert_eq!(refused.metadata.get("sku"), Some(&sku));
        return Ok(());
    }
    for (line, expected) in priced.unwrap().lines.into_iter().zip(expected) {
        prop_assert_eq!(line.unit_price, expected.map(pounds));
    }
    Ok(())
}
