//! Requests that cannot be: each is refused with a reason and a field, and leaves nothing behind.

use stoa_api::inventory::v1::inventory_internal_service_client::InventoryInternalServiceClient;
use stoa_api::inventory::v1::{
    AllocateHoldRequest, CreateHoldRequest, GetHoldRequest, GetStockLevelRequest,
    ListStockLevelsRequest, ReceiveStockRequest, ReleaseAllocationRequest, ReturnStockRequest,
    ShipAllocationRequest,
};
use stoa_errors::{Error, Kind};
use stoa_rpc::client;
use stoa_types::{HoldId, SystemIds};

use crate::harness::{Inventory, READER, demands, hold_request, key, order_id, seconds};
use crate::holds::fulfillment_id;
use crate::stock::{count, receipt};

fn hold_id() -> String {
    HoldId::new(&SystemIds).to_string()
}

/// The error of a call.
macro_rules! refused {
    ($client:expr, $method:ident, $request:expr) => {
        client::error($client.$method($request).await.unwrap_err())
    };
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let inventory = Inventory::start().await;
    let rows = inventory.rows().await;
    let (mut order, mut staff) = (inventory.internal(), inventory.admin());
    let request_id = key;
    let allocate = AllocateHoldRequest {
        request_id: request_id(),
        hold_id: hold_id(),
    };
    let deallocate = ReleaseAllocationRequest {
        request_id: request_id(),
        hold_id: hold_id(),
        reason: String::new(),
    };
    let ship = ShipAllocationRequest {
        request_id: request_id(),
        hold_id: hold_id(),
        reference: fulfillment_id(),
    };
    let back = ReturnStockRequest {
        request_id: request_id(),
        reference: "ret_1".to_owned(),
        location: "nowhere".to_owned(),
        lines: demands(&[("MUG", 1)]),
    };
    let received = ReceiveStockRequest {
        location: "loc_01h455vb4pex5vsknk084sn02q".to_owned(),
        ..receipt("r", &[("MUG", 1)])
    };
    let level = |location: &str| GetStockLevelRequest {
        location: location.to_owned(),
        sku: "MUG".to_owned(),
        read_mask: None,
    };
    let list = ListStockLevelsRequest {
        location: "nowhere".to_owned(),
        ..ListStockLevelsRequest::default()
    };
    let found: Vec<(Error, &str)> = vec![
        (refused!(order, allocate_hold, allocate), "HOLD_NOT_FOUND"),
        (
            refused!(order, release_allocation, deallocate),
            "HOLD_NOT_FOUND",
        ),
        (refused!(order, ship_allocation, ship), "HOLD_NOT_FOUND"),
        (
            refused!(order, get_hold, GetHoldRequest { hold: hold_id() }),
            "HOLD_NOT_FOUND",
        ),
        (
            refused!(order, get_hold, GetHoldRequest { hold: order_id() }),
            "HOLD_NOT_FOUND",
        ),
        (refused!(order, return_stock, back), "LOCATION_NOT_FOUND"),
        (
            refused!(staff, receive_stock, received),
            "LOCATION_NOT_FOUND",
        ),
        (
            refused!(staff, get_stock_level, level("main")),
            "STOCK_LEVEL_NOT_FOUND",
        ),
        (
            refused!(staff, get_stock_level, level("nowhere")),
            "LOCATION_NOT_FOUND",
        ),
        (
            refused!(staff, list_stock_levels, list),
            "LOCATION_NOT_FOUND",
        ),
    ];
    for (refusal, reason) in found {
        assert_eq!(
            (refusal.kind, refusal.reason.as_ref()),
            (Kind::NotFound, reason)
        );
    }
    assert_eq!(
        inventory.hold(&[("MUG", 1)]).await.unwrap_err().reason,
        "OUT_OF_STOCK"
    );
    assert_eq!(inventory.rows().await, rows);
}

#[tokio::test]
async fn what_breaks_a_rule_names_its_field() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("MUG", 10)]).await;
    let rows = inventory.rows().await;
    let good = || hold_request(&[("MUG", 1)]);
    let cases: Vec<(CreateHoldRequest, &str)> = vec![
        (
            CreateHoldRequest {
                owner: hold_id(),
                ..good()
            },
            "owner",
        ),
        (
            CreateHoldRequest {
                owner: String::new(),
                ..good()
            },
            "owner",
        ),
        (
            CreateHoldRequest {
                channel_id: order_id(),
                ..good()
            },
            "channel_id",
        ),
        (
            CreateHoldRequest {
                lines: Vec::new(),
                ..good()
            },
            "lines",
        ),
        (
            CreateHoldRequest {
                lines: demands(&[("MUG", 1); 2_001]),
                ..good()
            },
            "lines",
        ),
        (
            CreateHoldRequest {
                lines: demands(&[("MUG", 1), ("MUG", 0)]),
                ..good()
            },
            "lines[1].quantity",
        ),
        (
            CreateHoldRequest {
                lines: demands(&[("MUG", -1)]),
                ..good()
            },
            "lines[0].quantity",
        ),
        (
            CreateHoldRequest {
                lines: demands(&[("MUG", 10_000_001)]),
                ..good()
            },
            "lines[0].quantity",
        ),
        (
            CreateHoldRequest {
                lines: demands(&[(" MUG", 1)]),
                ..good()
            },
            "lines[0].sku",
        ),
        (
            CreateHoldRequest {
                lines: demands(&[("MÜG", 1)]),
                ..good()
            },
            "lines[0].sku",
        ),
        (
            CreateHoldRequest {
                lines: demands(&[("", 1)]),
                ..good()
            },
            "lines[0].sku",
        ),
        (
            CreateHoldRequest {
                ttl: seconds(0),
                ..good()
            },
            "ttl",
        ),
        (
            CreateHoldRequest {
                ttl: seconds(604_801),
                ..good()
            },
            "ttl",
        ),
        (
            CreateHoldRequest {
                ttl: seconds(-5),
                ..good()
            },
            "ttl",
        ),
        (
            CreateHoldRequest {
                request_id: "x".repeat(129),
                ..good()
            },
            "request_id",
        ),
        (
            CreateHoldRequest {
                destination_country_code: "gb".to_owned(),
                ..good()
            },
            "destination_country_code",
        ),
    ];
    for (request, field) in cases {
        let refusal = inventory.ask(request).await.unwrap_err();
        assert_eq!(refusal.kind, Kind::InvalidArgument, "{field}: {refusal:?}");
        assert_eq!(refusal.violations[0].field, field, "{refusal:?}");
    }
    let mut order = inventory.internal();
    let wrong = AllocateHoldRequest {
        request_id: key(),
        hold_id: order_id(),
    };
    assert_eq!(
        refused!(order, allocate_hold, wrong).violations[0].field,
        "hold_id"
    );
    let wrong = ShipAllocationRequest {
        request_id: key(),
        hold_id: hold_id(),
        reference: order_id(),
    };
    assert_eq!(
        refused!(order, ship_allocation, wrong).violations[0].field,
        "reference"
    );
    let wrong = GetHoldRequest {
        hold: "MUG".to_owned(),
    };
    assert_eq!(refused!(order, get_hold, wrong).violations[0].field, "hold");
    let wrong = count("c", &[("MUG", 0)]);
    assert_eq!(
        refused!(inventory.admin(), adjust_stock, wrong).violations[0].field,
        "lines[0].delta"
    );
    assert_eq!(inventory.rows().await, rows);
}

#[tokio::test]
async fn a_mutation_needs_a_key() {
    let inventory = Inventory::start().await;
    let request = CreateHoldRequest {
        request_id: String::new(),
        ..hold_request(&[("MUG", 1)])
    };
    let refusal = inventory.ask(request).await.unwrap_err();
    assert_eq!(
        (refusal.kind, refusal.reason.as_ref()),
        (Kind::InvalidArgument, "IDEMPOTENCY_KEY_REQUIRED")
    );
}

#[tokio::test]
async fn who_may_not_is_refused() {
    let inventory = Inventory::start().await;
    let request = || receipt("note-1", &[("MUG", 1)]);
    let mut nobody =
        stoa_api::inventory::v1::inventory_admin_service_client::InventoryAdminServiceClient::new(
            inventory.remote(),
        );
    assert_eq!(
        refused!(nobody, receive_stock, request()).kind,
        Kind::Unauthenticated
    );
    let mut reader = inventory.admin_with(READER);
    let refusal = refused!(reader, receive_stock, request());
    assert_eq!(refusal.kind, Kind::PermissionDenied);
    assert_eq!(refusal.metadata["permission"], "inventory.write");
    let mut outside = InventoryInternalServiceClient::new(inventory.remote());
    let refusal = refused!(outside, create_hold, hold_request(&[("MUG", 1)]));
    assert!(
        matches!(refusal.kind, Kind::Unauthenticated | Kind::Unimplemented),
        "{refusal:?}"
    );
    let root = inventory.remote().with_token(crate::harness::ROOT).unwrap();
    let mut staff = InventoryInternalServiceClient::new(root);
    let refusal = refused!(staff, create_hold, hold_request(&[("MUG", 1)]));
    assert!(
        matches!(refusal.kind, Kind::PermissionDenied | Kind::Unimplemented),
        "{refusal:?}"
    );
    assert_eq!(inventory.rows().await[2].1, 0);
}
