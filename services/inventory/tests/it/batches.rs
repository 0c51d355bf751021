//! What one transaction holds: 64 callers at once, one of 705 lines.

use std::time::Duration;

use futures::future::join_all;
use stoa_api::inventory::v1::{AllocateHoldRequest, ReceiveStockRequest, StockLine};
use tokio::sync::oneshot;

use crate::harness::{Inventory, hold_request, key};

/// Keeps the writer busy until told otherwise.
async fn occupied(inventory: &Inventory) -> oneshot::Sender<()> {
    let (entered, inside) = oneshot::channel();
    let (leave, left) = oneshot::channel::<()>();
    let (db, mut hooks) = (inventory.db.clone(), Some((entered, left)));
    tokio::spawn(async move {
        db.write("test.occupy", move |_| {
            let hooks = hooks.take();
            Box::pin(async move {
                if let Some((entered, left)) = hooks {
                    entered.send(()).unwrap();
                    left.await.ok();
                }
                Ok(())
            })
        })
        .await
        .unwrap();
    });
    inside.await.unwrap();
    leave
}

/// Waits until so many commands wait or run.
async fn queued(inventory: &Inventory, count: u32) {
    let enough = async {
        while inventory.metric("stoa_store_queue_depth") < Some(f64::from(count)) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), enough)
        .await
        .unwrap();
}

fn commits(inventory: &Inventory) -> f64 {
    inventory.metric("stoa_store_commits_total").unwrap_or(0.0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_holds_of_which_sixty_three_lack_stock() {
    let inventory = Inventory::with_one_lane().await;
    inventory.receive(&[("MUG", 1)]).await;
    let leave = occupied(&inventory).await;
    let all = join_all((0..64).map(|_| inventory.hold(&[("MUG", 1)])));
    let before = commits(&inventory);
    let (outcomes, ()) = futures::join!(all, async {
        queued(&inventory, 65).await;
        leave.send(()).unwrap();
    });
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    assert!(
        refused
            .clone()
            .all(|refusal| refusal.reason == "OUT_OF_STOCK")
    );
    assert_eq!(refused.count(), 63);
    assert_eq!(
        commits(&inventory) - before,
        2.0,
        "the one in the way, and one for all"
    );
    let level = inventory.level("MUG").await;
    assert_eq!(
        (level.held, level.version),
        (1, 2),
        "one change of the level"
    );
    inventory.sound().await;
}

#[tokio::test]
async fn a_hold_of_705_lines() {
    let inventory = Inventory::start().await;
    let skus: Vec<String> = (0..705).map(|number| format!("SKU-{number:03}")).collect();
    let lines = skus.iter().map(|sku| StockLine {
        sku: sku.clone(),
        quantity: 2,
    });
    let request = ReceiveStockRequest {
        request_id: key(),
        location: "main".to_owned(),
        reference: "delivery".to_owned(),
        lines: lines.collect(),
    };
    let levels = inventory.admin().receive_stock(request).await.unwrap();
    assert_eq!(levels.into_inner().levels.len(), 705);
    let lines: Vec<(&str, i64)> = skus.iter().map(|sku| (sku.as_str(), 2)).collect();
    let hold = inventory.hold(&lines).await.unwrap();
    assert_eq!(hold.lines.len(), 705);
    let request = AllocateHoldRequest {
        request_id: key(),
        hold_id: hold.hold_id.clone(),
    };
    let allocated = inventory.internal().allocate_hold(request).await.unwrap();
    assert_eq!(allocated.into_inner().hold.unwrap().lines, hold.lines);
    let refusal = inventory.hold(&[("SKU-704", 1)]).await.unwrap_err();
    assert_eq!(refusal.reason, "OUT_OF_STOCK");
    inventory.sound().await;
}

/// Members of one batch see each other: what the first takes the second lacks, and what one of them lacks another still gets.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_decided_in_the_order_of_arrival() {
    let inventory = Inventory::with_one_lane().await;
    inventory.receive(&[("MUG", 5)]).await;
    let leave = occupied(&inventory).await;
    let mut tries = Vec::new();
    for (number, units) in [3, 3, 2, 1].into_iter().enumerate() {
        let (mut internal, request) = (inventory.internal(), hold_request(&[("MUG", units)]));
        tries.push(tokio::spawn(async move {
            internal.create_hold(request).await.is_ok()
        }));
        queued(&inventory, u32::try_from(number).unwrap() + 2).await;
    }
    leave.send(()).unwrap();
    let held: Vec<bool> = join_all(tries)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(held, [true, false, true, false]);
    assert_eq!(inventory.level("MUG").await.available, 0);
    inventory.sound().await;
}
