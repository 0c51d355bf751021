//! Work of the lower lane: it shares transactions, never failures.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use stoa_errors::{Error, Kind};
use stoa_store::{Committed, Sql, StoreError};

use crate::support::{Shop, Take, Taking, call};

const INSERT: Sql = Sql::new(
    "insert",
    "INSERT INTO taken (sku, who, units) VALUES ('MUG', ?1 ->> 0, 1)",
    "INSERT INTO taken (sku, who, units) VALUES ('MUG', $1::jsonb ->> 0, 1)",
);

async fn insert(shop: &Shop, who: &'static str) -> Result<u64, StoreError> {
    shop.db
        .write("test.insert", move |tx| {
            Box::pin(async move {
                let rows = tx.execute(INSERT, &[who]).await?;
                match who {
                    "refuses" => Err(Error::new(Kind::Aborted, "NO", "no").into()),
                    "panics" => panic!("as the test wants it"),
                    _ => Ok(rows),
                }
            })
        })
        .await
}

#[tokio::test]
async fn one_that_fails_takes_none_with_it() {
    let shop = Shop::open().await;
    let who = ["a", "b", "guilty", "c", "refuses", "d", "panics", "e"];
    let ended = futures::future::join_all(who.map(|who| insert(&shop, who))).await;
    let failed: Vec<&str> = who
        .into_iter()
        .zip(&ended)
        .filter(|(_, ended)| ended.is_err())
        .map(|(who, _)| who)
        .collect();
    assert_eq!(failed, ["guilty", "refuses", "panics"]);
    assert!(matches!(&ended.get(4), Some(Err(StoreError::Refused(error))) if error.reason == "NO"));
    assert_eq!(shop.takings().await, 5);
}

#[tokio::test]
async fn what_waits_together_is_committed_together() {
    let shop = Shop::with_one_lane().await;
    let runs = Arc::new(AtomicUsize::new(0));
    let writes = (0..20).map(|_| {
        let runs = Arc::clone(&runs);
        let db = shop.db.clone();
        async move {
            db.write("test.count", move |tx| {
                let runs = Arc::clone(&runs);
                Box::pin(async move {
                    // Each sees what those before it have written: it is one transaction.
                    let row = tx.query_one("SELECT count(*) AS n FROM taken", &()).await?;
                    let before: i64 = row.unwrap().get("n")?;
                    tx.execute(INSERT, &["x"]).await?;
                    runs.fetch_add(1, Ordering::SeqCst);
                    Ok(before)
                })
            })
            .await
            .unwrap()
        }
    });
    let seen = shop.gathered(futures::future::join_all(writes)).await;
    assert_eq!(seen, (0..20).collect::<Vec<i64>>());
    assert_eq!(runs.load(Ordering::SeqCst), 20);
}

#[tokio::test]
async fn it_waits_behind_commands_but_not_for_ever() {
    // The order of turns is that of one lane.
    let shop = Shop::with_one_lane().await;
    shop.receive(1_000).await;
    let queue = shop.db.queue(Take::default());
    let order = std::sync::Mutex::new(Vec::new());
    // Each command fills a batch of its own; the background write came first.
    let commands = (0..10_u8).map(|n| {
        let (queue, order) = (queue.clone(), &order);
        async move {
            let ctx = call(&format!("k{n}"), n);
            let taking = Taking::with_rows(format!("w{n}"), 1, 256);
            queue.submit(&ctx, taking).await.unwrap();
            order.lock().unwrap().push("command");
        }
    });
    let background = async {
        insert(&shop, "a").await.unwrap();
        order.lock().unwrap().push("background");
    };
    let all = futures::future::join(background, futures::future::join_all(commands));
    shop.gathered(all).await;
    let order = order.into_inner().unwrap();
    let place = order.iter().position(|what| *what == "background");
    assert_eq!(place, Some(3), "{order:?}");
}

#[tokio::test]
async fn a_signal_is_raised_by_a_commit_alone() {
    let shop = Shop::open().await;
    let signal = shop.db.signal("test.touched");
    for fails in [true, false] {
        let ended = shop
            .db
            .write("test.touch", move |tx| {
                Box::pin(async move {
                    tx.signal("test.touched");
                    if fails {
                        return Err(StoreError::Contract("as the test wants it"));
                    }
                    Ok(())
                })
            })
            .await;
        assert_eq!(ended.is_err(), fails);
        let woken = futures::FutureExt::now_or_never(signal.notified());
        assert_eq!(woken.is_some(), !fails);
    }
}

#[tokio::test]
async fn a_snapshot_sees_one_state() {
    let shop = Shop::open().await;
    shop.receive(5).await;
    let snapshot = shop.db.snapshot().await.unwrap();
    let read = "SELECT available FROM stock";
    let before = snapshot.query_one(read, &()).await.unwrap().unwrap();
    assert_eq!(before.get::<i64>("available").unwrap(), 5);
    shop.receive(5).await;
    let same = snapshot.query_one(read, &()).await.unwrap().unwrap();
    assert_eq!(same.get::<i64>("available").unwrap(), 5);
    assert_eq!(shop.available().await, 10);
    // It cannot write.
    assert!(snapshot.execute("DELETE FROM stock", &()).await.is_err());
}

#[tokio::test]
async fn commands_and_background_work_meet_in_one_file() {
    let shop = Shop::open().await;
    shop.receive(64).await;
    let queue = shop.db.queue(Take::default());
    let commands = (0..64_u8).map(|n| {
        let queue = queue.clone();
        async move {
            queue
                .submit(&call(&format!("k{n}"), n), Taking::of("x", 1))
                .await
        }
    });
    let background = (0..64).map(|_| insert(&shop, "y"));
    let (done, written) = futures::join!(
        futures::future::join_all(commands),
        futures::future::join_all(background)
    );
    assert!(
        done.iter()
            .all(|answer| matches!(answer, Ok(Committed::Done(_))))
    );
    assert!(written.iter().all(Result::is_ok));
    assert_eq!((shop.available().await, shop.takings().await), (0, 128));
}

/// Says that it was let go.
struct Kept(Arc<AtomicUsize>);

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn what_a_transaction_keeps_it_keeps_to_its_end_and_no_longer() {
    let shop = Shop::open().await;
    let gone = Arc::new(AtomicUsize::new(0));
    for (number, fails) in [false, true, false].into_iter().enumerate() {
        let seen = Arc::clone(&gone);
        let work = shop.db.write("test.keep", move |tx| {
            let seen = Arc::clone(&seen);
            Box::pin(async move {
                tx.keep(Kept(Arc::clone(&seen)));
                tx.execute(INSERT, &["x"]).await?;
                assert_eq!(seen.load(Ordering::SeqCst), number, "it has not ended");
                match fails {
                    true => Err(Error::new(Kind::Aborted, "NO", "no").into()),
                    false => Ok(()),
                }
            })
        });
        assert_eq!(work.await.is_err(), fails);
        assert_eq!(
            gone.load(Ordering::SeqCst),
            number + 1,
            "before anybody is told"
        );
    }
    assert_eq!(shop.takings().await, 2);
}
