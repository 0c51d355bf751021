//! Lists, pages, masks, and what shoppers see.

use prost_types::FieldMask;
use stoa_api::inventory::v1::{
    BatchGetAvailabilityRequest, GetStockLevelRequest, ListMovementsRequest,
    ListStockLevelsRequest, MovementKind, StockLevel,
};
use stoa_errors::Kind;
use stoa_rpc::client;

use crate::harness::Inventory;
use crate::locations::make;

async fn levels(inventory: &Inventory, mut request: ListStockLevelsRequest) -> Vec<StockLevel> {
    let mut all = Vec::new();
    loop {
        let answer = inventory
            .admin()
            .list_stock_levels(request.clone())
            .await
            .unwrap();
        let answer = answer.into_inner();
        let size = usize::try_from(request.page_size).unwrap();
        assert!(size == 0 || answer.stock_levels.len() <= size);
        all.extend(answer.stock_levels);
        if answer.next_page_token.is_empty() {
            return all;
        }
        request.page_token = answer.next_page_token;
    }
}

#[tokio::test]
async fn levels_come_by_sku_then_location_page_by_page() {
    let inventory = Inventory::start().await;
    make(&inventory, "annex", 5).await.unwrap();
    let lines = [("a b", 1), ("B", 2), ("a", 3), ("~", 4), ("%25", 5)];
    inventory.receive(&lines).await;
    inventory.receive_at("annex", &lines[1..3]).await;
    let whole = levels(&inventory, ListStockLevelsRequest::default()).await;
    let skus: Vec<&str> = whole.iter().map(|level| level.sku.as_str()).collect();
    assert_eq!(
        skus,
        ["%25", "B", "B", "a", "a", "a b", "~"],
        "byte by byte"
    );
    for page_size in 1..5 {
        let request = ListStockLevelsRequest {
            page_size,
            ..ListStockLevelsRequest::default()
        };
        assert_eq!(levels(&inventory, request).await, whole);
    }
    let request = ListStockLevelsRequest {
        location: "annex".to_owned(),
        skus: vec!["B".to_owned(), "~".to_owned()],
        page_size: 1,
        ..ListStockLevelsRequest::default()
    };
    let some = levels(&inventory, request).await;
    assert_eq!(
        (some.len(), some[0].sku.as_str(), some[0].on_hand),
        (1, "B", 2)
    );
}

#[tokio::test]
async fn movements_come_oldest_first_page_by_page() {
    let inventory = Inventory::start().await;
    for _ in 0..3 {
        inventory.receive(&[("CUP", 1), ("MUG", 2)]).await;
    }
    let hold = inventory.hold(&[("MUG", 4)]).await.unwrap();
    let mut request = ListMovementsRequest {
        page_size: 2,
        ..ListMovementsRequest::default()
    };
    let mut all = Vec::new();
    loop {
        let answer = inventory
            .admin()
            .list_movements(request.clone())
            .await
            .unwrap()
            .into_inner();
        all.extend(answer.movements);
        if answer.next_page_token.is_empty() {
            break;
        }
        request.page_token = answer.next_page_token;
    }
    let skus: Vec<&str> = all.iter().map(|movement| movement.sku.as_str()).collect();
    assert_eq!(skus, ["CUP", "MUG", "CUP", "MUG", "CUP", "MUG", "MUG"]);
    assert_eq!(all[6].kind(), MovementKind::Hold);
    assert!(
        all.iter()
            .all(|m| m.movement_id.starts_with("mov_") && m.create_time.is_some())
    );
    let request = ListMovementsRequest {
        reference: hold.hold_id.clone(),
        location: "main".to_owned(),
        sku: "MUG".to_owned(),
        ..ListMovementsRequest::default()
    };
    let found = inventory
        .admin()
        .list_movements(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(found.movements, all[6..]);
}

#[tokio::test]
async fn a_page_token_belongs_to_its_list() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("CUP", 1), ("MUG", 2)]).await;
    let request = ListMovementsRequest {
        page_size: 1,
        ..ListMovementsRequest::default()
    };
    let answer = inventory
        .admin()
        .list_movements(request.clone())
        .await
        .unwrap();
    let page_token = answer.into_inner().next_page_token;
    let other = ListMovementsRequest {
        sku: "MUG".to_owned(),
        page_token: page_token.clone(),
        ..request.clone()
    };
    let odd = ListMovementsRequest {
        page_token: "made up".to_owned(),
        ..request.clone()
    };
    for wrong in [other, odd] {
        let refusal = client::error(inventory.admin().list_movements(wrong).await.unwrap_err());
        assert_eq!(refusal.kind, Kind::InvalidArgument);
        assert_eq!(refusal.violations[0].field, "page_token");
    }
    let larger = ListMovementsRequest {
        page_size: 5_000,
        page_token,
        ..request
    };
    let rest = inventory
        .admin()
        .list_movements(larger)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(rest.movements.len(), 1, "the size of a page may change");
}

#[tokio::test]
async fn a_mask_leaves_what_it_names() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("MUG", 2)]).await;
    let masked = |paths: &[&str]| GetStockLevelRequest {
        location: "main".to_owned(),
        sku: "MUG".to_owned(),
        read_mask: Some(FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
    };
    let answer = inventory
        .admin()
        .get_stock_level(masked(&["on_hand", "etag"]))
        .await
        .unwrap();
    let level = answer.into_inner().stock_level.unwrap();
    assert_eq!(
        (level.on_hand, level.sku.as_str(), level.version),
        (2, "", 0)
    );
    assert!(!level.etag.is_empty());
    let refusal = inventory
        .admin()
        .get_stock_level(masked(&["colour"]))
        .await
        .unwrap_err();
    assert_eq!(client::error(refusal).violations[0].field, "read_mask");
}

#[tokio::test]
async fn shoppers_see_what_is_free() {
    let inventory = Inventory::start().await;
    make(&inventory, "annex", 5).await.unwrap();
    inventory.receive(&[("MUG", 60), ("CUP", 3)]).await;
    inventory.receive_at("annex", &[("MUG", 60)]).await;
    inventory.hold(&[("CUP", 3), ("MUG", 15)]).await.unwrap();
    let request = BatchGetAvailabilityRequest {
        skus: ["PAN", "MUG", "CUP"].map(str::to_owned).to_vec(),
    };
    let answer = inventory
        .shop()
        .batch_get_availability(request)
        .await
        .unwrap();
    let answer = answer.into_inner().availabilities;
    let told: Vec<_> = answer
        .iter()
        .map(|a| (a.sku.as_str(), a.available, a.quantity_up_to_100))
        .collect();
    assert_eq!(
        told,
        [("PAN", false, 0), ("MUG", true, 100), ("CUP", false, 0)]
    );
}
