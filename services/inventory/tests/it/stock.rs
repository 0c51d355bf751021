//! Goods that come in, are counted, come back.

use stoa_api::inventory::v1::{
    AdjustStockRequest, ReceiveStockRequest, ReturnStockRequest, StockAdjustment, StockLevel,
};
use stoa_errors::{Error, Kind};
use stoa_rpc::client;

use crate::harness::{Inventory, demands, key, stock_lines};

pub(crate) fn receipt(reference: &str, lines: &[(&str, i64)]) -> ReceiveStockRequest {
    ReceiveStockRequest {
        request_id: key(),
        location: "main".to_owned(),
        reference: reference.to_owned(),
        lines: stock_lines(lines),
    }
}

pub(crate) fn count(reference: &str, lines: &[(&str, i64)]) -> AdjustStockRequest {
    let lines = lines.iter().map(|(sku, delta)| StockAdjustment {
        sku: (*sku).to_owned(),
        delta: *delta,
    });
    AdjustStockRequest {
        request_id: key(),
        location: "main".to_owned(),
        reference: reference.to_owned(),
        reason: "counted on Friday".to_owned(),
        lines: lines.collect(),
    }
}

async fn receive(
    inventory: &Inventory,
    request: ReceiveStockRequest,
) -> Result<Vec<StockLevel>, Error> {
    let answer = inventory.admin().receive_stock(request).await;
    Ok(answer.map_err(client::error)?.into_inner().levels)
}

async fn adjust(
    inventory: &Inventory,
    request: AdjustStockRequest,
) -> Result<Vec<StockLevel>, Error> {
    let answer = inventory.admin().adjust_stock(request).await;
    Ok(answer.map_err(client::error)?.into_inner().levels)
}

async fn give_back(
    inventory: &Inventory,
    request: ReturnStockRequest,
) -> Result<Vec<StockLevel>, Error> {
    let answer = inventory.internal().return_stock(request).await;
    Ok(answer.map_err(client::error)?.into_inner().levels)
}

#[tokio::test]
async fn a_delivery_is_booked_once() {
    let inventory = Inventory::start().await;
    let levels = receive(
        &inventory,
        receipt("note-1", &[("PAN", 2), ("CUP", 1), ("PAN", 3)]),
    )
    .await
    .unwrap();
    let booked: Vec<(&str, i64, i64)> = levels
        .iter()
        .map(|l| (l.sku.as_str(), l.on_hand, l.version))
        .collect();
    assert_eq!(
        booked,
        [("CUP", 1, 1), ("PAN", 5, 1)],
        "added up per sku, by sku"
    );
    assert_eq!(
        levels[1],
        inventory.level("PAN").await,
        "the answer is what stands"
    );
    // The same delivery note with the same lines is the same delivery, whatever its key.
    let again = receive(&inventory, receipt("note-1", &[("CUP", 1), ("PAN", 5)]))
        .await
        .unwrap();
    assert_eq!(again, levels);
    let refusal = receive(&inventory, receipt("note-1", &[("CUP", 2)]))
        .await
        .unwrap_err();
    assert_eq!(
        (refusal.kind, refusal.reason.as_ref()),
        (Kind::AlreadyExists, "REFERENCE_USED")
    );
    assert_eq!(refusal.metadata["reference"], "note-1");
    // A count may have the number of a delivery.
    adjust(&inventory, count("note-1", &[("CUP", 1)]))
        .await
        .unwrap();
    assert_eq!(inventory.level("CUP").await.on_hand, 2);
    inventory.sound().await;
}

#[tokio::test]
async fn a_level_has_an_end() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("MUG", 1)]).await;
    inventory
        .tamper(
            "UPDATE inventory_level SET on_hand = 999999999990;
             UPDATE inventory_movement SET on_hand_delta = 999999999990",
        )
        .await;
    let full = receipt("note-1", &[("CUP", 1), ("MUG", 11)]);
    let refusal = receive(&inventory, full.clone()).await.unwrap_err();
    assert_eq!(
        (refusal.kind, refusal.reason.as_ref()),
        (Kind::OutOfRange, "STOCK_OVERFLOW")
    );
    assert_eq!(refusal.metadata["sku"], "MUG");
    assert_eq!(
        receive(&inventory, full).await.unwrap_err(),
        refusal,
        "and again under its key"
    );
    let refusal = adjust(&inventory, count("c", &[("MUG", 11)]))
        .await
        .unwrap_err();
    assert_eq!(refusal.reason, "STOCK_OVERFLOW");
    let request = ReturnStockRequest {
        request_id: key(),
        reference: "ret_1".to_owned(),
        lines: demands(&[("MUG", 11)]),
        ..ReturnStockRequest::default()
    };
    let refusal = give_back(&inventory, request).await.unwrap_err();
    assert_eq!(refusal.reason, "STOCK_OVERFLOW");
    let rows = inventory.rows().await;
    assert_eq!(rows[1].1, 1, "nothing was booked of the other line either");
    assert_eq!(rows[2].1, 1);
}

#[tokio::test]
async fn a_count_below_the_commitments_is_recorded() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("MUG", 10)]).await;
    inventory.hold(&[("MUG", 8)]).await.unwrap();
    let levels = adjust(&inventory, count("count-1", &[("MUG", -5)]))
        .await
        .unwrap();
    let level = &levels[0];
    assert_eq!(
        (level.on_hand, level.held, level.available, level.shortfall),
        (5, 8, -3, 3)
    );
    assert_eq!(level.version, 4, "received, held, counted, short");
    let refusal = inventory.hold(&[("MUG", 1)]).await.unwrap_err();
    assert_eq!(refusal.metadata["available"], "0");
    // What comes in covers what is missing first.
    inventory.receive(&[("MUG", 2)]).await;
    assert_eq!(inventory.level("MUG").await.shortfall, 1);
    inventory.receive(&[("MUG", 2)]).await;
    let level = inventory.level("MUG").await;
    assert_eq!((level.shortfall, level.available), (0, 1));
    let refusal = adjust(&inventory, count("count-2", &[("MUG", -10)]))
        .await
        .unwrap_err();
    assert_eq!(
        (refusal.kind, refusal.reason.as_ref()),
        (Kind::FailedPrecondition, "STOCK_NEGATIVE")
    );
    let movements = inventory.movements("MUG").await;
    assert_eq!(movements[2].reason, "counted on Friday");
    assert_eq!(movements[2].actor, "staff:root");
    inventory.sound().await;
}

#[tokio::test]
async fn a_count_names_each_sku_once() {
    let inventory = Inventory::start().await;
    let refusal = adjust(
        &inventory,
        count("c", &[("MUG", 1), ("CUP", 1), ("MUG", 2)]),
    )
    .await
    .unwrap_err();
    assert_eq!(refusal.kind, Kind::InvalidArgument);
    assert_eq!(refusal.violations[0].field, "lines[2].sku");
}

#[tokio::test]
async fn goods_come_back_once_wherever_they_come_back_to() {
    let inventory = Inventory::start().await;
    let request = ReturnStockRequest {
        request_id: key(),
        reference: "ret_01".to_owned(),
        location: String::new(),
        lines: demands(&[("MUG", 1), ("MUG", 2)]),
    };
    let levels = give_back(&inventory, request.clone()).await.unwrap();
    assert_eq!(
        (levels.len(), levels[0].on_hand),
        (1, 3),
        "at the location that comes first"
    );
    let again = ReturnStockRequest {
        request_id: key(),
        location: "main".to_owned(),
        ..request.clone()
    };
    assert_eq!(give_back(&inventory, again).await.unwrap(), levels);
    let other = ReturnStockRequest {
        request_id: key(),
        lines: demands(&[("MUG", 2)]),
        ..request
    };
    let refusal = give_back(&inventory, other).await.unwrap_err();
    assert_eq!(refusal.reason, "REFERENCE_USED");
    assert_eq!(inventory.level("MUG").await.on_hand, 3);
    inventory.sound().await;
}
