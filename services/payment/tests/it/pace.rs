//! How many operations a second: a figure to look at, not a test.

use std::time::Instant;

use crate::harness::{block_on, key, world};

#[test]
#[ignore = "a figure, taken by hand on a quiet machine"]
fn authorise_and_capture() {
    block_on(async {
        let world = world();
        let start = Instant::now();
        let (customers, each) = (64, 20);
        let calls = (0..customers).map(|_| async {
            for _ in 0..each {
                let payment = world.payment.intent("tok_approve", 100).await;
                world.payment.authorize(&payment, &key()).await.unwrap();
                world.payment.capture(&payment, &key(), 100).await.unwrap();
            }
        });
        futures::future::join_all(calls).await;
        let orders = f64::from(customers * each);
        let seconds = start.elapsed().as_secs_f64();
        eprintln!("{:.0} payments/s authorised and captured", orders / seconds);
    });
}
