//! Undo before do, undo after do, undo twice.

use stoa_api::inventory::v1::{CreateHoldRequest, Hold, HoldState, ReleaseHoldRequest};
use stoa_errors::{Error, Kind};
use stoa_rpc::client;

use crate::harness::{Inventory, hold_request, key, order_id};

pub(crate) fn release_of(request: &CreateHoldRequest) -> ReleaseHoldRequest {
    ReleaseHoldRequest {
        request_id: key(),
        undoes_request_id: request.request_id.clone(),
        owner: request.owner.clone(),
        reason: "the payment was declined".to_owned(),
    }
}

async fn release(inventory: &Inventory, request: ReleaseHoldRequest) -> Result<Hold, Error> {
    let answer = inventory.internal().release_hold(request).await;
    Ok(answer.map_err(client::error)?.into_inner().hold.unwrap())
}

#[tokio::test]
async fn an_undo_that_comes_before_the_do() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("MUG", 3)]).await;
    let request = hold_request(&[("MUG", 1)]);
    let undo = release_of(&request);
    let first = release(&inventory, undo.clone()).await.unwrap();
    assert_eq!(first.state(), HoldState::Canceled);
    assert_eq!(
        (first.owner.as_str(), first.lines.len()),
        (request.owner.as_str(), 0)
    );
    // Again under its key, and under another one.
    assert_eq!(release(&inventory, undo).await.unwrap(), first);
    assert_eq!(
        release(&inventory, release_of(&request)).await.unwrap(),
        first
    );
    for _ in 0..2 {
        let refusal = inventory.ask(request.clone()).await.unwrap_err();
        assert_eq!(refusal.kind, Kind::FailedPrecondition);
        assert_eq!(refusal.reason, "CANCELED_BEFORE");
    }
    let level = inventory.level("MUG").await;
    assert_eq!(
        (level.held, level.version),
        (0, 1),
        "nothing happened to the stock"
    );
    // Another attempt of the same order is another key.
    let again = CreateHoldRequest {
        request_id: key(),
        ..request
    };
    assert_eq!(inventory.ask(again).await.unwrap().state(), HoldState::Held);
    inventory.sound().await;
}

/// The key of a call is forgotten after a day; the row that the undo left stays.
#[tokio::test]
async fn the_late_do_is_refused_for_good() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("MUG", 3)]).await;
    let (late, held) = (hold_request(&[("MUG", 1)]), hold_request(&[("MUG", 1)]));
    release(&inventory, release_of(&late)).await.unwrap();
    let hold = inventory.ask(held.clone()).await.unwrap();
    inventory
        .clock
        .forward(std::time::Duration::from_secs(2 * 24 * 60 * 60));
    let now = inventory.db.now();
    let forgotten = stoa_store::idempotency::prune(&inventory.db, now)
        .await
        .unwrap();
    assert!(forgotten >= 3);
    let refusal = inventory.ask(late).await.unwrap_err();
    assert_eq!(refusal.reason, "CANCELED_BEFORE");
    let again = inventory.ask(held).await.unwrap();
    assert_eq!(again, hold, "and what was done is not done twice");
    assert_eq!(inventory.level("MUG").await.held, 1);
    inventory.sound().await;
}

#[tokio::test]
async fn do_and_undo_at_once() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("MUG", 100)]).await;
    for _ in 0..20 {
        let request = hold_request(&[("MUG", 1)]);
        let undo = release_of(&request);
        let (held, undone) = futures::join!(inventory.ask(request), release(&inventory, undo));
        match undone.unwrap().state() {
            HoldState::Released => assert_eq!(held.unwrap().state(), HoldState::Held),
            HoldState::Canceled => assert_eq!(held.unwrap_err().reason, "CANCELED_BEFORE"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(inventory.level("MUG").await.held, 0);
    inventory.sound().await;
}

#[tokio::test]
async fn a_hold_is_released_once() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("MUG", 3)]).await;
    let request = hold_request(&[("MUG", 2)]);
    let held = inventory.ask(request.clone()).await.unwrap();
    let first = release(&inventory, release_of(&request)).await.unwrap();
    assert_eq!(first.state(), HoldState::Released);
    assert_eq!((&first.hold_id, &first.lines), (&held.hold_id, &held.lines));
    assert_ne!(first.etag, held.etag);
    let second = release(&inventory, release_of(&request)).await.unwrap();
    assert_eq!(second, first, "an ended hold stays as it is");
    assert_eq!(inventory.level("MUG").await.available, 3);
    let kinds: Vec<i64> = inventory
        .movements("MUG")
        .await
        .iter()
        .map(|m| m.held_delta)
        .collect();
    assert_eq!(kinds, [0, 2, -2]);
    let reasons = inventory.movements("MUG").await;
    assert_eq!(reasons[2].reason, "the payment was declined");
    inventory.sound().await;
}

#[tokio::test]
async fn a_refused_hold_can_be_undone_and_stays_refused() {
    let inventory = Inventory::start().await;
    let request = hold_request(&[("MUG", 1)]);
    let refusal = inventory.ask(request.clone()).await.unwrap_err();
    assert_eq!(refusal.reason, "OUT_OF_STOCK");
    let undone = release(&inventory, release_of(&request)).await.unwrap();
    assert_eq!(undone.state(), HoldState::Canceled);
    inventory.receive(&[("MUG", 1)]).await;
    let again = inventory.ask(request).await.unwrap_err();
    assert_eq!(again, refusal, "the refusal was recorded under the key");
    assert_eq!(inventory.level("MUG").await.held, 0);
}

/// Only owner and key together name a hold.
#[tokio::test]
async fn an_undo_in_another_name_undoes_nothing() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("MUG", 3)]).await;
    let request = hold_request(&[("MUG", 1)]);
    inventory.ask(request.clone()).await.unwrap();
    let undo = ReleaseHoldRequest {
        owner: order_id(),
        ..release_of(&request)
    };
    let other = release(&inventory, undo).await.unwrap();
    assert_eq!(other.state(), HoldState::Canceled);
    assert_eq!(inventory.level("MUG").await.held, 1);
}
