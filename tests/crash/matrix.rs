//! Each boundary of checkout and payment dies once before and once after, in a journey that passes it. The exit status says that
//! it died there; what must hold in the end stands with the journey.

use std::path::Path;
use std::time::Duration;

use crate::journeys;
use crate::life::Life;

/// How long the provider may take to let a request take effect, unless a test says otherwise.
const SETTLE: Duration = Duration::from_secs(2);

/// How often a journey is made that may be too slow.
const LUCK: u32 = 30;

/// Often enough that nobody waits for it.
const SWEEP: (&str, &str) = ("STOA_PAYMENT__SWEEP_EVERY", "200ms");
const RECONCILE: (&str, &str) = ("STOA_PAYMENT__RECONCILE_EVERY", "50ms");

/// Each of these boundaries, both sides.
async fn dies_at(life: &mut Life, journey: impl AsyncFn(&mut Life, &str), boundaries: &[&str]) {
    life.open().await;
    for boundary in boundaries {
        for side in ["before", "after"] {
            life.plan(&[&format!("{boundary}:{side}")]).await;
            journey(life, &format!("{boundary}_{side}")).await;
            life.is_healthy();
        }
    }
}

/// As [`dies_at`], in a journey that passes the boundary only when it is quick enough, and says whether it was; it is made again
/// until it was. `first` is where an earlier life dies, to leave work for the one that dies here.
async fn dies_with_luck(
    life: &mut Life,
    journey: impl AsyncFn(&mut Life, &str) -> bool,
    first: Option<&str>,
    boundaries: &[&str],
) {
    life.open().await;
    for boundary in boundaries {
        for side in ["before", "after"] {
            let point = format!("{boundary}:{side}");
            let points: Vec<&str> = first.into_iter().chain([point.as_str()]).collect();
            for tries in 1.. {
                life.plan(&points).await;
                let died = journey(life, &format!("{boundary}_{side}_{tries}")).await;
                life.is_healthy();
                if died {
                    break;
                }
                assert!(tries < LUCK, "{point} is never reached");
            }
        }
    }
}

async fn dies(journey: impl AsyncFn(&mut Life, &str), boundaries: &[&str]) {
    let mut life = Life::new(&[SWEEP, RECONCILE], SETTLE).await;
    dies_at(&mut life, journey, boundaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accepting_an_order() {
    let boundaries = [
        "order.quote.commit",
        "order.accepted.commit",
        "order.hold.sent",
        "inventory.hold.commit",
        "order.intent.sent",
        "payment.intent.commit",
        "order.authorize.sent",
    ];
    dies(journeys::sale, &boundaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reserving_and_deciding() {
    let boundaries = [
        "payment.authorise.reserve",
        "payment.authorise.sent",
        "payment.authorise.result",
        "order.decided.commit",
        "order.allocate.sent",
        "inventory.allocate.commit",
    ];
    dies(journeys::sale, &boundaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_the_money() {
    let boundaries = [
        "order.capture.sent",
        "payment.provider.capabilities",
        "payment.capture.reserve",
        "payment.capture.sent",
        "payment.capture.result",
        "order.done.commit",
    ];
    dies(journeys::sale, &boundaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn telling_the_others() {
    let boundaries = [
        "events.relay.marked",
        "events.consumer.committed",
        "payment.sweep.list",
        "payment.sweep.commit",
    ];
    dies(journeys::sale, &boundaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusing() {
    let boundaries = [
        "order.release.sent",
        "inventory.release.commit",
        "order.refused.commit",
    ];
    dies(journeys::declined, &boundaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_an_order() {
    dies(journeys::on_hold, &["order.on_hold.commit"]).await;
    dies(journeys::kept, &["order.shipping_on_hold.commit"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn undoing_before_the_pivot() {
    let boundaries = [
        "order.cancel_requested.commit",
        "order.void.sent",
        "payment.void.reserve",
        "payment.void.sent",
        "payment.void.result",
    ];
    let hasty = ("STOA_PAYMENT__TIMEOUT", "400ms");
    let mut life = Life::new(&[SWEEP, RECONCILE, hasty], SETTLE).await;
    dies_with_luck(&mut life, journeys::canceled_early, None, &boundaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn undoing_after_the_pivot() {
    let boundaries = [
        "order.deallocate.sent",
        "inventory.deallocate.commit",
        "order.cancel_refund.sent",
        "payment.refund.reserve",
        "payment.refund.sent",
        "payment.refund.result",
        "order.canceled.commit",
    ];
    dies(journeys::canceled_paid, &boundaries).await;
    dies(journeys::canceled_reserved, &["order.cancel_void.sent"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn letting_goods_leave() {
    let boundaries = [
        "order.fulfillment.commit",
        "order.shipping.commit",
        "order.shipping_capture.sent",
        "order.ship.sent",
        "inventory.ship.commit",
        "order.shipped.commit",
    ];
    dies(journeys::shipped, &boundaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_goods_back() {
    let boundaries = [
        "order.return.commit",
        "order.return_moved.commit",
        "order.restock.sent",
        "inventory.return.commit",
        "order.refund.sent",
        "order.returned.commit",
    ];
    dies(journeys::returned, &boundaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paying_out() {
    let boundaries = [
        "order.credit.commit",
        "order.credit_restock.sent",
        "order.credit_intent.sent",
        "order.credit_payment.sent",
        "payment.credit.reserve",
        "payment.credit.sent",
        "payment.credit.result",
        "order.credited.commit",
    ];
    dies(journeys::credit, &boundaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn finding_out() {
    let hasty = ("STOA_PAYMENT__TIMEOUT", "300ms");
    let mut life = Life::new(&[SWEEP, RECONCILE, hasty], SETTLE).await;
    let boundaries = ["payment.reconcile.lookup", "payment.reconcile.result"];
    dies_at(&mut life, journeys::unanswered, &boundaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn giving_up() {
    let hasty = [
        SWEEP,
        RECONCILE,
        ("STOA_PAYMENT__TIMEOUT", "300ms"),
        ("STOA_PAYMENT__SEND_LIMIT", "2"),
    ];
    let settle = Duration::from_millis(500);
    let mut life = Life::new(&hasty, settle).await;
    let boundaries = ["payment.reconcile.resend"];
    dies_at(&mut life, journeys::lost, &boundaries).await;
    let mut life = Life::new(&hasty, settle).await;
    let boundaries = ["payment.sweep.late"];
    dies_at(&mut life, journeys::too_late, &boundaries).await;
}

/// Who died between reserve and result left an operation behind that the sweep hands on, unless the order's work, which is
/// taken up at the same moment, has asked for it already: so this needs some luck, and is tried until it is had.
#[tokio::test(flavor = "multi_thread")]
async fn taking_up_what_the_dead_left() {
    let often = [RECONCILE, ("STOA_PAYMENT__SWEEP_EVERY", "5ms")];
    let mut life = Life::new(&often, SETTLE).await;
    let first = Some("payment.authorise.sent:after");
    let boundaries = ["payment.sweep.adopt"];
    dies_with_luck(&mut life, journeys::sale_unless_spared, first, &boundaries).await;
}

/// The names of the boundaries below a folder.
fn names(folder: &Path, into: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names(&path, into);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let calls = text.split("boundary!(").skip(1);
            let named = calls.filter_map(|rest| rest.trim_start().strip_prefix('"'));
            let named = named.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()));
            into.extend(named);
        }
    }
}

#[test]
fn no_boundary_is_left_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    for part in [
        "services/order",
        "services/payment",
        "services/inventory",
        "crates/events",
    ] {
        names(&root.join(part).join("src"), &mut found);
    }
    assert!(found.len() > 50, "{found:?}");
    let tests = include_str!("matrix.rs");
    found.retain(|name| !tests.contains(&format!("\"{name}\"")));
    assert_eq!(found, Vec::<String>::new(), "they die in no journey");
}
