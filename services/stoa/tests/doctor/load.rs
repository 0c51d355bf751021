//! A shop in which everything happens at once, for as long as somebody wants.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use stoa_api::order::v1::OrderState;
use stoa_testkit::Caller;

use crate::shop;

/// Sellers at once.
const SELLERS: usize = 6;

/// For how long a long run runs: `STOA_LONG_SECONDS`; 30 s in CI, else 10 s.
#[expect(
    clippy::disallowed_methods,
    reason = "a test's own variables, not settings of the suite"
)]
pub(crate) fn long() -> Duration {
    let named = std::env::var("STOA_LONG_SECONDS").ok();
    let named = named.and_then(|text| text.parse().ok());
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    Duration::from_secs(named.unwrap_or(if ci { 30 } else { 10 }))
}

/// Sells until it is told to end; how many orders that were.
pub(crate) async fn sell(staff: &Caller, name: &str, ended: &AtomicBool) -> usize {
    shop::receive(staff, &format!("{name}-stock"), 1_000_000).await;
    let sold = AtomicUsize::new(0);
    let sellers = (0..SELLERS).map(|seller| {
        let sold = &sold;
        async move {
            let mut number = 0;
            while !ended.load(Ordering::Relaxed) {
                one(staff, &format!("{name}-{seller}-{number}"), number).await;
                sold.fetch_add(1, Ordering::Relaxed);
                number += 1;
            }
        }
    });
    futures::future::join_all(sellers).await;
    sold.into_inner()
}

/// One order and what becomes of it: paid and left, shipped, shipped and sent back, canceled, declined; or a credit.
async fn one(staff: &Caller, reference: &str, number: usize) {
    let channel = ["shop", "later"][number % 2];
    let token = match number % 7 {
        3 => "tok_decline",
        5 => "tok_slow",
        _ => "tok_approve",
    };
    let order = shop::order(staff, reference, channel, token).await;
    if order.state() != OrderState::Confirmed {
        return;
    }
    match number % 5 {
        0 => {
            shop::ship(staff, order).await;
        }
        1 => {
            let order = shop::ship(staff, order).await;
            shop::take_back(staff, &order).await;
        }
        2 => shop::cancel(staff, &order).await,
        3 => {
            shop::credited(staff, &format!("credit-{reference}")).await;
        }
        _ => {}
    }
}

/// Runs `work` while the shop sells; how many orders that were, and what the work gave.
pub(crate) async fn during<T>(
    staff: &Caller,
    name: &str,
    work: impl Future<Output = T>,
) -> (usize, T) {
    let ended = AtomicBool::new(false);
    let work = async {
        let done = work.await;
        ended.store(true, Ordering::Relaxed);
        done
    };
    futures::join!(sell(staff, name, &ended), work)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_watch_under_full_load_raises_no_false_alarm() {
    let (folder, _) = shop::fill().await;
    let suite = shop::start(folder.path()).await;
    let watched: &Path = folder.path();
    let (orders, seen) = during(&suite.staff(), "load", async {
        let mut watch =
            crate::watch::Watch::start(watched, &["--every", "200ms", "--full-every", "2s"]);
        let until = Instant::now() + long();
        while Instant::now() < until && watch.runs() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        watch.interrupt();
        watch.ended()
    })
    .await;
    assert_eq!(seen.status, Some(0), "{orders} orders: {seen:?}");
    assert!(seen.visits.len() > 3, "{seen:?}");
    assert!(orders > 10, "{orders}");
    let full = |full| seen.visits.iter().any(|visit| visit["full"] == full);
    assert!(full(true) && full(false), "{seen:?}");
    let (said, content) = shop::doctor(watched, &["--quiesced", "--full"]);
    assert!(content, "{said}");
    suite.stop().await;
}
