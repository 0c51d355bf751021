//! CreateProduct: defaults, slugs, what is refused, keys.

use std::collections::BTreeMap;

use prost::Message;
use stoa_api::catalog::v1 as pb;
use stoa_api::type_::v1::{LineKind, MeasureUnit};
use stoa_errors::Kind;

use crate::harness::{Suite, answer, fields, product, variant};

#[tokio::test]
async fn a_product_is_made_with_its_defaults() {
    let suite = Suite::start().await;
    let wanted = pb::Product {
        categories: vec!["kitchen".to_owned(), "gifts".to_owned()],
        description: "Holds tea.".to_owned(),
        variants: vec![
            pb::Variant {
                options: BTreeMap::from([("colour".to_owned(), "blue".to_owned())]),
                weight_grams: 300,
                ..variant("MUG Blue")
            },
            pb::Variant {
                kind: LineKind::Service.into(),
                ..variant("ENGRAVE")
            },
            pb::Variant {
                stock_tracked: Some(false),
                unit: MeasureUnit::Gram.into(),
                title: "Tea, loose".to_owned(),
                ..variant("TEA")
            },
        ],
        ..product("Mug", &[])
    };
    let made = suite.create(wanted).await.unwrap();
    assert_eq!(made.slug, "mug-blue", "made from the first sku");
    assert_eq!(made.state(), pb::ProductState::Active);
    assert_eq!(made.categories, ["kitchen", "gifts"]);
    assert!(made.product_id.starts_with("prd_") && !made.etag.is_empty());
    assert_eq!(made.create_time, made.update_time);
    let [mug, engrave, tea] = &made.variants[..] else {
        panic!("three variants")
    };
    assert_eq!(
        (mug.kind(), mug.unit()),
        (LineKind::Goods, MeasureUnit::Piece)
    );
    assert_eq!((mug.stock_tracked, mug.in_stock), (Some(true), false));
    assert_eq!(mug.options.get("colour").unwrap(), "blue");
    assert_eq!(
        (engrave.stock_tracked, engrave.in_stock),
        (Some(false), true)
    );
    assert_eq!(
        (tea.stock_tracked, tea.unit()),
        (Some(false), MeasureUnit::Gram)
    );
    assert!(made.in_stock, "of two variants no stock is kept");
    assert_eq!(suite.get(&made.product_id).await.unwrap(), made);
    assert_eq!(suite.get("mug-blue").await.unwrap(), made);
}

#[tokio::test]
async fn the_others_are_told() {
    let suite = Suite::start().await;
    let made = suite.create(product("Mug", &["B", "A"])).await.unwrap();
    let told = suite.told(&made.product_id).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].event_type, "stoa.catalog.v1.ProductChanged");
    assert_eq!(
        (told[0].aggregate_version, told[0].actor.as_str()),
        (1, "staff:operator")
    );
    let payload = pb::ProductChanged::decode(told[0].payload.as_slice()).unwrap();
    assert_eq!(payload.product_id, made.product_id);
    assert_eq!(payload.skus, ["B", "A"]);
}

#[tokio::test]
async fn a_slug_is_one_products() {
    let suite = Suite::start().await;
    suite.create(product("One", &["A B"])).await.unwrap();
    let second = suite.create(product("Two", &["a-b"])).await.unwrap();
    assert!(second.slug.starts_with("a-b-"), "{}", second.slug);
    let nameless = suite.create(product("Ünter", &["%"])).await.unwrap();
    assert_eq!(
        nameless.slug, "nter",
        "a sku of signs alone makes no slug, the title does"
    );
    let taken = pb::Product {
        slug: "a-b".to_owned(),
        ..product("Three", &["C"])
    };
    let refused = suite.create(taken).await.unwrap_err();
    assert_eq!(
        (refused.kind, refused.reason.as_ref()),
        (Kind::AlreadyExists, "SLUG_EXISTS")
    );
    assert_eq!(suite.count("product").await, 3);
}

#[tokio::test]
async fn a_sku_is_one_products() {
    let suite = Suite::start().await;
    suite.create(product("One", &["A", "B"])).await.unwrap();
    let refused = suite.create(product("Two", &["C", "B"])).await.unwrap_err();
    assert_eq!(
        (refused.kind, refused.reason.as_ref()),
        (Kind::AlreadyExists, "SKU_EXISTS")
    );
    assert_eq!(refused.metadata.get("sku").unwrap(), "B");
    assert_eq!(
        (suite.count("product").await, suite.count("variant").await),
        (1, 2)
    );
}

#[tokio::test]
async fn what_is_missing_or_twice_is_named() {
    let suite = Suite::start().await;
    let empty = suite.create(product("", &[])).await.unwrap_err();
    assert_eq!(empty.kind, Kind::InvalidArgument);
    assert_eq!(fields(&empty), ["product.title", "product.variants"]);
    let twice = suite
        .create(product("Mug", &["A", "B", "A"]))
        .await
        .unwrap_err();
    assert_eq!(fields(&twice), ["product.variants[2].sku"]);
    let spaces = suite.create(product("Mug", &[" A"])).await.unwrap_err();
    assert_eq!(fields(&spaces), ["product.variants[0].sku"]);
    assert_eq!(
        (suite.count("product").await, suite.count("event").await),
        (0, 0)
    );
}

#[tokio::test]
async fn nobody_else_may() {
    let suite = Suite::start().await;
    let request = pb::CreateProductRequest {
        request_id: suite.key(),
        product: Some(product("Mug", &["A"])),
    };
    let refused = answer(suite.clerk().create_product(request).await).unwrap_err();
    assert_eq!(refused.kind, Kind::PermissionDenied);
    let keyless = pb::CreateProductRequest {
        product: Some(product("Mug", &["A"])),
        ..pb::CreateProductRequest::default()
    };
    let refused = answer(suite.staff().create_product(keyless).await).unwrap_err();
    assert_eq!(refused.reason, "IDEMPOTENCY_KEY_REQUIRED");
}

#[tokio::test]
async fn a_key_makes_one_product() {
    let suite = Suite::start().await;
    let request = pb::CreateProductRequest {
        request_id: "same".to_owned(),
        product: Some(product("Mug", &["A"])),
    };
    let calls = (0..8).map(|_| {
        let (mut staff, request) = (suite.staff(), request.clone());
        async move { answer(staff.create_product(request).await).unwrap() }
    });
    let made = futures::future::join_all(calls).await;
    assert!(made.iter().all(|one| one == &made[0]), "{made:?}");
    assert_eq!(
        (suite.count("product").await, suite.count("event").await),
        (1, 1)
    );

    let changed = pb::Product {
        title: "Cup".to_owned(),
        ..made[0].product.clone().unwrap()
    };
    let changed = suite.update(changed, &["title"]).await.unwrap();
    let again = answer(suite.staff().create_product(request.clone()).await).unwrap();
    assert_eq!(
        again.product.unwrap(),
        changed,
        "a repeated call gets it as it is now"
    );

    let other = pb::CreateProductRequest {
        product: Some(product("Mug", &["B"])),
        ..request
    };
    let reused = answer(suite.staff().create_product(other).await).unwrap_err();
    assert_eq!(reused.reason, "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn a_refusal_is_remembered_and_a_mistake_is_not() {
    let suite = Suite::start().await;
    suite.create(product("One", &["A"])).await.unwrap();
    let call = |key: &str, wanted: pb::Product| {
        let request = pb::CreateProductRequest {
            request_id: key.to_owned(),
            product: Some(wanted),
        };
        let mut staff = suite.staff();
        async move { answer(staff.create_product(request).await) }
    };
    let first = call("refused", product("Two", &["A"])).await.unwrap_err();
    let second = call("refused", product("Two", &["A"])).await.unwrap_err();
    assert_eq!(first, second);
    call("mistake", product("", &["B"])).await.unwrap_err();
    call("mistake", product("Two", &["B"])).await.unwrap();
}

#[tokio::test]
async fn many_at_once_share_their_skus() {
    let suite = Suite::start().await;
    let calls = (0..32).map(|number| {
        let wanted = product("Mug", &[if number % 2 == 0 { "EVEN" } else { "ODD" }]);
        suite.create(wanted)
    });
    let made = futures::future::join_all(calls).await;
    let (done, refused): (Vec<_>, Vec<_>) = made.into_iter().partition(Result::is_ok);
    assert_eq!((done.len(), refused.len()), (2, 30));
    assert!(
        refused
            .into_iter()
            .all(|one| one.unwrap_err().reason == "SKU_EXISTS")
    );
}
