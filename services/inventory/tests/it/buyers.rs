//! Many buyers of few units.

use futures::future::join_all;
use stoa_api::inventory::v1::HoldState;

use crate::harness::Inventory;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_buyers_of_ten_units() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("MUG", 10)]).await;
    let tries = (0..64).map(|_| inventory.hold(&[("MUG", 1)]));
    let (mut held, mut refused) = (0, 0);
    for outcome in join_all(tries).await {
        match outcome {
            Ok(hold) => {
                assert_eq!(hold.state(), HoldState::Held);
                held += 1;
            }
            Err(refusal) => {
                assert_eq!(refusal.reason, "OUT_OF_STOCK", "{refusal:?}");
                assert_eq!(refusal.metadata["sku"], "MUG");
                assert_eq!(refusal.metadata["available"], "0");
                refused += 1;
            }
        }
    }
    assert_eq!((held, refused), (10, 54));
    let level = inventory.level("MUG").await;
    assert_eq!((level.on_hand, level.held, level.available), (10, 10, 0));
    let moved: i64 = inventory
        .movements("MUG")
        .await
        .iter()
        .map(|movement| movement.held_delta)
        .sum();
    assert_eq!(moved, 10);
    inventory.sound().await;
    assert_eq!(inventory.metric("stoa_inventory_out_of_stock"), Some(54.0));
    assert_eq!(
        inventory.metric("stoa_inventory_holds_total{outcome=\"HELD\""),
        Some(10.0)
    );
}

/// Buyers of several skus in opposite orders: each gets all or nothing, and no unit is left over that somebody could have had.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buyers_of_two_skus_in_either_order() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("CUP", 20), ("PAN", 20)]).await;
    let tries = (0..50).map(|number| {
        let inventory = &inventory;
        async move {
            match number % 2 {
                0 => inventory.hold(&[("CUP", 1), ("PAN", 1)]).await,
                _ => inventory.hold(&[("PAN", 1), ("CUP", 1)]).await,
            }
        }
    });
    let held = join_all(tries)
        .await
        .into_iter()
        .filter(Result::is_ok)
        .count();
    assert_eq!(held, 20);
    for sku in ["CUP", "PAN"] {
        let level = inventory.level(sku).await;
        assert_eq!((level.held, level.available), (20, 0));
    }
    inventory.sound().await;
}

/// Whoever releases while others buy gives his units to exactly one of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn units_given_back_while_others_buy() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("MUG", 8)]).await;
    let mut firsts = Vec::new();
    for _ in 0..8 {
        let request = crate::harness::hold_request(&[("MUG", 1)]);
        inventory.ask(request.clone()).await.unwrap();
        firsts.push(request);
    }
    let released = join_all(firsts.into_iter().map(|first| {
        let mut internal = inventory.internal();
        async move { internal.release_hold(crate::undo::release_of(&first)).await }
    }));
    let bought = join_all((0..24).map(|_| inventory.hold(&[("MUG", 1)])));
    let (released, bought) = futures::join!(released, bought);
    assert!(released.iter().all(Result::is_ok));
    let bought = bought.into_iter().filter(Result::is_ok).count();
    let level = inventory.level("MUG").await;
    assert_eq!(level.held, i64::try_from(bought).unwrap());
    assert!(level.available >= 0);
    inventory.sound().await;
}
