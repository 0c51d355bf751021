//! What one batch promises to each of its members.

use stoa_errors::Kind;
use stoa_store::Committed;

use crate::support::{Shop, Take, Taking, call};

#[tokio::test]
async fn sixty_three_of_sixty_four_are_refused_and_the_last_lands() {
    let shop = Shop::open().await;
    shop.receive(1).await;
    let queue = shop.db.queue(Take::default());
    let mut calls = Vec::new();
    for n in 0..64 {
        let queue = queue.clone();
        // The first 63 want more than there is, the last wants what there is.
        let units = if n == 63 { 1 } else { 2 };
        calls.push(async move {
            let ctx = call(&format!("k{n}"), n);
            queue.submit(&ctx, Taking::of(format!("w{n}"), units)).await
        });
    }
    let answers = futures::future::join_all(calls).await;
    let mut refused = 0;
    for (n, answer) in answers.into_iter().enumerate() {
        match answer {
            Ok(Committed::Done(left)) => assert_eq!((n, left), (63, 0)),
            Ok(Committed::Replayed { .. }) => panic!("nothing was asked twice"),
            Err(error) => {
                assert_eq!(error.kind, Kind::FailedPrecondition);
                assert_eq!(error.reason, "OUT_OF_STOCK");
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 63);
    assert_eq!((shop.available().await, shop.takings().await), (0, 1));
}

#[tokio::test]
async fn a_guilty_member_is_found_and_the_others_land() {
    let shop = Shop::with_one_lane().await;
    shop.receive(100).await;
    let take = Take::default();
    let queue = shop.db.queue(take.clone());
    for guilty in ["guilty", "panics"] {
        let calls = (0..8_u8).map(|n| {
            let queue = queue.clone();
            async move {
                let who = if n == 5 {
                    guilty.to_owned()
                } else {
                    format!("w{n}")
                };
                let ctx = call(&format!("{guilty}{n}"), n);
                queue.submit(&ctx, Taking::of(who, 1)).await
            }
        });
        let answers = shop.gathered(futures::future::join_all(calls)).await;
        for (n, answer) in answers.into_iter().enumerate() {
            match answer {
                Ok(Committed::Done(_)) => assert_ne!(n, 5),
                Ok(Committed::Replayed { .. }) => panic!("nothing was asked twice"),
                Err(error) => assert_eq!((n, error.kind), (5, Kind::Internal)),
            }
        }
    }
    assert_eq!(shop.takings().await, 14);
    // Eight, then halves of it until the guilty one is alone.
    let tries = take.tries();
    assert_eq!(
        tries.get(..7),
        Some([8, 4, 4, 2, 1, 1, 2].as_slice()),
        "{tries:?}"
    );
}

#[tokio::test]
async fn what_a_caller_who_is_gone_has_asked_for_is_carried_through() {
    let shop = Shop::open().await;
    shop.receive(10).await;
    let queue = shop.db.queue(Take::default());
    let ctx = call("k", 1);
    // Polled once, which puts him into the queue, and dropped.
    let gone = futures::FutureExt::now_or_never(queue.submit(&ctx, Taking::of("anna", 3)));
    assert!(gone.is_none());
    let again = queue.submit(&ctx, Taking::of("anna", 3)).await;
    assert!(matches!(
        again,
        Ok(Committed::Replayed { .. } | Committed::Done(7))
    ));
    assert_eq!((shop.available().await, shop.takings().await), (7, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_threads_sell_each_unit_once() {
    let shop = Shop::open().await;
    shop.receive(300).await;
    let take = Take::default();
    let queue = shop.db.queue(take.clone());
    let mut buyers = tokio::task::JoinSet::new();
    for n in 0..400_u16 {
        let queue = queue.clone();
        buyers.spawn(async move {
            let ctx = call(&format!("k{n}"), 1);
            queue
                .submit(&ctx, Taking::of(format!("w{n}"), 1))
                .await
                .is_ok()
        });
    }
    let sold = buyers
        .join_all()
        .await
        .into_iter()
        .filter(|sold| *sold)
        .count();
    assert_eq!(sold, 300);
    assert_eq!((shop.available().await, shop.takings().await), (0, 300));
    assert!(
        take.tries().len() < 400,
        "nobody was gathered: {:?}",
        take.tries()
    );
}
