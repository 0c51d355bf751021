//! The same key is the same effect, once.

use std::sync::Arc;
use std::time::Duration;

use stoa_errors::Kind;
use stoa_store::{Committed, Options, idempotency};
use stoa_types::{Clock, SystemClock};

use crate::support::{LEDGER, Shop, Stopped, Take, Taking, call, call_of, open, open_at};

#[tokio::test]
async fn equal_keys_in_one_batch_are_one_member() {
    let shop = Shop::with_one_lane().await;
    shop.receive(10).await;
    let take = Take::default();
    let queue = shop.db.queue(take.clone());
    let ctx = call("same", 1);
    let calls = (0..5).map(|_| queue.submit(&ctx, Taking::of("anna", 3)));
    for answer in shop.gathered(futures::future::join_all(calls)).await {
        assert!(matches!(answer, Ok(Committed::Done(7))));
    }
    assert_eq!(take.tries(), [1]);
    assert_eq!((shop.available().await, shop.takings().await), (7, 1));
}

#[tokio::test]
async fn a_key_that_comes_again_is_answered_with_what_it_made() {
    let shop = Shop::open().await;
    shop.receive(10).await;
    let queue = shop.db.queue(Take::default());
    let ctx = call("k", 1);
    queue.submit(&ctx, Taking::of("anna", 3)).await.unwrap();
    let again = queue.submit(&ctx, Taking::of("anna", 3)).await.unwrap();
    assert!(matches!(again, Committed::Replayed { resource } if resource == "taking/anna"));
    assert_eq!(shop.available().await, 7);
}

#[tokio::test]
async fn a_key_outlives_the_process() {
    let shop = Shop::open().await;
    shop.receive(10).await;
    let ctx = call("k", 1);
    let queue = shop.db.queue(Take::default());
    queue.submit(&ctx, Taking::of("anna", 3)).await.unwrap();
    drop(queue);
    let Shop { db, folder } = shop;
    db.close().await;
    let db = open(folder.path(), Options::default(), vec![LEDGER])
        .await
        .unwrap();
    let queue = db.queue(Take::default());
    let again = queue.submit(&ctx, Taking::of("anna", 3)).await.unwrap();
    assert!(matches!(again, Committed::Replayed { .. }));
}

#[tokio::test]
async fn a_key_for_another_request_is_refused() {
    let shop = Shop::with_one_lane().await;
    shop.receive(10).await;
    let queue = shop.db.queue(Take::default());
    // In one batch, and again when it is committed.
    let (one, two) = (call("k", 1), call("k", 2));
    let both = futures::future::join(
        queue.submit(&one, Taking::of("anna", 3)),
        queue.submit(&two, Taking::of("anna", 4)),
    );
    let (first, second) = shop.gathered(both).await;
    assert!(matches!(first, Ok(Committed::Done(7))));
    for refused in [second, queue.submit(&two, Taking::of("anna", 4)).await] {
        let error = refused.unwrap_err();
        assert_eq!(error.kind, Kind::AlreadyExists);
        assert_eq!(error.reason, "IDEMPOTENCY_KEY_REUSED");
    }
    // The rows of one contract say nothing about the fingerprints of another.
    let other = call_of("k", 2, 9);
    let answer = queue.submit(&other, Taking::of("anna", 4)).await;
    assert!(matches!(answer, Ok(Committed::Replayed { .. })));
    assert_eq!(shop.available().await, 7);
}

#[tokio::test]
async fn a_refusal_that_was_decided_is_replayed() {
    let shop = Shop::open().await;
    let queue = shop.db.queue(Take::default());
    let ctx = call("k", 1);
    let first = queue.submit(&ctx, Taking::of("anna", 3)).await.unwrap_err();
    shop.receive(10).await;
    let again = queue.submit(&ctx, Taking::of("anna", 3)).await.unwrap_err();
    assert_eq!(first, again);
    assert_eq!(
        (again.reason.as_ref(), shop.available().await),
        ("OUT_OF_STOCK", 10)
    );
}

#[tokio::test]
async fn a_refusal_that_left_nothing_leaves_the_key_free() {
    let shop = Shop::open().await;
    shop.receive(10).await;
    let queue = shop.db.queue(Take::default());
    let ctx = call("k", 1);
    let early = queue.submit(&ctx, Taking::of("comes too early", 1)).await;
    assert_eq!(early.unwrap_err().kind, Kind::Aborted);
    let again = queue.submit(&ctx, Taking::of("anna", 3)).await;
    assert!(matches!(again, Ok(Committed::Done(7))));
}

#[tokio::test]
async fn keys_are_forgotten_after_a_day_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let start = SystemClock.now();
    let clock = Stopped::at(start);
    let shared: Arc<dyn Clock> = Arc::<Stopped>::clone(&clock);
    let db = open_at(folder.path(), Options::default(), vec![LEDGER], shared)
        .await
        .unwrap();
    let queue = db.queue(Take::default());
    let nothing = Taking::of("anna", 0);
    for n in 0..3_u8 {
        clock.put(start.plus(Duration::from_secs(3_600) * u32::from(n)));
        let mut ctx = call(&format!("k{n}"), n);
        ctx.deadline = clock.now().plus(Duration::from_secs(10));
        queue.submit(&ctx, nothing.clone()).await.unwrap();
    }
    // An hour and a half past the first key's day: whatever is asked for, a day is kept.
    clock.put(start.plus(idempotency::REMEMBERED + Duration::from_secs(5_400)));
    let now = clock.now();
    assert_eq!(idempotency::prune(&db, now).await.unwrap(), 2);
    assert_eq!(idempotency::prune(&db, now).await.unwrap(), 0);
}
