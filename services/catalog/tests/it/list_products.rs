//! ListProducts: its order, its filters, its pages.

use stoa_api::catalog::v1 as pb;
use stoa_errors::Kind;

use crate::harness::{Suite, answer, fields, mask, product};

async fn page(
    suite: &Suite,
    request: pb::ListProductsRequest,
) -> Result<pb::ListProductsResponse, stoa_errors::Error> {
    answer(suite.shopper().list_products(request).await)
}

fn titles(page: &pb::ListProductsResponse) -> Vec<&str> {
    page.products
        .iter()
        .map(|product| product.title.as_str())
        .collect()
}

async fn filled(suite: &Suite) {
    for (title, sku, category) in [
        ("b", "1", "kitchen"),
        ("a", "2", "garden"),
        ("b", "3", "kitchen"),
        ("C", "4", "kitchen"),
        ("b", "5", "garden"),
    ] {
        let wanted = pb::Product {
            categories: vec!["all".to_owned(), category.to_owned()],
            ..product(title, &[sku])
        };
        suite.create(wanted).await.unwrap();
    }
}

#[tokio::test]
async fn they_come_by_title_then_id_page_by_page() {
    let suite = Suite::start().await;
    filled(&suite).await;
    let all = page(&suite, pb::ListProductsRequest::default())
        .await
        .unwrap();
    assert_eq!(titles(&all), ["C", "a", "b", "b", "b"], "compared by bytes");
    assert!(all.next_page_token.is_empty());
    for size in 1..=5 {
        let mut seen = Vec::new();
        let mut token = String::new();
        loop {
            let request = pb::ListProductsRequest {
                page_size: size,
                page_token: token,
                ..pb::ListProductsRequest::default()
            };
            let part = page(&suite, request).await.unwrap();
            assert!(part.products.len() <= usize::try_from(size).unwrap());
            seen.extend(part.products);
            token = part.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, all.products, "pages of {size}");
    }
}

#[tokio::test]
async fn a_category_is_a_list_of_its_own() {
    let suite = Suite::start().await;
    filled(&suite).await;
    let of = |category: &str| pb::ListProductsRequest {
        category: category.to_owned(),
        ..pb::ListProductsRequest::default()
    };
    assert_eq!(
        titles(&page(&suite, of("kitchen")).await.unwrap()),
        ["C", "b", "b"]
    );
    assert_eq!(
        titles(&page(&suite, of("garden")).await.unwrap()),
        ["a", "b"]
    );
    assert!(
        page(&suite, of("Garden"))
            .await
            .unwrap()
            .products
            .is_empty()
    );
}

#[tokio::test]
async fn a_token_is_bound_to_the_other_arguments() {
    let suite = Suite::start().await;
    filled(&suite).await;
    let first = pb::ListProductsRequest {
        page_size: 1,
        category: "kitchen".to_owned(),
        ..pb::ListProductsRequest::default()
    };
    let token = page(&suite, first.clone()).await.unwrap().next_page_token;
    let next = pb::ListProductsRequest {
        page_token: token,
        page_size: 2,
        ..first
    };
    assert_eq!(
        titles(&page(&suite, next.clone()).await.unwrap()),
        ["b", "b"]
    );
    for other in [
        pb::ListProductsRequest {
            category: "garden".to_owned(),
            ..next.clone()
        },
        pb::ListProductsRequest {
            in_stock_only: true,
            ..next.clone()
        },
        pb::ListProductsRequest {
            read_mask: mask(&["title"]),
            ..next.clone()
        },
        pb::ListProductsRequest {
            page_token: "bm9uc2Vuc2U".to_owned(),
            ..next.clone()
        },
    ] {
        let refused = page(&suite, other).await.unwrap_err();
        assert_eq!(refused.kind, Kind::InvalidArgument);
        assert_eq!(fields(&refused), ["page_token"]);
    }
}

#[tokio::test]
async fn sizes_are_coerced_down_and_never_negative() {
    let suite = Suite::start().await;
    filled(&suite).await;
    let sized = |page_size| pb::ListProductsRequest {
        page_size,
        ..pb::ListProductsRequest::default()
    };
    assert_eq!(
        page(&suite, sized(i32::MAX)).await.unwrap().products.len(),
        5
    );
    assert_eq!(
        fields(&page(&suite, sized(-1)).await.unwrap_err()),
        ["page_size"]
    );
}

#[tokio::test]
async fn a_page_ends_at_a_megabyte() {
    let suite = Suite::start().await;
    let entries = (0..150).map(|number| pb::ProductEntry {
        title: "x".repeat(200),
        description: "y".repeat(10_000),
        variant: Some(crate::harness::variant(&number.to_string())),
        categories: Vec::new(),
    });
    let request = pb::BatchUpsertProductsRequest {
        request_id: suite.key(),
        products: entries.collect(),
    };
    answer(suite.staff().batch_upsert_products(request).await).unwrap();
    let mut request = pb::ListProductsRequest {
        page_size: 1_000,
        ..pb::ListProductsRequest::default()
    };
    let first = page(&suite, request.clone()).await.unwrap();
    assert!(
        (90..110).contains(&first.products.len()),
        "{}",
        first.products.len()
    );
    request.page_token = first.next_page_token;
    let second = page(&suite, request).await.unwrap();
    assert_eq!(first.products.len() + second.products.len(), 150);
    assert!(second.next_page_token.is_empty());
}
