//! Every boundary dies once before and once after; the next process carries the same calls to the same end. And a build that
//! forgets to look at what others have taken is caught by the buyers.
//!
//! A case is two processes on one file, both this test binary: the first dies at the boundary, and its exit status says so.

use std::path::Path;
use std::process::{Command, Stdio};

use stoa_api::inventory::v1::{
    AllocateHoldRequest, CreateHoldRequest, HoldState, ReceiveStockRequest,
    ReleaseAllocationRequest, ReleaseHoldRequest, ReturnStockRequest, ShipAllocationRequest,
};
use stoa_types::crash::EXIT_STATUS;
use stoa_types::{ChannelId, FulfillmentId, OrderId, Uuid};

use crate::harness::{Inventory, demands, stock_lines};

/// Runs a test of this binary in a process of its own, with a word to the test build; its exit status.
fn run(folder: &Path, test: &[&str], word: (&str, &str)) -> Option<i32> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .arg("--exact")
        .args(test)
        .current_dir(folder)
        .env(word.0, word.1)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().unwrap().code()
}

fn owner(number: u128) -> String {
    OrderId::from_uuid(Uuid::from_u128(number)).to_string()
}

fn hold(number: u128, lines: &[(&str, i64)]) -> CreateHoldRequest {
    CreateHoldRequest {
        request_id: format!("{}/hold/1", owner(number)),
        owner: owner(number),
        channel_id: ChannelId::from_uuid(Uuid::from_u128(1)).to_string(),
        lines: demands(lines),
        ..CreateHoldRequest::default()
    }
}

fn release(number: u128) -> ReleaseHoldRequest {
    ReleaseHoldRequest {
        request_id: format!("{}/release/1", owner(number)),
        undoes_request_id: format!("{}/hold/1", owner(number)),
        owner: owner(number),
        reason: String::new(),
    }
}

/// One order that is shipped, one that is cancelled, one that is refused, one that is undone before it comes, one return. Every
/// key is a function of what it is for, so whoever runs it again does nothing twice.
async fn scenario(inventory: &Inventory) {
    let request = ReceiveStockRequest {
        request_id: "receive".to_owned(),
        location: "main".to_owned(),
        reference: "note".to_owned(),
        lines: stock_lines(&[("MUG", 10), ("CUP", 10)]),
    };
    inventory.admin().receive_stock(request).await.unwrap();
    let mut order = inventory.internal();
    for (number, lines) in [(1, &[("MUG", 2), ("CUP", 1)][..]), (2, &[("MUG", 1)])] {
        let hold_id = inventory.ask(hold(number, lines)).await.unwrap().hold_id;
        let request = AllocateHoldRequest {
            request_id: format!("{}/allocate/1", owner(number)),
            hold_id: hold_id.clone(),
        };
        order.allocate_hold(request).await.unwrap();
        if number == 1 {
            let request = ShipAllocationRequest {
                request_id: "ship".to_owned(),
                hold_id,
                reference: FulfillmentId::from_uuid(Uuid::from_u128(1)).to_string(),
            };
            order.ship_allocation(request).await.unwrap();
        } else {
            let request = ReleaseAllocationRequest {
                request_id: "cancel".to_owned(),
                hold_id,
                reason: String::new(),
            };
            order.release_allocation(request).await.unwrap();
        }
    }
    inventory.ask(hold(3, &[("CUP", 1)])).await.unwrap();
    let ended = order.release_hold(release(3)).await.unwrap().into_inner();
    assert_eq!(ended.hold.unwrap().state(), HoldState::Released);
    let ended = order.release_hold(release(4)).await.unwrap().into_inner();
    assert_eq!(ended.hold.unwrap().state(), HoldState::Canceled);
    let late = inventory.ask(hold(4, &[("CUP", 1)])).await.unwrap_err();
    assert_eq!(late.reason, "CANCELED_BEFORE");
    let request = ReturnStockRequest {
        request_id: "return".to_owned(),
        reference: "ret_1".to_owned(),
        lines: demands(&[("MUG", 1)]),
        ..ReturnStockRequest::default()
    };
    order.return_stock(request).await.unwrap();
}

#[tokio::test]
#[ignore = "the process that dies in the tests below"]
async fn child() {
    scenario(&Inventory::at(Path::new(".")).await).await;
}

async fn dies_at(boundary: &str, times: u32) {
    for side in ["before", "after"] {
        for nth in 1..=times {
            let folder = tempfile::tempdir().unwrap();
            let point = format!("{boundary}:{side}:{nth}");
            let child = ["crash_points::child", "--ignored"];
            let status = run(folder.path(), &child, ("STOA_CRASH_AT", &point));
            assert_eq!(status, Some(EXIT_STATUS), "{point}");
            let inventory = Inventory::at(folder.path()).await;
            scenario(&inventory).await;
            for (sku, on_hand, movements) in [("MUG", 9, 8), ("CUP", 9, 6)] {
                let level = inventory.level(sku).await;
                let stands = (level.on_hand, level.allocated, level.held);
                assert_eq!(stands, (on_hand, 0, 0), "{point} {sku}");
                assert_eq!(
                    inventory.movements(sku).await.len(),
                    movements,
                    "{point} {sku}"
                );
            }
            inventory.sound().await;
        }
    }
}

#[tokio::test]
async fn at_a_hold() {
    dies_at("inventory.hold.commit", 3).await;
}

#[tokio::test]
async fn at_a_release() {
    dies_at("inventory.release.commit", 2).await;
}

#[tokio::test]
async fn at_a_promise() {
    dies_at("inventory.allocate.commit", 2).await;
}

#[tokio::test]
async fn at_a_promise_taken_back() {
    dies_at("inventory.deallocate.commit", 1).await;
}

#[tokio::test]
async fn at_a_shipment() {
    dies_at("inventory.ship.commit", 1).await;
}

#[tokio::test]
async fn at_a_return() {
    dies_at("inventory.return.commit", 1).await;
}

/// Every buyer decides on the rows as they were before the batch: what a missing row lock does within one.
#[test]
fn a_build_without_the_lock_is_caught() {
    let folder = tempfile::tempdir().unwrap();
    let buyers = ["buyers::sixty_four_buyers_of_ten_units"];
    let sound = run(folder.path(), &buyers, ("STOA_MUTANT", ""));
    let mutant = run(
        folder.path(),
        &buyers,
        ("STOA_MUTANT", "inventory.blind_batch"),
    );
    assert_eq!((sound, mutant), (Some(0), Some(101)));
}
