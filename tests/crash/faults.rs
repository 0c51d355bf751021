//! Calls between services lose their answers and arrive twice: every way of an order, and the shop's day, end as if they had not.

use std::time::Duration;

use stoa_testkit::SuiteProcess;

use crate::journeys;
use crate::life::{Life, crash_binary, doctor};
use crate::replay::{lasting, replay};
use crate::retail::{self, DAY};

/// Of so many calls one arrives twice, and the answer of another is lost.
const EVERY: [&str; 2] = ["3", "7"];

/// What fails again and again is tried again soon.
const SOON: (&str, &str) = ("STOA_WORKFLOW__BACKOFF_CAP", "200ms");

const SETTLE: Duration = Duration::from_secs(2);

async fn goes_wrong(every: &str, journey: impl AsyncFn(&mut Life, &str)) {
    let settings = [
        SOON,
        ("STOA_FAULT", every),
        ("STOA_PAYMENT__RECONCILE_EVERY", "50ms"),
    ];
    let mut life = Life::new(&settings, SETTLE).await;
    life.open().await;
    // Which call it meets depends on how many came before.
    for number in 0..4 {
        journey(&mut life, &format!("buyer-{number}")).await;
    }
    life.is_healthy();
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_checkout() {
    for every in EVERY {
        goes_wrong(every, journeys::sale).await;
        goes_wrong(every, journeys::declined).await;
        goes_wrong(every, journeys::on_hold).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_what_follows() {
    for every in EVERY {
        goes_wrong(every, journeys::canceled_paid).await;
        goes_wrong(every, journeys::canceled_reserved).await;
        goes_wrong(every, journeys::shipped).await;
        goes_wrong(every, journeys::kept).await;
        goes_wrong(every, journeys::returned).await;
        goes_wrong(every, journeys::credit).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_day() {
    let Some(retail) = retail::folder() else {
        return;
    };
    let file = retail.join(DAY);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let environment = [SOON, ("STOA_FAULT", "4")];
    let _suite = SuiteProcess::start_with(&crash_binary(), &data, &[], &environment);
    let report = replay(&data, &[file.to_str().unwrap()]);
    assert_eq!(lasting(&report), retail::figures(&file));
    doctor(&crash_binary(), &data);
}
