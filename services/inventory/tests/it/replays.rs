//! Every mutation twice under its key: the second does nothing and is answered with what stands now.

use futures::future::join_all;
use stoa_api::inventory::v1::{
    AllocateHoldRequest, CreateHoldRequest, CreateLocationRequest, Location,
    ReleaseAllocationRequest, ReturnStockRequest, ShipAllocationRequest,
};
use stoa_errors::Kind;
use stoa_rpc::client;

use crate::harness::{Inventory, demands, hold_request, key};
use crate::holds::fulfillment_id;
use crate::stock::{count, receipt};
use crate::undo::release_of;

/// Sends a message twice and gives the answer of both, which must be one.
macro_rules! twice {
    ($inventory:expr, $client:ident, $method:ident, $request:expr) => {{
        let request = $request;
        let mut client = $inventory.$client();
        let first = client.$method(request.clone()).await.unwrap().into_inner();
        let rows = $inventory.rows().await;
        let second = client.$method(request).await.unwrap().into_inner();
        assert_eq!(first, second, stringify!($method));
        assert_eq!(rows, $inventory.rows().await, stringify!($method));
        first
    }};
}

#[tokio::test]
async fn every_mutation_is_done_once() {
    let inventory = Inventory::start().await;
    let location = Location {
        code: "shop".to_owned(),
        title: "The shop".to_owned(),
        priority: 7,
        ..Location::default()
    };
    let request = CreateLocationRequest {
        request_id: key(),
        location: Some(location),
    };
    twice!(inventory, admin, create_location, request);
    twice!(
        inventory,
        admin,
        receive_stock,
        receipt("note-1", &[("MUG", 9), ("CUP", 4)])
    );
    twice!(
        inventory,
        admin,
        adjust_stock,
        count("count-1", &[("MUG", -1), ("CUP", 2)])
    );
    let request = ReturnStockRequest {
        request_id: key(),
        reference: "crd_1".to_owned(),
        lines: demands(&[("MUG", 1)]),
        ..ReturnStockRequest::default()
    };
    twice!(inventory, internal, return_stock, request);
    let sold = hold_request(&[("MUG", 2)]);
    let hold_id = twice!(inventory, internal, create_hold, sold)
        .hold
        .unwrap()
        .hold_id;
    let request = AllocateHoldRequest {
        request_id: key(),
        hold_id: hold_id.clone(),
    };
    twice!(inventory, internal, allocate_hold, request);
    let request = ShipAllocationRequest {
        request_id: key(),
        hold_id,
        reference: fulfillment_id(),
    };
    twice!(inventory, internal, ship_allocation, request);
    let canceled = hold_request(&[("MUG", 2), ("CUP", 1)]);
    let hold_id = inventory.ask(canceled).await.unwrap().hold_id;
    let request = AllocateHoldRequest {
        request_id: key(),
        hold_id: hold_id.clone(),
    };
    inventory.internal().allocate_hold(request).await.unwrap();
    let request = ReleaseAllocationRequest {
        request_id: key(),
        hold_id,
        reason: "canceled".to_owned(),
    };
    twice!(inventory, internal, release_allocation, request);
    let released = hold_request(&[("CUP", 1)]);
    inventory.ask(released.clone()).await.unwrap();
    twice!(inventory, internal, release_hold, release_of(&released));
    twice!(
        inventory,
        internal,
        release_hold,
        release_of(&hold_request(&[("CUP", 1)]))
    );
    let level = inventory.level("MUG").await;
    assert_eq!((level.on_hand, level.allocated, level.held), (7, 0, 0));
    inventory.sound().await;
}

#[tokio::test]
async fn a_replay_gets_the_hold_as_it_is_now() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("MUG", 9)]).await;
    let request = hold_request(&[("MUG", 1)]);
    inventory.ask(request.clone()).await.unwrap();
    inventory
        .internal()
        .release_hold(release_of(&request))
        .await
        .unwrap();
    let again = inventory.ask(request).await.unwrap();
    assert_eq!(again.state(), stoa_api::inventory::v1::HoldState::Released);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn equal_keys_at_once_are_one_hold() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("MUG", 9)]).await;
    let request = hold_request(&[("MUG", 1)]);
    let all = join_all((0..16).map(|_| inventory.ask(request.clone()))).await;
    let first = all[0].as_ref().unwrap().hold_id.clone();
    assert!(
        all.iter()
            .all(|hold| hold.as_ref().unwrap().hold_id == first)
    );
    assert_eq!(inventory.level("MUG").await.held, 1);
    inventory.sound().await;
}

#[tokio::test]
async fn a_key_stands_for_one_request() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("MUG", 9)]).await;
    let request = hold_request(&[("MUG", 1)]);
    inventory.ask(request.clone()).await.unwrap();
    let other = CreateHoldRequest {
        lines: demands(&[("MUG", 2)]),
        ..request
    };
    let refusal = inventory.ask(other).await.unwrap_err();
    assert_eq!(
        (refusal.kind, refusal.reason.as_ref()),
        (Kind::AlreadyExists, "IDEMPOTENCY_KEY_REUSED")
    );
    assert_eq!(inventory.level("MUG").await.held, 1);
}

/// Keys are forgotten after a day, references never.
#[tokio::test]
async fn what_was_done_is_not_done_again_when_its_key_is_forgotten() {
    let inventory = Inventory::start().await;
    let delivery = receipt("note-1", &[("MUG", 9)]);
    inventory
        .admin()
        .receive_stock(delivery.clone())
        .await
        .unwrap();
    let back = ReturnStockRequest {
        request_id: key(),
        reference: "crd_1".to_owned(),
        lines: demands(&[("MUG", 1)]),
        ..ReturnStockRequest::default()
    };
    inventory
        .internal()
        .return_stock(back.clone())
        .await
        .unwrap();
    inventory
        .clock
        .forward(std::time::Duration::from_secs(2 * 24 * 60 * 60));
    stoa_store::idempotency::prune(&inventory.db, inventory.db.now())
        .await
        .unwrap();
    inventory.admin().receive_stock(delivery).await.unwrap();
    inventory.internal().return_stock(back).await.unwrap();
    assert_eq!(inventory.level("MUG").await.on_hand, 10);
}

/// The other half of a recorded refusal: what left nothing behind leaves the key free.
#[tokio::test]
async fn an_invalid_request_leaves_its_key_free() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("MUG", 9)]).await;
    let request = hold_request(&[("MUG", 1)]);
    let broken = CreateHoldRequest {
        lines: Vec::new(),
        ..request.clone()
    };
    let answer = inventory.internal().create_hold(broken).await;
    let refusal = client::error(answer.unwrap_err());
    assert_eq!(
        (refusal.kind, refusal.violations[0].field.as_str()),
        (Kind::InvalidArgument, "lines")
    );
    inventory.ask(request).await.unwrap();
}
