//! Holds whose time is over.

use std::time::Duration;

use stoa_api::inventory::v1::{
    AllocateHoldRequest, CreateHoldRequest, GetHoldRequest, Hold, HoldState,
};

use crate::harness::{Inventory, hold_request, key, seconds};

async fn state(inventory: &Inventory, hold: &Hold) -> HoldState {
    let request = GetHoldRequest {
        hold: hold.hold_id.clone(),
    };
    let found = inventory.internal().get_hold(request).await.unwrap();
    found.into_inner().hold.unwrap().state()
}

async fn hold_for(inventory: &Inventory, lines: &[(&str, i64)], ttl: i64) -> Hold {
    let request = CreateHoldRequest {
        ttl: seconds(ttl),
        ..hold_request(lines)
    };
    inventory.ask(request).await.unwrap()
}

/// Who lacks stock ends what is overdue in his own transaction, with all of its lines.
#[tokio::test]
async fn whoever_lacks_stock_expires_what_is_overdue() {
    let inventory = Inventory::with(&[("inventory.sweep_every", "1h")]).await;
    inventory.receive(&[("MUG", 2), ("CUP", 1)]).await;
    let overdue = hold_for(&inventory, &[("MUG", 2), ("CUP", 1)], 60).await;
    assert!(overdue.expire_time.is_some());
    inventory.clock.forward(Duration::from_secs(59));
    let refusal = inventory.hold(&[("MUG", 1)]).await.unwrap_err();
    assert_eq!(refusal.reason, "OUT_OF_STOCK", "its time is not over");
    inventory.clock.forward(Duration::from_secs(2));
    assert_eq!(
        state(&inventory, &overdue).await,
        HoldState::Held,
        "nobody decides by a clock alone"
    );
    inventory.hold(&[("MUG", 1)]).await.unwrap();
    assert_eq!(state(&inventory, &overdue).await, HoldState::Expired);
    let (mug, cup) = (inventory.level("MUG").await, inventory.level("CUP").await);
    assert_eq!((mug.held, cup.held), (1, 0));
    assert_eq!(
        (mug.version, cup.version),
        (3, 3),
        "one change of each in one transaction"
    );
    let movements = inventory.movements("MUG").await;
    assert_eq!(
        (movements[2].reason.as_str(), movements[2].actor.as_str()),
        ("EXPIRED", "service:inventory")
    );
    inventory.sound().await;
}

#[tokio::test]
async fn what_is_overdue_and_not_ended_is_promised_all_the_same() {
    let inventory = Inventory::with(&[("inventory.sweep_every", "1h")]).await;
    inventory.receive(&[("MUG", 2)]).await;
    let hold = hold_for(&inventory, &[("MUG", 2)], 60).await;
    inventory.clock.forward(Duration::from_secs(3_600));
    let request = AllocateHoldRequest {
        request_id: key(),
        hold_id: hold.hold_id.clone(),
    };
    let answer = inventory.internal().allocate_hold(request).await.unwrap();
    assert_eq!(
        answer.into_inner().hold.unwrap().state(),
        HoldState::Allocated
    );
    let refusal = inventory.hold(&[("MUG", 1)]).await.unwrap_err();
    assert_eq!(refusal.reason, "OUT_OF_STOCK");
    inventory.sound().await;
}

/// The sweep ends what nobody asks for, more than one transaction of it takes at once, and leaves what has no end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sweep_ends_what_is_overdue() {
    let inventory = Inventory::with(&[("inventory.sweep_every", "10ms")]).await;
    inventory.receive(&[("MUG", 100)]).await;
    let endless = inventory.hold(&[("MUG", 1)]).await.unwrap();
    for _ in 0..70 {
        hold_for(&inventory, &[("MUG", 1)], 60).await;
    }
    inventory.clock.forward(Duration::from_secs(61));
    let swept = async {
        while inventory.level("MUG").await.held > 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), swept)
        .await
        .unwrap();
    assert_eq!(state(&inventory, &endless).await, HoldState::Held);
    let expired = async {
        while inventory.metric("stoa_inventory_holds_total{outcome=\"EXPIRED\"") != Some(70.0) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), expired)
        .await
        .unwrap();
    inventory.sound().await;
}

/// A hold that does not agree with its level is the doctor's; it keeps nobody else from buying, and the sweep from nothing.
#[tokio::test]
async fn an_overdue_hold_on_broken_books_is_in_nobodys_way() {
    let inventory = Inventory::with(&[("inventory.sweep_every", "10ms")]).await;
    inventory.receive(&[("MUG", 5), ("CUP", 1)]).await;
    let broken = hold_for(&inventory, &[("MUG", 2)], 60).await;
    let other = hold_for(&inventory, &[("CUP", 1)], 60).await;
    inventory
        .tamper("UPDATE inventory_level SET held = 0 WHERE sku = 'MUG'")
        .await;
    inventory.clock.forward(Duration::from_secs(61));
    inventory.hold(&[("MUG", 1)]).await.unwrap();
    let swept = async {
        while state(&inventory, &other).await != HoldState::Expired {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), swept)
        .await
        .unwrap();
    assert_eq!(state(&inventory, &broken).await, HoldState::Held);
}
