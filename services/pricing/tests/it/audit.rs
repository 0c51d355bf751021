//! The doctor's questions: all is well, and each thing that is broken is found.

use stoa_api::ops::v1::{CheckInvariantsRequest, InvariantCheck};
use stoa_types::{Clock, Ctx, SystemClock, SystemIds};

use crate::harness::{Suite, entry};

async fn checks(suite: &Suite) -> Vec<InvariantCheck> {
    let ctx = Ctx::background("test", SystemClock.now(), &SystemIds);
    let all = CheckInvariantsRequest::default();
    let found = suite.audit.check_invariants(&ctx, all).await;
    found.unwrap().checks
}

/// Name, examined, violations.
fn seen(checks: &[InvariantCheck]) -> Vec<(&str, i64, i64)> {
    checks
        .iter()
        .map(|check| (check.name.as_str(), check.examined, check.violation_count))
        .collect()
}

async fn breaks(suite: &Suite, sql: &'static str) {
    suite
        .db
        .write("test.break", move |tx| {
            Box::pin(async move { tx.execute(sql, &()).await.map(|_| ()) })
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn all_is_well() {
    let suite = Suite::start().await;
    suite.set(vec![entry("A", 1), entry("B", 0)]).await.unwrap();
    assert_eq!(
        seen(&checks(&suite).await),
        [("prices_in_currency", 2, 0), ("books_have_channels", 1, 0)]
    );
}

#[tokio::test]
async fn what_is_broken_is_found() {
    let suite = Suite::start().await;
    let prices = (0..150).map(|number| entry(&format!("S{number}"), 1));
    suite.set(prices.collect()).await.unwrap();
    breaks(
        &suite,
        "UPDATE pricing_price SET currency = 'EUR' WHERE sku = 'S7'",
    )
    .await;
    let found = checks(&suite).await;
    assert_eq!(found[0].violation_count, 1);
    assert_eq!(found[0].violations[0].subject, "S7");
    breaks(&suite, "UPDATE pricing_channel SET currency = 'USD'").await;
    let found = checks(&suite).await;
    assert_eq!(
        (found[0].violation_count, found[0].violations.len()),
        (150, 100)
    );
    assert_eq!(found[1].violation_count, 1);
}
