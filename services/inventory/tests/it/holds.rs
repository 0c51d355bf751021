//! What may happen to a hold, from every state, and what its lines are.

use stoa_api::inventory::v1::{
    AllocateHoldRequest, CreateHoldRequest, CreateLocationRequest, GetHoldRequest, Hold, HoldState,
    Location, ReleaseAllocationRequest, ShipAllocationRequest,
};
use stoa_errors::{Error, Kind};
use stoa_rpc::client;
use stoa_types::{FulfillmentId, SystemIds};

use crate::harness::{Inventory, hold_request, key};
use crate::undo::release_of;

pub(crate) fn fulfillment_id() -> String {
    FulfillmentId::new(&SystemIds).to_string()
}

/// The four ways to move a hold.
#[derive(Clone, Copy, Debug)]
enum Way {
    Release,
    Allocate,
    Deallocate,
    Ship,
}

async fn go(
    inventory: &Inventory,
    request: &CreateHoldRequest,
    hold_id: &str,
    way: Way,
) -> Result<Hold, Error> {
    let (mut internal, hold_id) = (inventory.internal(), hold_id.to_owned());
    let request_id = key();
    let hold = match way {
        Way::Release => {
            let answer = internal.release_hold(release_of(request)).await;
            answer.map(|answer| answer.into_inner().hold)
        }
        Way::Allocate => {
            let request = AllocateHoldRequest {
                request_id,
                hold_id,
            };
            let answer = internal.allocate_hold(request).await;
            answer.map(|answer| answer.into_inner().hold)
        }
        Way::Deallocate => {
            let request = ReleaseAllocationRequest {
                request_id,
                hold_id,
                reason: "canceled by the customer".to_owned(),
            };
            let answer = internal.release_allocation(request).await;
            answer.map(|answer| answer.into_inner().hold)
        }
        Way::Ship => {
            let request = ShipAllocationRequest {
                request_id,
                hold_id,
                reference: fulfillment_id(),
            };
            let answer = internal.ship_allocation(request).await;
            answer.map(|answer| answer.into_inner().hold)
        }
    };
    Ok(hold.map_err(client::error)?.unwrap())
}

/// What a way answers: the state it comes to, or the reason.
type Answer = Result<HoldState, &'static str>;

#[tokio::test]
async fn every_way_from_every_state() {
    use HoldState::{Allocated, Canceled, Deallocated, Held, Released, Shipped};
    use Way::{Allocate, Deallocate, Release, Ship};
    let inventory = Inventory::start().await;
    inventory.receive(&[("MUG", 1_000)]).await;
    let cases: [(HoldState, &[Way], [Answer; 4]); 5] = [
        (
            Held,
            &[],
            [
                Ok(Released),
                Ok(Allocated),
                Err("HOLD_NOT_ALLOCATED"),
                Err("HOLD_NOT_ALLOCATED"),
            ],
        ),
        (
            Released,
            &[Release],
            [
                Ok(Released),
                Err("HOLD_ENDED"),
                Err("HOLD_NOT_ALLOCATED"),
                Err("HOLD_NOT_ALLOCATED"),
            ],
        ),
        (
            Allocated,
            &[Allocate],
            [
                Err("HOLD_ALLOCATED"),
                Ok(Allocated),
                Ok(Deallocated),
                Ok(Shipped),
            ],
        ),
        (
            Deallocated,
            &[Allocate, Deallocate],
            [
                Ok(Deallocated),
                Err("HOLD_ENDED"),
                Ok(Deallocated),
                Err("HOLD_NOT_ALLOCATED"),
            ],
        ),
        (
            Shipped,
            &[Allocate, Ship],
            [
                Err("HOLD_ALLOCATED"),
                Ok(Shipped),
                Err("HOLD_NOT_ALLOCATED"),
                Err("HOLD_NOT_ALLOCATED"),
            ],
        ),
    ];
    for (state, before, answers) in cases {
        for (way, answer) in [Release, Allocate, Deallocate, Ship]
            .into_iter()
            .zip(answers)
        {
            let request = hold_request(&[("MUG", 2)]);
            let id = inventory.ask(request.clone()).await.unwrap().hold_id;
            for step in before {
                go(&inventory, &request, &id, *step).await.unwrap();
            }
            let outcome = go(&inventory, &request, &id, way).await;
            match (outcome, answer) {
                (Ok(hold), Ok(expected)) => {
                    assert_eq!(hold.state(), expected, "{way:?} from {state:?}")
                }
                (Err(refusal), Err(reason)) => {
                    assert_eq!(refusal.reason, reason, "{way:?} from {state:?}");
                    assert_eq!(refusal.kind, Kind::FailedPrecondition);
                    let name = state.as_str_name().trim_start_matches("HOLD_STATE_");
                    assert_eq!(refusal.metadata["state"], name);
                }
                (outcome, _) => panic!("{way:?} from {state:?}: {outcome:?}"),
            }
        }
    }
    // What was undone before it was made is not found by its id by anybody but who undid it.
    let request = hold_request(&[("MUG", 2)]);
    let buried = go(&inventory, &request, "", Release).await.unwrap();
    assert_eq!(buried.state(), Canceled);
    let refusal = go(&inventory, &request, &buried.hold_id, Allocate)
        .await
        .unwrap_err();
    assert_eq!(refusal.reason, "HOLD_ENDED");
    inventory.sound().await;
}

#[tokio::test]
async fn goods_leave_once() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("MUG", 5)]).await;
    let request = hold_request(&[("MUG", 2)]);
    let id = inventory.ask(request.clone()).await.unwrap().hold_id;
    go(&inventory, &request, &id, Way::Allocate).await.unwrap();
    let level = inventory.level("MUG").await;
    assert_eq!(
        (level.on_hand, level.allocated, level.held, level.available),
        (5, 2, 0, 3)
    );
    let ship = ShipAllocationRequest {
        request_id: key(),
        hold_id: id.clone(),
        reference: fulfillment_id(),
    };
    let mut internal = inventory.internal();
    internal.ship_allocation(ship.clone()).await.unwrap();
    let again = ShipAllocationRequest {
        request_id: key(),
        ..ship.clone()
    };
    let again = internal.ship_allocation(again).await.unwrap().into_inner();
    assert_eq!(
        again.hold.unwrap().state(),
        HoldState::Shipped,
        "the same fulfilment again"
    );
    let other = go(&inventory, &request, &id, Way::Ship).await.unwrap_err();
    assert_eq!(other.reason, "HOLD_NOT_ALLOCATED", "another fulfilment");
    // And a fulfilment ships one hold.
    let second = hold_request(&[("MUG", 1)]);
    let second_id = inventory.ask(second.clone()).await.unwrap().hold_id;
    go(&inventory, &second, &second_id, Way::Allocate)
        .await
        .unwrap();
    let twice = ShipAllocationRequest {
        request_id: key(),
        hold_id: second_id.clone(),
        ..ship.clone()
    };
    let refusal = client::error(internal.ship_allocation(twice).await.unwrap_err());
    assert_eq!(refusal.reason, "REFERENCE_USED");
    go(&inventory, &second, &second_id, Way::Deallocate)
        .await
        .unwrap();
    let level = inventory.level("MUG").await;
    assert_eq!((level.on_hand, level.allocated, level.available), (3, 0, 3));
    let movements = inventory.movements("MUG").await;
    assert_eq!(movements.len(), 7);
    assert_eq!(
        (movements[3].on_hand_delta, movements[3].allocated_delta),
        (-2, -2)
    );
    assert_eq!(movements[3].reference, ship.reference);
    assert_eq!(movements[3].actor, "service:order");
    assert_eq!(movements[1].reference, id);
    inventory.sound().await;
}

#[tokio::test]
async fn two_lines_of_one_sku_are_one_demand() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("MUG", 5), ("CUP", 5)]).await;
    let refusal = inventory
        .hold(&[("MUG", 3), ("CUP", 1), ("MUG", 3)])
        .await
        .unwrap_err();
    assert_eq!(refusal.reason, "OUT_OF_STOCK");
    assert_eq!(
        (
            refusal.metadata["sku"].as_str(),
            refusal.metadata["available"].as_str()
        ),
        ("MUG", "5")
    );
    assert_eq!(inventory.level("CUP").await.held, 0, "all or nothing");
    let hold = inventory
        .hold(&[("MUG", 3), ("CUP", 1), ("MUG", 2)])
        .await
        .unwrap();
    let lines: Vec<(&str, i64)> = hold
        .lines
        .iter()
        .map(|l| (l.sku.as_str(), l.quantity))
        .collect();
    assert_eq!(lines, [("MUG", 5), ("CUP", 1)]);
    inventory.sound().await;
}

#[tokio::test]
async fn a_demand_is_split_over_two_locations() {
    let inventory = Inventory::start().await;
    for (code, priority) in [("north", 20), ("south", 10)] {
        let location = Location {
            code: code.to_owned(),
            title: code.to_owned(),
            priority,
            ..Location::default()
        };
        let request = CreateLocationRequest {
            request_id: key(),
            location: Some(location),
        };
        inventory.admin().create_location(request).await.unwrap();
    }
    inventory.receive_at("north", &[("MUG", 7)]).await;
    inventory.receive_at("south", &[("MUG", 4)]).await;
    let hold = inventory.hold(&[("MUG", 6)]).await.unwrap();
    let (north, south) = (
        inventory.level_at("north", "MUG").await,
        inventory.level_at("south", "MUG").await,
    );
    assert_eq!(
        (south.held, north.held),
        (4, 2),
        "the lowest priority number first"
    );
    let lines: Vec<_> = hold
        .lines
        .iter()
        .map(|l| (l.location_id.clone(), l.quantity))
        .collect();
    assert_eq!(lines, [(south.location_id, 4), (north.location_id, 2)]);
    let refusal = inventory.hold(&[("MUG", 6)]).await.unwrap_err();
    assert_eq!(
        refusal.metadata["available"], "5",
        "free over all locations"
    );
    inventory.sound().await;
}

#[tokio::test]
async fn a_hold_is_found_by_id_and_by_owner() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("MUG", 5)]).await;
    let first = hold_request(&[("MUG", 1)]);
    inventory.ask(first.clone()).await.unwrap();
    inventory
        .internal()
        .release_hold(release_of(&first))
        .await
        .unwrap();
    let second = CreateHoldRequest {
        request_id: key(),
        ..first.clone()
    };
    let newest = inventory.ask(second).await.unwrap();
    for name in [&newest.hold_id, &first.owner] {
        let request = GetHoldRequest { hold: name.clone() };
        let found = inventory.internal().get_hold(request).await.unwrap();
        assert_eq!(found.into_inner().hold.unwrap(), newest);
    }
}
