//! What one batch promises to each of its members.

use stoa_errors::Kind;
use stoa_store::Committed;

use crate::support::{Shop, Take, Taking, call};

#[tokio::test]
async fn sixty_three_of_sixty_four_are_refused_and_the_last_lands() {
    let shop = Shop::open().await;
    shop.receive(1).await;
    let queue = shop.db.queue(Take);
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
