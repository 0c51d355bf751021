//! Who is refused before anything is written, and who goes alone.

use std::sync::Arc;
use std::time::Duration;

use stoa_errors::Kind;
use stoa_store::{Committed, Db, Limits, Options, Queue, StoreError};
use stoa_types::SystemClock;

use crate::support::{Intruder, LEDGER, Shop, Take, Taking, call, late};

#[tokio::test]
async fn a_full_queue_refuses_with_a_hint() {
    let limits = Limits {
        queue: 4,
        ..Limits::default()
    };
    let shop = Shop::with(Options {
        limits,
        ..Options::default()
    })
    .await;
    shop.receive(100).await;
    let queue = shop.db.queue(Take::default());
    // All are submitted before the committer has its turn: this runtime has one thread.
    let calls = (0..6_u8).map(|n| {
        let queue = queue.clone();
        async move {
            let ctx = call(&format!("k{n}"), n);
            queue.submit(&ctx, Taking::of("anna", 1)).await
        }
    });
    let answers = futures::future::join_all(calls).await;
    let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((done.len(), refused.len()), (4, 2));
    for answer in refused {
        let error = answer.unwrap_err();
        assert_eq!(error.kind, Kind::ResourceExhausted);
        assert!(error.retry_after.is_some_and(|wait| wait > Duration::ZERO));
    }
    // What was refused has left nothing: the same key is free, and there is room again.
    let answer = queue.submit(&call("k5", 5), Taking::of("anna", 1)).await;
    assert!(matches!(answer, Ok(Committed::Done(95))));
}

#[tokio::test]
async fn whose_deadline_has_passed_is_dropped_before_anything_is_written() {
    let shop = Shop::with_one_lane().await;
    shop.receive(10).await;
    let take = Take::default();
    let queue = shop.db.queue(take.clone());
    let (gone, there) = (late("late"), call("k", 1));
    let both = futures::future::join(
        queue.submit(&gone, Taking::of("bert", 1)),
        queue.submit(&there, Taking::of("anna", 1)),
    );
    let (late_answer, answer) = shop.gathered(both).await;
    assert_eq!(late_answer.unwrap_err().kind, Kind::DeadlineExceeded);
    assert!(matches!(answer, Ok(Committed::Done(9))));
    assert_eq!(take.tries(), [1]);
    // His key is free.
    let again = queue.submit(&call("late", 1), Taking::of("bert", 1)).await;
    assert!(matches!(again, Ok(Committed::Done(8))));
}

#[tokio::test]
async fn a_member_of_705_rows_goes_alone() {
    let shop = Shop::with_one_lane().await;
    shop.receive(10_000).await;
    let take = Take::default();
    let queue = shop.db.queue(take.clone());
    let rows = [1, 1, 705, 1, 200, 56, 1];
    let calls = rows.into_iter().enumerate().map(|(n, weight)| {
        let queue = queue.clone();
        async move {
            let ctx = call(&format!("k{n}"), 1);
            queue
                .submit(&ctx, Taking::with_rows(format!("w{n}"), 1, weight))
                .await
        }
    });
    for answer in shop.gathered(futures::future::join_all(calls)).await {
        assert!(matches!(answer, Ok(Committed::Done(_))));
    }
    assert_eq!(
        shop.takings().await,
        i64::try_from(rows.iter().sum::<usize>()).unwrap()
    );
    let tries = take.tries();
    assert_eq!(tries.iter().sum::<usize>(), rows.len());
    // Two small ones, then the large one alone, then no more than 256 rows at once.
    assert_eq!(tries.get(..2), Some([2, 1].as_slice()), "{tries:?}");
}

#[tokio::test]
async fn nobody_is_admitted_after_the_end() {
    let shop = Shop::open().await;
    let queue = shop.db.queue(Take::default());
    let db = shop.db.clone();
    shop.db.close().await;
    let error = queue
        .submit(&call("k", 1), Taking::of("anna", 0))
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::Unavailable);
    assert!(error.retry_after.is_some());
    let ended = db.write("late", |_| Box::pin(async { Ok(()) })).await;
    assert!(ended.is_err());
}

#[tokio::test]
async fn a_lock_that_is_given_up_in_time_costs_nobody_anything() {
    let shop = Shop::open().await;
    shop.receive(10).await;
    let mut other = Intruder::locks(shop.folder.path()).await;
    let queue = shop.db.queue(Take::default());
    let ctx = call("k", 1);
    let (answer, ()) = futures::join!(queue.submit(&ctx, Taking::of("anna", 1)), async {
        other.goes().await;
    });
    assert!(matches!(answer, Ok(Committed::Done(9))));
}

#[tokio::test]
async fn a_lock_that_stays_is_a_hint_to_come_again() {
    let limits = Limits {
        batch: Duration::from_millis(50),
        ..Limits::default()
    };
    let shop = Shop::with(Options {
        limits,
        ..Options::default()
    })
    .await;
    shop.receive(10).await;
    let mut other = Intruder::locks(shop.folder.path()).await;
    let queue = shop.db.queue(Take::default());
    let (one, two) = (call("1", 1), call("2", 2));
    let (first, second) = futures::join!(
        queue.submit(&one, Taking::of("anna", 1)),
        queue.submit(&two, Taking::of("bert", 1)),
    );
    for answer in [first, second] {
        let error = answer.unwrap_err();
        assert_eq!(error.kind, Kind::Unavailable);
        assert!(error.retry_after.is_some());
    }
    other.goes().await;
    let answer = queue.submit(&one, Taking::of("anna", 1)).await;
    assert!(matches!(answer, Ok(Committed::Done(9))));
}

#[tokio::test]
async fn command_types_have_turns() {
    let shop = Shop::with_one_lane().await;
    shop.receive(1_000).await;
    let (flood, other) = (
        shop.db.queue(Take::default()),
        shop.db.queue(Take::default()),
    );
    let order = std::sync::Mutex::new(Vec::new());
    let call_one = async |queue: &Queue<Take>, id: String, what: &'static str| {
        let ctx = call(&id, 1);
        let taking = Taking::with_rows(id, 1, 256);
        queue.submit(&ctx, taking).await.unwrap();
        order.lock().unwrap().push(what);
    };
    let many = (0..6).map(|n| call_one(&flood, format!("f{n}"), "flood"));
    let all = futures::future::join(
        futures::future::join_all(many),
        call_one(&other, "other".to_owned(), "other"),
    );
    shop.gathered(all).await;
    let order = order.into_inner().unwrap();
    let place = order.iter().position(|what| *what == "other");
    assert!(place <= Some(1), "{order:?}");
}

#[tokio::test]
async fn whoever_waits_when_the_committer_dies_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let config = stoa_testdb::config("ledger", folder.path());
    let spawner = elsewhere.handle().clone();
    let db = Db::open(config, vec![LEDGER], Arc::new(SystemClock), spawner)
        .await
        .unwrap();
    let queue = db.queue(Take::default());
    elsewhere.shutdown_background();
    // Before or after its end: the answer comes.
    let error = loop {
        match queue.submit(&call("k", 1), Taking::of("anna", 0)).await {
            Ok(_) => tokio::task::yield_now().await,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind, Kind::Unavailable);
    assert!(
        db.write("late", |_| Box::pin(async { Ok(()) }))
            .await
            .is_err()
    );
}

/// Nothing outside a statement of a file can end it: it has to look at the clock itself.
#[tokio::test]
async fn sqlite_a_statement_without_an_end_is_ended() {
    let limits = Limits {
        batch: Duration::from_millis(500),
        ..Limits::default()
    };
    let shop = Shop::with(Options {
        limits,
        ..Options::default()
    })
    .await;
    let endless = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) AS x FROM n";
    let ended = shop
        .db
        .write("test.endless", move |tx| {
            Box::pin(async move { tx.query(endless, &()).await.map(drop) })
        })
        .await;
    assert!(matches!(ended, Err(StoreError::Slow(_))), "{ended:?}");
    shop.receive(3).await;
    assert_eq!(shop.available().await, 3);
}
