//! A read mask is honoured for every use case, without its doing.

use prost_types::FieldMask;
use stoa_api::catalog::v1::{GetProductRequest, GetProductResponse};
use stoa_errors::Error;
use stoa_rpc::client;

use crate::suite::{Suite, product};

async fn ask(suite: &Suite, paths: &[&str]) -> Result<GetProductResponse, Error> {
    let request = GetProductRequest {
        read_mask: Some(FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
        ..product("mug")
    };
    let answer = suite.catalog().await.get_product(request).await;
    answer
        .map(tonic::Response::into_inner)
        .map_err(client::error)
}

#[tokio::test]
async fn an_answer_holds_what_its_mask_names() {
    let suite = Suite::start().await;
    let all = ask(&suite, &[]).await.unwrap().product.unwrap();
    assert!(!all.description.is_empty());
    let named = ask(&suite, &["description"]).await.unwrap();
    assert!(!named.product.unwrap().description.is_empty());
    let other = ask(&suite, &["title"]).await.unwrap().product;
    assert!(other.unwrap_or_default().description.is_empty());
}

#[tokio::test]
async fn a_mask_of_nothing_that_exists_is_refused() {
    let suite = Suite::start().await;
    let error = ask(&suite, &["colour"]).await.unwrap_err();
    assert_eq!(error.reason, "READ_MASK_INVALID");
    assert_eq!(error.violations[0].field, "read_mask");
    assert_eq!(suite.handler.count(), 0);
}
