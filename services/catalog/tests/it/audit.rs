//! The doctor's questions: all is well, and each thing that is broken is found.

use stoa_api::ops::v1::{CheckInvariantsRequest, InvariantCheck};
use stoa_types::{Clock, Ctx, SystemClock, SystemIds};

use crate::harness::{Suite, product};

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
    suite.create(product("Mug", &["A", "B"])).await.unwrap();
    suite.create(product("Cup", &["C"])).await.unwrap();
    assert_eq!(
        seen(&checks(&suite).await),
        [
            ("variants_have_products", 3, 0),
            ("variants_agree_with_stock", 3, 0),
            ("products_agree_with_variants", 2, 0),
        ]
    );
}

#[tokio::test]
async fn what_is_broken_is_found() {
    let suite = Suite::start().await;
    suite.create(product("Mug", &["A", "B"])).await.unwrap();
    suite.create(product("Cup", &["C"])).await.unwrap();
    breaks(
        &suite,
        "UPDATE catalog_variant SET in_stock = true WHERE sku = 'B'",
    )
    .await;
    let found = checks(&suite).await;
    assert_eq!(found[1].violation_count, 1);
    assert_eq!(found[1].violations[0].subject, "B");
    assert_eq!(
        found[2].violations[0].subject, "a",
        "its product does not say so"
    );
    breaks(
        &suite,
        "UPDATE catalog_product SET in_stock = true WHERE slug = 'a'",
    )
    .await;
    assert_eq!(checks(&suite).await[2].violation_count, 0);
    breaks(
        &suite,
        "UPDATE catalog_variant SET retired = true WHERE sku = 'C'",
    )
    .await;
    assert_eq!(
        checks(&suite).await[2].violations[0].subject,
        "c",
        "it has nothing to sell"
    );
}
