//! Read masks: what they leave, and which are refused.

use prost_types::FieldMask;
use stoa_api::catalog::v1::{
    GetProductRequest, GetProductResponse, ListProductsRequest, ListProductsResponse, Product,
    Variant,
};
use stoa_api::{Call, EVENT_TYPES, Event, METHODS, mask};

fn product() -> Product {
    let variant = |sku: &str| Variant {
        sku: sku.to_owned(),
        title: "blue".to_owned(),
        ..Variant::default()
    };
    Product {
        product_id: "prd_1".to_owned(),
        title: "Cup".to_owned(),
        description: "Holds tea".to_owned(),
        variants: vec![variant("a"), variant("b")],
        ..Product::default()
    }
}

fn get(paths: &[&str]) -> GetProductRequest {
    let read_mask = FieldMask {
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
    };
    GetProductRequest {
        read_mask: Some(read_mask),
        ..GetProductRequest::default()
    }
}

fn under(paths: &[&str]) -> Product {
    let answer = GetProductResponse {
        product: Some(product()),
    };
    mask::apply::<GetProductRequest>(get(paths).read_mask(), answer)
        .unwrap()
        .product
        .unwrap()
}

#[test]
fn only_what_is_named_is_left() {
    let left = under(&["title", "variants.sku"]);
    assert_eq!(
        (
            left.title.as_str(),
            left.description.as_str(),
            left.product_id.as_str()
        ),
        ("Cup", "", "")
    );
    let skus: Vec<_> = left
        .variants
        .iter()
        .map(|v| (v.sku.as_str(), v.title.as_str()))
        .collect();
    assert_eq!(skus, [("a", ""), ("b", "")]);
    assert_eq!(
        under(&["variants", "variants.sku"]).variants,
        product().variants,
        "the wider path wins"
    );
}

#[test]
fn no_mask_an_empty_one_and_a_star_leave_everything() {
    assert_eq!(under(&[]), product());
    assert_eq!(under(&["title", "*"]), product());
    let answer = GetProductResponse {
        product: Some(product()),
    };
    assert_eq!(
        mask::apply::<GetProductRequest>(None, answer.clone()).unwrap(),
        answer
    );
    let nothing = GetProductResponse { product: None };
    assert_eq!(
        mask::apply::<GetProductRequest>(get(&["title"]).read_mask(), nothing.clone()).unwrap(),
        nothing
    );
}

#[test]
fn a_list_is_masked_item_by_item_and_keeps_its_page_token() {
    let answer = ListProductsResponse {
        products: vec![product(), product()],
        next_page_token: "more".to_owned(),
    };
    let mask = FieldMask {
        paths: vec!["product_id".to_owned()],
    };
    let left = mask::apply::<ListProductsRequest>(Some(&mask), answer).unwrap();
    assert_eq!(left.next_page_token, "more");
    assert!(
        left.products
            .iter()
            .all(|p| p.product_id == "prd_1" && p.title.is_empty() && p.variants.is_empty())
    );
}

#[test]
fn a_mask_of_fields_that_are_none_is_refused() {
    let refused = |paths: &[&str]| {
        let violations = get(paths).validate().err().unwrap_or_default();
        violations
            .into_iter()
            .any(|v| v.field == "read_mask" && v.reason == "READ_MASK_INVALID")
    };
    for odd in [
        "bogus",
        "title.x",
        "",
        "variants.",
        "variants.bogus",
        "product.title",
        "Title",
    ] {
        assert!(refused(&["title", odd]), "{odd:?} passes");
    }
    assert!(refused(&["title"; 101]));
    assert!(!refused(&["title", "variants.sku", "*"]));
}

#[test]
fn every_read_with_a_mask_knows_its_resource() {
    for method in METHODS {
        let service = stoa_api::pool()
            .get_service_by_name(method.service)
            .unwrap();
        let rpc = service
            .methods()
            .find(|rpc| rpc.name() == method.name)
            .unwrap();
        assert!(
            rpc.input().get_field_by_name("read_mask").is_none() || !method.keyed,
            "{}",
            method.path
        );
    }
    assert_eq!(GetProductRequest::MASKED, Some("product"));
    assert_eq!(ListProductsRequest::MASKED, Some("products"));
    assert_eq!(stoa_api::order::v1::PlaceOrderRequest::MASKED, None);
}

#[test]
fn events_have_their_full_names() {
    assert_eq!(
        stoa_api::catalog::v1::ProductChanged::TYPE,
        "stoa.catalog.v1.ProductChanged"
    );
    assert!(
        EVENT_TYPES.is_sorted() && EVENT_TYPES.contains(&stoa_api::order::v1::OrderConfirmed::TYPE)
    );
    assert!(
        EVENT_TYPES
            .iter()
            .all(|name| stoa_api::pool().get_message_by_name(name).is_some())
    );
}
