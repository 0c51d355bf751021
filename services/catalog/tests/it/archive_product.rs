//! ArchiveProduct: it is no longer offered, and still known.

use stoa_api::catalog::v1 as pb;
use stoa_errors::Kind;

use crate::harness::{Suite, answer, product};

async fn archive(suite: &Suite, id: &str, etag: &str) -> Result<pb::Product, stoa_errors::Error> {
    let request = pb::ArchiveProductRequest {
        request_id: suite.key(),
        product_id: id.to_owned(),
        etag: etag.to_owned(),
    };
    let archived = answer(suite.staff().archive_product(request).await);
    archived.map(|archived| archived.product.unwrap())
}

#[tokio::test]
async fn what_is_archived_is_not_listed_and_still_known() {
    let suite = Suite::start().await;
    let made = suite.create(product("Mug", &["A"])).await.unwrap();
    let archived = archive(&suite, &made.product_id, &made.etag).await.unwrap();
    assert_eq!(archived.state(), pb::ProductState::Archived);
    assert_eq!(suite.get(&made.product_id).await.unwrap(), archived);
    let listed = suite
        .shopper()
        .list_products(pb::ListProductsRequest::default())
        .await;
    assert!(answer(listed).unwrap().products.is_empty());
    let again = archive(&suite, &made.product_id, "").await.unwrap();
    assert_eq!(again, archived, "a second time changes nothing");
    assert_eq!(suite.told(&made.product_id).await.len(), 2);
}

#[tokio::test]
async fn an_old_etag_and_an_unknown_product_are_refused() {
    let suite = Suite::start().await;
    let made = suite.create(product("Mug", &["A"])).await.unwrap();
    let refused = archive(&suite, &made.product_id, "other")
        .await
        .unwrap_err();
    assert_eq!(
        (refused.kind, refused.reason.as_ref()),
        (Kind::Aborted, "ETAG_MISMATCH")
    );
    let unknown = "prd_01h455vb4pex5vsknk084sn02q";
    let refused = archive(&suite, unknown, "").await.unwrap_err();
    assert_eq!(
        (refused.kind, refused.reason.as_ref()),
        (Kind::NotFound, "PRODUCT_NOT_FOUND")
    );
    assert_eq!(refused.metadata.get("product_id").unwrap(), unknown);
}
