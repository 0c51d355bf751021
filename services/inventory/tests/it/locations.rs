//! Places where stock is kept.

use stoa_api::inventory::v1::{
    CreateLocationRequest, GetLocationRequest, ListLocationsRequest, Location,
};
use stoa_errors::{Error, Kind};
use stoa_rpc::client;

use crate::harness::{Inventory, key};

pub(crate) async fn make(
    inventory: &Inventory,
    code: &str,
    priority: i32,
) -> Result<Location, Error> {
    let request = CreateLocationRequest {
        request_id: key(),
        location: Some(Location {
            code: code.to_owned(),
            title: format!("The {code}"),
            country_code: "GB".to_owned(),
            priority,
            ..Location::default()
        }),
    };
    let answer = inventory.admin().create_location(request).await;
    Ok(answer
        .map_err(client::error)?
        .into_inner()
        .location
        .unwrap())
}

async fn codes(inventory: &Inventory, page_size: i32) -> Vec<String> {
    let mut request = ListLocationsRequest {
        page_size,
        ..ListLocationsRequest::default()
    };
    let mut codes = Vec::new();
    loop {
        let answer = inventory
            .admin()
            .list_locations(request.clone())
            .await
            .unwrap();
        let answer = answer.into_inner();
        codes.extend(answer.locations.into_iter().map(|location| location.code));
        if answer.next_page_token.is_empty() {
            return codes;
        }
        request.page_token = answer.next_page_token;
    }
}

#[tokio::test]
async fn an_empty_database_gets_main_once() {
    let inventory = Inventory::start().await;
    assert_eq!(codes(&inventory, 0).await, ["main"]);
    let inventory = inventory.restart().await;
    assert_eq!(codes(&inventory, 0).await, ["main"]);
    let inventory = inventory.restart().await;
    make(&inventory, "annex", 0).await.unwrap();
    assert_eq!(codes(&inventory, 0).await, ["annex", "main"]);
}

#[tokio::test]
async fn locations_are_found_and_listed() {
    let inventory = Inventory::start().await;
    let made = make(&inventory, "north", 30).await.unwrap();
    make(&inventory, "south", 20).await.unwrap();
    make(&inventory, "east", 20).await.unwrap();
    let (made_at, etag) = (made.create_time.unwrap(), made.etag.clone());
    assert!(made_at.seconds > 1_700_000_000 && !etag.is_empty());
    for name in [&made.location_id, &made.code] {
        let request = GetLocationRequest {
            location: name.clone(),
            read_mask: None,
        };
        let found = inventory.admin().get_location(request).await.unwrap();
        assert_eq!(found.into_inner().location.as_ref(), Some(&made));
    }
    for size in [1, 2, 3, 0] {
        assert_eq!(
            codes(&inventory, size).await,
            ["main", "east", "south", "north"]
        );
    }
    let refusal = make(&inventory, "north", 1).await.unwrap_err();
    assert_eq!(
        (refusal.kind, refusal.reason.as_ref()),
        (Kind::AlreadyExists, "LOCATION_EXISTS")
    );
    assert_eq!(refusal.metadata["code"], "north");
}
