//! BatchUpsertProducts: by sku, all or nothing, twice is once.

use stoa_api::catalog::v1 as pb;
use stoa_errors::{Error, Kind};

use crate::harness::{Suite, answer, fields, product, variant};

pub(crate) fn entry(title: &str, sku: &str) -> pb::ProductEntry {
    pb::ProductEntry {
        title: title.to_owned(),
        variant: Some(variant(sku)),
        categories: vec!["all".to_owned()],
        description: String::new(),
    }
}

pub(crate) async fn upsert(
    suite: &Suite,
    key: &str,
    products: Vec<pb::ProductEntry>,
) -> Result<pb::BatchUpsertProductsResponse, Error> {
    let request = pb::BatchUpsertProductsRequest {
        request_id: key.to_owned(),
        products,
    };
    answer(suite.staff().batch_upsert_products(request).await)
}

#[tokio::test]
async fn five_hundred_are_made_changed_and_left_alone() {
    let suite = Suite::start().await;
    let entries = |title: &dyn Fn(usize) -> String| -> Vec<pb::ProductEntry> {
        (0..500)
            .map(|number| entry(&title(number), &format!("SKU {number}")))
            .collect()
    };
    let first = upsert(&suite, "1", entries(&|number| format!("Thing {number}")))
        .await
        .unwrap();
    assert_eq!((first.created_count, first.updated_count), (500, 0));
    assert_eq!(
        (suite.count("product").await, suite.count("variant").await),
        (500, 500)
    );

    let title = |number: usize| match number % 5 {
        0 => format!("Other {number}"),
        _ => format!("Thing {number}"),
    };
    let second = upsert(&suite, "2", entries(&title)).await.unwrap();
    assert_eq!((second.created_count, second.updated_count), (0, 100));
    assert_eq!(second.product_ids, first.product_ids);
    assert_eq!(suite.count("event").await, 600);
    let changed = suite.get(&first.product_ids[5]).await.unwrap();
    assert_eq!(
        (changed.title.as_str(), changed.variants[0].sku.as_str()),
        ("Other 5", "SKU 5")
    );
    assert_eq!(changed.slug, "sku-5");

    let replayed = upsert(&suite, "1", entries(&|number| format!("Thing {number}")))
        .await
        .unwrap();
    assert_eq!(
        replayed, first,
        "a repeated call is answered as the first, and changes nothing"
    );
    assert_eq!(suite.get(&first.product_ids[5]).await.unwrap(), changed);
    let reused = upsert(&suite, "1", vec![entry("Thing", "SKU 0")])
        .await
        .unwrap_err();
    assert_eq!(reused.reason, "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn a_sku_among_sisters_is_refused_with_the_whole_batch() {
    let suite = Suite::start().await;
    suite.create(product("Mug", &["A", "B"])).await.unwrap();
    let refused = upsert(&suite, "1", vec![entry("New", "NEW"), entry("Mug", "B")])
        .await
        .unwrap_err();
    assert_eq!(
        (refused.kind, refused.reason.as_ref()),
        (Kind::AlreadyExists, "SKU_EXISTS")
    );
    assert_eq!(refused.metadata.get("sku").unwrap(), "B");
    assert_eq!(
        (suite.count("product").await, suite.count("event").await),
        (1, 1)
    );
}

#[tokio::test]
async fn a_sku_twice_and_too_many_are_mistakes() {
    let suite = Suite::start().await;
    let twice = upsert(&suite, "1", vec![entry("A", "A"), entry("B", "A")])
        .await
        .unwrap_err();
    assert_eq!(twice.kind, Kind::InvalidArgument);
    assert_eq!(fields(&twice), ["products[1].variant.sku"]);
    let many = (0..501)
        .map(|number| entry("A", &number.to_string()))
        .collect();
    let many = upsert(&suite, "1", many).await.unwrap_err();
    assert_eq!(fields(&many), ["products"]);
    assert_eq!(
        fields(&upsert(&suite, "1", vec![]).await.unwrap_err()),
        ["products"]
    );
    assert_eq!(suite.count("product").await, 0);
}

#[tokio::test]
async fn what_was_archived_is_offered_again() {
    let suite = Suite::start().await;
    let first = upsert(&suite, "1", vec![entry("Mug", "A")]).await.unwrap();
    let archive = pb::ArchiveProductRequest {
        request_id: suite.key(),
        product_id: first.product_ids[0].clone(),
        etag: String::new(),
    };
    answer(suite.staff().archive_product(archive).await).unwrap();
    let again = upsert(&suite, "2", vec![entry("Mug", "A")]).await.unwrap();
    assert_eq!((again.created_count, again.updated_count), (0, 1));
    let product = suite.get(&first.product_ids[0]).await.unwrap();
    assert_eq!(product.state(), pb::ProductState::Active);
}

#[tokio::test]
async fn batches_at_once_agree() {
    let suite = Suite::start().await;
    let calls = (0..8).map(|number| {
        let entries = (0..40)
            .map(|sku| entry("Thing", &format!("{}", sku + number)))
            .collect();
        let suite = &suite;
        async move { upsert(suite, &format!("k{number}"), entries).await.unwrap() }
    });
    let answers = futures::future::join_all(calls).await;
    let created: i32 = answers.iter().map(|answer| answer.created_count).sum();
    assert_eq!((created, suite.count("product").await), (47, 47));
    assert!(answers.iter().all(|answer| answer.updated_count == 0));
}
