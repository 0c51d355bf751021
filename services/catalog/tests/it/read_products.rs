//! GetProduct and BatchGetProducts.

use stoa_api::catalog::v1 as pb;
use stoa_errors::Kind;

use crate::harness::{Suite, answer, fields, mask, product};

#[tokio::test]
async fn an_unknown_product_is_not_found() {
    let suite = Suite::start().await;
    for name in ["prd_01h455vb4pex5vsknk084sn02q", "no-such-slug"] {
        let refused = suite.get(name).await.unwrap_err();
        assert_eq!(
            (refused.kind, refused.reason.as_ref()),
            (Kind::NotFound, "PRODUCT_NOT_FOUND")
        );
    }
    assert_eq!(fields(&suite.get("").await.unwrap_err()), ["product"]);
}

#[tokio::test]
async fn a_mask_says_what_is_read() {
    let suite = Suite::start().await;
    let made = suite.create(product("Mug", &["A"])).await.unwrap();
    let get = |paths: &[&str]| {
        let request = pb::GetProductRequest {
            product: made.product_id.clone(),
            read_mask: mask(paths),
        };
        let mut shopper = suite.shopper();
        async move { answer(shopper.get_product(request).await) }
    };
    let read = get(&["title", "variants.sku"])
        .await
        .unwrap()
        .product
        .unwrap();
    assert_eq!(
        read,
        pb::Product {
            title: "Mug".to_owned(),
            variants: vec![pb::Variant {
                sku: "A".to_owned(),
                ..pb::Variant::default()
            }],
            ..pb::Product::default()
        }
    );
    let refused = get(&["price"]).await.unwrap_err();
    assert_eq!(fields(&refused), ["read_mask"]);
}

#[tokio::test]
async fn several_come_in_the_order_asked_for() {
    let suite = Suite::start().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        let made = suite
            .create(product("Mug", &[&format!("S{number}")]))
            .await
            .unwrap();
        ids.insert(0, made.product_id);
    }
    let get = |product_ids: Vec<String>| {
        let request = pb::BatchGetProductsRequest {
            product_ids,
            read_mask: None,
        };
        let mut shopper = suite.shopper();
        async move { answer(shopper.batch_get_products(request).await) }
    };
    let found = get(ids.clone()).await.unwrap().products;
    let found: Vec<String> = found
        .into_iter()
        .map(|product| product.product_id)
        .collect();
    assert_eq!(found, ids);
    let unknown = "prd_01h455vb4pex5vsknk084sn02q".to_owned();
    ids.insert(2, unknown.clone());
    let refused = get(ids.clone()).await.unwrap_err();
    assert_eq!(refused.reason, "PRODUCT_NOT_FOUND");
    assert_eq!(refused.metadata.get("product_id"), Some(&unknown));
    ids.push(unknown);
    assert_eq!(fields(&get(ids).await.unwrap_err()), ["product_ids"]);
}
