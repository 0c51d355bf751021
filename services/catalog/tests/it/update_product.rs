//! UpdateProduct: masks, etags, retired variants, two at once.

use std::time::Duration;

use stoa_api::catalog::v1 as pb;
use stoa_errors::Kind;

use crate::harness::{Suite, answer, fields, mask, product, variant};

#[tokio::test]
async fn only_what_the_mask_names_changes() {
    let suite = Suite::start().await;
    let made = suite.create(product("Mug", &["A"])).await.unwrap();
    suite.clock.advance(Duration::from_secs(5));
    let wish = pb::Product {
        product_id: made.product_id.clone(),
        title: "Cup".to_owned(),
        description: "New".to_owned(),
        categories: vec!["kitchen".to_owned()],
        ..pb::Product::default()
    };
    let changed = suite.update(wish, &["title", "categories"]).await.unwrap();
    assert_eq!(
        (changed.title.as_str(), changed.description.as_str()),
        ("Cup", "")
    );
    assert_eq!(changed.categories, ["kitchen"]);
    assert_eq!(
        (&changed.slug, &changed.variants),
        (&made.slug, &made.variants)
    );
    assert_ne!(changed.etag, made.etag);
    assert!(changed.update_time.unwrap().seconds == made.update_time.unwrap().seconds + 5);
    assert_eq!(suite.get(&made.product_id).await.unwrap(), changed);
    assert_eq!(suite.told(&made.product_id).await.len(), 2);
}

#[tokio::test]
async fn without_a_mask_everything_changes() {
    let suite = Suite::start().await;
    let made = suite
        .create(pb::Product {
            description: "Holds tea.".to_owned(),
            ..product("Mug", &["A"])
        })
        .await
        .unwrap();
    let wish = pb::Product {
        product_id: made.product_id.clone(),
        ..product("Cup", &["A", "B"])
    };
    let changed = suite.update(wish, &[]).await.unwrap();
    assert_eq!(
        (changed.title.as_str(), changed.description.as_str()),
        ("Cup", "")
    );
    assert_eq!(
        changed.slug, made.slug,
        "an empty slug is none that anybody wants"
    );
    assert_eq!(changed.variants.len(), 2);
    let empty = pb::Product {
        product_id: made.product_id.clone(),
        ..pb::Product::default()
    };
    let refused = suite.update(empty.clone(), &[]).await.unwrap_err();
    assert_eq!(fields(&refused), ["product.title", "product.variants"]);
    let refused = suite.update(empty, &["slug"]).await.unwrap_err();
    assert_eq!(fields(&refused), ["product.slug"]);
}

#[tokio::test]
async fn a_wish_that_is_fulfilled_is_no_change() {
    let suite = Suite::start().await;
    let made = suite.create(product("Mug", &["A"])).await.unwrap();
    suite.clock.advance(Duration::from_secs(5));
    assert_eq!(suite.update(made.clone(), &[]).await.unwrap(), made);
    assert_eq!(suite.told(&made.product_id).await.len(), 1);
}

#[tokio::test]
async fn an_unknown_field_is_named() {
    let suite = Suite::start().await;
    let made = suite.create(product("Mug", &["A"])).await.unwrap();
    for path in ["price", "product_id", "state", "variants.sku"] {
        let refused = suite.update(made.clone(), &[path]).await.unwrap_err();
        assert_eq!(refused.kind, Kind::InvalidArgument, "{path}");
        assert_eq!(fields(&refused), ["update_mask"], "{path}");
    }
}

#[tokio::test]
async fn an_unknown_product_is_not_found() {
    let suite = Suite::start().await;
    let unknown = pb::Product {
        product_id: "prd_01h455vb4pex5vsknk084sn02q".to_owned(),
        ..product("Mug", &["A"])
    };
    let refused = suite.update(unknown, &[]).await.unwrap_err();
    assert_eq!(
        (refused.kind, refused.reason.as_ref()),
        (Kind::NotFound, "PRODUCT_NOT_FOUND")
    );
    let refused = suite.update(product("Mug", &["A"]), &[]).await.unwrap_err();
    assert_eq!(fields(&refused), ["product.product_id"]);
}

#[tokio::test]
async fn an_old_etag_is_refused_and_leaves_the_key_free() {
    let suite = Suite::start().await;
    let made = suite.create(product("Mug", &["A"])).await.unwrap();
    let title = |title: &str, etag: &str| pb::Product {
        etag: etag.to_owned(),
        title: title.to_owned(),
        ..made.clone()
    };
    let changed = suite
        .update(title("Cup", &made.etag), &["title"])
        .await
        .unwrap();
    let call = |etag: &str| {
        let request = pb::UpdateProductRequest {
            request_id: "one".to_owned(),
            product: Some(title("Bowl", etag)),
            update_mask: mask(&["title"]),
        };
        let mut staff = suite.staff();
        async move { answer(staff.update_product(request).await) }
    };
    let refused = call(&made.etag).await.unwrap_err();
    assert_eq!(
        (refused.kind, refused.reason.as_ref()),
        (Kind::Aborted, "ETAG_MISMATCH")
    );
    assert!(refused.retry_after.is_none());
    assert_eq!(suite.get(&made.product_id).await.unwrap(), changed);
    let quoted = format!("\"{}\"", changed.etag);
    assert_eq!(call(&quoted).await.unwrap().product.unwrap().title, "Bowl");
}

#[tokio::test]
async fn of_two_with_one_etag_one_wins() {
    let suite = Suite::start().await;
    let made = suite.create(product("Mug", &["A"])).await.unwrap();
    let calls = (0..16).map(|number| {
        let wish = pb::Product {
            title: format!("Mug {number}"),
            ..made.clone()
        };
        suite.update(wish, &["title"])
    });
    let answers = futures::future::join_all(calls).await;
    let won: Vec<_> = answers
        .iter()
        .filter_map(|answer| answer.as_ref().ok())
        .collect();
    assert_eq!(won.len(), 1);
    assert_eq!(&suite.get(&made.product_id).await.unwrap(), won[0]);
    let lost = answers.iter().filter_map(|answer| answer.as_ref().err());
    assert!(
        lost.into_iter()
            .all(|error| error.reason == "ETAG_MISMATCH")
    );
    assert_eq!(suite.told(&made.product_id).await.len(), 2);
}

#[tokio::test]
async fn without_an_etag_all_are_taken_in_turn() {
    let suite = Suite::start().await;
    let made = suite.create(product("Mug", &["A"])).await.unwrap();
    let calls = (0..16).map(|number| {
        let wish = pb::Product {
            title: format!("Mug {number}"),
            etag: String::new(),
            ..made.clone()
        };
        suite.update(wish, &["title"])
    });
    let answers = futures::future::join_all(calls).await;
    assert!(answers.iter().all(Result::is_ok));
    let told = suite.told(&made.product_id).await;
    let versions: Vec<i64> = told.iter().map(|event| event.aggregate_version).collect();
    assert_eq!(versions, (1..=17).collect::<Vec<i64>>());
}

#[tokio::test]
async fn a_sku_that_was_offered_stays_known() {
    let suite = Suite::start().await;
    let made = suite.create(product("Mug", &["A", "B"])).await.unwrap();
    let fewer = pb::Product {
        variants: vec![variant("B")],
        ..made.clone()
    };
    let fewer = suite.update(fewer, &["variants"]).await.unwrap();
    assert_eq!(fewer.variants.len(), 1);
    assert_eq!(suite.count("variant").await, 2);
    let refused = suite.create(product("Other", &["A"])).await.unwrap_err();
    assert_eq!(refused.reason, "SKU_EXISTS");
    let again = pb::Product {
        variants: vec![variant("A"), variant("B")],
        ..fewer
    };
    let again = suite.update(again, &["variants"]).await.unwrap();
    assert_eq!(again.variants, made.variants);
}

#[tokio::test]
async fn what_is_anothers_is_not_taken() {
    let suite = Suite::start().await;
    let one = suite.create(product("One", &["A"])).await.unwrap();
    let two = suite.create(product("Two", &["B"])).await.unwrap();
    let sku = pb::Product {
        variants: vec![variant("B"), variant("A")],
        ..two.clone()
    };
    let refused = suite.update(sku, &["variants"]).await.unwrap_err();
    assert_eq!(refused.metadata.get("sku").unwrap(), "A");
    let slug = pb::Product {
        slug: one.slug.clone(),
        ..two.clone()
    };
    let refused = suite.update(slug, &["slug"]).await.unwrap_err();
    assert_eq!(refused.reason, "SLUG_EXISTS");
    assert_eq!(suite.get(&two.product_id).await.unwrap(), two);
}

#[tokio::test]
async fn a_key_is_one_change() {
    let suite = Suite::start().await;
    let made = suite.create(product("Mug", &["A"])).await.unwrap();
    let request = pb::UpdateProductRequest {
        request_id: "change".to_owned(),
        product: Some(pb::Product {
            title: "Cup".to_owned(),
            ..made.clone()
        }),
        update_mask: mask(&["title"]),
    };
    let first = answer(suite.staff().update_product(request.clone()).await).unwrap();
    let again = answer(suite.staff().update_product(request.clone()).await).unwrap();
    assert_eq!(again, first, "also though its etag no longer holds");
    let other = pb::UpdateProductRequest {
        update_mask: mask(&["title", "slug"]),
        ..request
    };
    let reused = answer(suite.staff().update_product(other).await).unwrap_err();
    assert_eq!(
        (reused.kind, reused.reason.as_ref()),
        (Kind::AlreadyExists, "IDEMPOTENCY_KEY_REUSED")
    );
}
