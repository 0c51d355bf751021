//! ResolveSkus: 2,000 at once, in the order asked for; what is unknown or no longer offered.

use stoa_api::catalog::v1 as pb;
use stoa_api::type_::v1::LineKind;
use stoa_errors::{Error, Kind};

use crate::harness::{Suite, answer, fields, product, variant};

async fn resolve(
    suite: &Suite,
    skus: &[&str],
    include_archived: bool,
) -> Result<Vec<pb::ResolvedSku>, Error> {
    let request = pb::ResolveSkusRequest {
        skus: skus.iter().map(|sku| (*sku).to_owned()).collect(),
        include_archived,
    };
    let resolved = answer(suite.service("order").resolve_skus(request).await);
    resolved.map(|resolved| resolved.skus)
}

#[tokio::test]
async fn they_come_in_the_order_asked_for() {
    let suite = Suite::start().await;
    let wanted = pb::Product {
        variants: vec![
            variant("B"),
            pb::Variant {
                title: "Engraving".to_owned(),
                kind: LineKind::Service.into(),
                tax_category: "reduced".to_owned(),
                ..variant("A")
            },
        ],
        ..product("Mug", &[])
    };
    let made = suite.create(wanted).await.unwrap();
    let found = resolve(&suite, &["A", "B"], false).await.unwrap();
    assert_eq!(found[0].title, "Engraving");
    assert_eq!(
        (found[0].kind(), found[0].stock_tracked),
        (LineKind::Service, false)
    );
    assert_eq!(found[0].tax_category, "reduced");
    assert_eq!(
        (found[1].sku.as_str(), found[1].title.as_str()),
        ("B", "Mug")
    );
    assert_eq!(
        (found[1].product_id.as_str(), found[1].stock_tracked),
        (made.product_id.as_str(), true)
    );
}

#[tokio::test]
async fn two_thousand_at_once() {
    let suite = Suite::start().await;
    for batch in 0..4 {
        let entries = (0..500).map(|number| pb::ProductEntry {
            title: "Thing".to_owned(),
            variant: Some(variant(&format!("{}", batch * 500 + number))),
            ..pb::ProductEntry::default()
        });
        let request = pb::BatchUpsertProductsRequest {
            request_id: suite.key(),
            products: entries.collect(),
        };
        answer(suite.staff().batch_upsert_products(request).await).unwrap();
    }
    let skus: Vec<String> = (0..2_000).rev().map(|number| number.to_string()).collect();
    let wanted: Vec<&str> = skus.iter().map(String::as_str).collect();
    let found = resolve(&suite, &wanted, false).await.unwrap();
    assert!(
        found
            .iter()
            .zip(&skus)
            .all(|(found, sku)| found.sku == *sku)
    );
    assert_eq!(found.len(), 2_000);
    let more: Vec<String> = (0..2_001).map(|number| number.to_string()).collect();
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    assert_eq!(
        fields(&resolve(&suite, &more, false).await.unwrap_err()),
        ["skus"]
    );
}

#[tokio::test]
async fn an_unknown_one_is_named() {
    let suite = Suite::start().await;
    suite.create(product("Mug", &["A"])).await.unwrap();
    let refused = resolve(&suite, &["A", "a", "X"], true).await.unwrap_err();
    assert_eq!(
        (refused.kind, refused.reason.as_ref()),
        (Kind::NotFound, "SKU_NOT_FOUND")
    );
    assert_eq!(
        refused.metadata.get("sku").unwrap(),
        "a",
        "compared byte by byte"
    );
    let twice = resolve(&suite, &["A", "A"], true).await.unwrap_err();
    assert_eq!(fields(&twice), ["skus"]);
}

#[tokio::test]
async fn what_is_no_longer_offered_is_answered_only_when_asked_for() {
    let suite = Suite::start().await;
    let one = suite
        .create(product("One", &["A", "RETIRED"]))
        .await
        .unwrap();
    let fewer = pb::Product {
        variants: vec![variant("A")],
        ..one
    };
    suite.update(fewer, &["variants"]).await.unwrap();
    let two = suite.create(product("Two", &["ARCHIVED"])).await.unwrap();
    let archive = pb::ArchiveProductRequest {
        request_id: suite.key(),
        product_id: two.product_id,
        etag: String::new(),
    };
    answer(suite.staff().archive_product(archive).await).unwrap();
    for gone in ["RETIRED", "ARCHIVED"] {
        let refused = resolve(&suite, &["A", gone], false).await.unwrap_err();
        assert_eq!(
            (refused.kind, refused.reason.as_ref()),
            (Kind::FailedPrecondition, "SKU_ARCHIVED")
        );
        assert_eq!(refused.metadata.get("sku").unwrap(), gone);
    }
    let all = resolve(&suite, &["ARCHIVED", "RETIRED", "A"], true)
        .await
        .unwrap();
    assert_eq!(
        all.iter().map(|sku| sku.title.as_str()).collect::<Vec<_>>(),
        ["Two", "One", "One"]
    );
}

#[tokio::test]
async fn only_the_order_service_may_ask() {
    let suite = Suite::start().await;
    suite.create(product("Mug", &["A"])).await.unwrap();
    let request = pb::ResolveSkusRequest {
        skus: vec!["A".to_owned()],
        include_archived: false,
    };
    let refused = answer(suite.service("payment").resolve_skus(request).await).unwrap_err();
    assert_eq!(refused.kind, Kind::PermissionDenied);
}
