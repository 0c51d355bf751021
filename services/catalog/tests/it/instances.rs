//! Two instances of the catalogue on one database: what both want is one's, and nothing that either was told is lost.

use std::sync::Arc;
use std::time::Duration;

use stoa_api::catalog::v1 as pb;
use stoa_events::Bus;
use stoa_store::Engine;
use tokio::sync::Notify;

use crate::batch_upsert_products::{entry, upsert};
use crate::harness::{Suite, product};
use crate::in_stock::said;

const ROUNDS: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn a_sku_that_both_make_is_made_once() {
    let (one, other) = Suite::pair().await;
    for round in 0..ROUNDS {
        // In opposite order, so that whoever waits for the other would wait for ever.
        let (a, b) = (format!("A{round}"), format!("B{round}"));
        let (left, right) = tokio::join!(
            one.create(product("Mug", &[&a, &b])),
            other.create(product("Mug", &[&b, &a])),
        );
        let refused: Vec<_> = [&left, &right]
            .into_iter()
            .filter_map(|made| made.as_ref().err())
            .map(|error| error.reason.clone())
            .collect();
        assert_eq!(refused, ["SKU_EXISTS"], "round {round}");
    }
    let rows = i64::try_from(ROUNDS).unwrap();
    assert_eq!(one.count("product").await, rows);
    assert_eq!(one.count("variant").await, 2 * rows);
    assert_eq!(one.count("event").await, rows, "each is told of once");
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_one_product_come_one_after_the_other() {
    let (one, other) = Suite::pair().await;
    let made = one.create(product("Mug", &["A"])).await.unwrap();
    let renamed = |title: String| pb::Product {
        product_id: made.product_id.clone(),
        title,
        ..pb::Product::default()
    };
    for round in 0..ROUNDS {
        let (left, right) = tokio::join!(
            one.update(renamed(format!("left {round}")), &["title"]),
            other.update(renamed(format!("right {round}")), &["title"]),
        );
        assert_ne!(left.unwrap().etag, right.unwrap().etag);
    }
    let told = one.told(&made.product_id).await;
    let versions: Vec<i64> = told.iter().map(|event| event.aggregate_version).collect();
    let expected: Vec<i64> = (1..=2 * i64::try_from(ROUNDS).unwrap() + 1).collect();
    assert_eq!(versions, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_that_is_made_while_stock_arrives_knows_of_it() {
    let (one, other) = Suite::pair().await;
    for round in 0..ROUNDS {
        let sku = format!("S{round}");
        let level = other.bus.publish(Arc::from(vec![said(&sku, 1, 1, 5)]));
        let (made, heard) = tokio::join!(one.create(product("Mug", &[&sku])), level);
        heard.unwrap();
        let product = one.get(&made.unwrap().product_id).await.unwrap();
        assert!(product.in_stock && product.variants[0].in_stock, "{sku}");
    }
}

/// Waits until so many transactions wait for locks.
async fn waiting(suite: &Suite, wanted: i64) {
    let count =
        "SELECT count(*) AS n FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
                 WHERE NOT granted AND datname = current_database()";
    loop {
        let rows = suite.db.query(count, &()).await.unwrap();
        if rows[0].get::<i64>("n").unwrap() >= wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A product is being made and stands still before its commit; then a level of its sku arrives. Whether the product knows of it
/// in the end.
async fn knows_what_came_meanwhile(one: &Arc<Suite>, other: &Arc<Suite>, sku: &str) -> bool {
    let (go_on, stands) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (held, taken) = (Arc::clone(&go_on), Arc::clone(&stands));
    let holder = other.db.write("test.hold", move |tx| {
        let (held, taken) = (Arc::clone(&held), Arc::clone(&taken));
        Box::pin(async move {
            // Whoever makes a product tells of it last, whoever notes stock tells nothing.
            tx.execute("LOCK TABLE event_log IN EXCLUSIVE MODE", &())
                .await?;
            taken.notify_one();
            held.notified().await;
            Ok(())
        })
    });
    let race = async {
        stands.notified().await;
        let made = one.create(product("Mug", &[sku]));
        let heard = async {
            waiting(one, 1).await;
            let level = other.bus.publish(Arc::from(vec![said(sku, 1, 1, 5)]));
            let mut level = std::pin::pin!(level);
            let heard = tokio::select! {
                heard = &mut level => Some(heard),
                () = waiting(one, 2) => None,
            };
            go_on.notify_one();
            match heard {
                Some(heard) => heard,
                None => level.await,
            }
        };
        let (made, heard) = tokio::join!(made, heard);
        heard.unwrap();
        made.unwrap()
    };
    // The lock ends with the time of a transaction, if it takes so long.
    let (_, made) = tokio::join!(holder, race);
    let product = one.get(&made.product_id).await.unwrap();
    product.in_stock && product.variants[0].in_stock
}

#[tokio::test(flavor = "multi_thread")]
async fn a_level_that_comes_while_a_product_is_made_waits_for_it() {
    let (one, other) = Suite::pair().await;
    if one.db.engine() == Engine::Sqlite {
        // A file has one writer: nobody comes meanwhile.
        return;
    }
    for round in 0..3 {
        let sku = format!("S{round}");
        assert!(knows_what_came_meanwhile(&one, &other, &sku).await, "{sku}");
    }
}

#[cfg(feature = "crash-points")]
#[test]
fn a_build_without_the_gate_is_caught() {
    if stoa_testdb::engine() == Engine::Sqlite {
        return;
    }
    let test = "instances::a_level_that_comes_while_a_product_is_made_waits_for_it";
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env("STOA_MUTANT", "catalog.gate")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(101), "it is not caught: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_both_make_leaves_each_entry_once() {
    let (one, other) = Suite::pair().await;
    let entries: Vec<pb::ProductEntry> = (0..100)
        .map(|n| entry(&format!("Title {n}"), &format!("I{n}")))
        .collect();
    let back = entries.iter().rev().cloned().collect();
    let (left, right) = tokio::join!(upsert(&one, "there", entries), upsert(&other, "back", back),);
    let (left, right) = (left.unwrap(), right.unwrap());
    assert_eq!(left.created_count + right.created_count, 100);
    assert_eq!(one.count("product").await, 100);
    assert_eq!(one.count("variant").await, 100);
}
