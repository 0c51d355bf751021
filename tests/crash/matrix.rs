//! At each durable boundary of each workflow everything that can go wrong goes wrong once, in a journey that passes it: the process
//! dies before it or after it, its answer is lost, it is delivered twice. What must hold in the end stands with the journey, and
//! is the same for all four. `cargo xtask check` finds the boundaries in the code, and fails for one that stands in no journey here.

use std::time::Duration;

use crate::life::{Life, WEBHOOKS};
use crate::proof::note;
use crate::{detours, journeys, rebuild};

/// What goes wrong at a boundary, one at a time. `STOA_MATRIX=before,lost` takes some of them.
const SIDES: [&str; 4] = ["before", "after", "lost", "twice"];

/// How long the provider may take to let a request take effect, unless a test says otherwise.
const SETTLE: Duration = Duration::from_secs(2);

/// How often a journey is made that may be too slow.
const LUCK: u32 = 30;

/// Often enough that nobody waits for it.
const SWEEP: (&str, &str) = ("STOA_PAYMENT__SWEEP_EVERY", "200ms");
const RECONCILE: (&str, &str) = ("STOA_PAYMENT__RECONCILE_EVERY", "50ms");
/// What fails is tried again soon.
const SOON: (&str, &str) = ("STOA_WORKFLOW__BACKOFF_CAP", "200ms");

fn sides() -> Vec<&'static str> {
    let wanted = std::env::var("STOA_MATRIX").unwrap_or_else(|_| SIDES.join(","));
    let wanted: Vec<&str> = wanted.split(',').collect();
    let known = wanted.iter().all(|side| SIDES.contains(side));
    assert!(known, "STOA_MATRIX={wanted:?}: there are {SIDES:?}");
    SIDES.into_iter().filter(|it| wanted.contains(it)).collect()
}

/// Each of these boundaries, each side.
async fn at_each(life: &mut Life, journey: impl AsyncFn(&mut Life, &str), boundaries: &[&str]) {
    for boundary in boundaries {
        at(life, &journey, boundary).await;
        life.is_healthy();
    }
}

/// This boundary, each side.
async fn at(life: &mut Life, journey: impl AsyncFn(&mut Life, &str), boundary: &str) {
    for side in sides() {
        let point = format!("{boundary}:{side}");
        life.plan(&[&point]);
        journey(life, &format!("{boundary}_{side}")).await;
        note(&format!("boundary {side}"), 1, &point);
    }
}

/// As [`at_each`], in a journey that passes the boundary only when it is quick enough, and says whether it was; it is made again
/// until it was. `first` is where an earlier life dies, to leave work for the one in which it goes wrong.
async fn with_luck(
    life: &mut Life,
    journey: impl AsyncFn(&mut Life, &str) -> bool,
    first: Option<&str>,
    boundaries: &[&str],
) {
    for boundary in boundaries {
        for side in sides() {
            let point = format!("{boundary}:{side}");
            let points: Vec<&str> = first.into_iter().chain([point.as_str()]).collect();
            for tries in 1.. {
                life.plan(&points);
                if journey(life, &format!("{boundary}_{side}_{tries}")).await {
                    break;
                }
                assert!(tries < LUCK, "{point} is never reached");
            }
            note(&format!("boundary {side}"), 1, &point);
        }
        life.is_healthy();
    }
}

async fn a_life(more: &[(&str, &str)]) -> Life {
    let settings: Vec<(&str, &str)> = [SWEEP, RECONCILE, SOON]
        .into_iter()
        .filter(|(name, _)| more.iter().all(|(other, _)| other != name))
        .chain(more.iter().copied())
        .collect();
    let mut life = Life::new(&settings, SETTLE).await;
    life.open().await;
    life
}

async fn goes_wrong(journey: impl AsyncFn(&mut Life, &str), boundaries: &[&str]) {
    at_each(&mut a_life(&[]).await, journey, boundaries).await;
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
    goes_wrong(journeys::sale, &boundaries).await;
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
    goes_wrong(journeys::sale, &boundaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_the_money() {
    let boundaries = [
        "order.capture.sent",
        "payment.capture.reserve",
        "payment.capture.sent",
        "payment.capture.result",
        "order.done.commit",
    ];
    goes_wrong(journeys::sale, &boundaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn telling_the_others() {
    let boundaries = [
        "events.relay.marked",
        "events.consumer.committed",
        "payment.sweep.list",
        "payment.sweep.commit",
    ];
    goes_wrong(journeys::sale, &boundaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn building_a_projection_anew() {
    goes_wrong(rebuild::rebuilt, &["events.rebuild.swapped"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusing() {
    let boundaries = [
        "order.release.sent",
        "inventory.release.commit",
        "order.refused.commit",
    ];
    goes_wrong(journeys::declined, &boundaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_an_order() {
    goes_wrong(journeys::on_hold, &["order.on_hold.commit"]).await;
    goes_wrong(journeys::kept, &["order.shipping_on_hold.commit"]).await;
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
    let mut life = a_life(&[("STOA_PAYMENT__TIMEOUT", "400ms")]).await;
    with_luck(&mut life, journeys::canceled_early, None, &boundaries).await;
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
    goes_wrong(journeys::canceled_paid, &boundaries).await;
    goes_wrong(journeys::canceled_reserved, &["order.cancel_void.sent"]).await;
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
    goes_wrong(journeys::shipped, &boundaries).await;
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
    goes_wrong(journeys::returned, &boundaries).await;
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
    goes_wrong(journeys::credit, &boundaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn finding_out() {
    let mut life = a_life(&[("STOA_PAYMENT__TIMEOUT", "300ms")]).await;
    let boundaries = ["payment.reconcile.lookup", "payment.reconcile.result"];
    at_each(&mut life, detours::unanswered, &boundaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn giving_up() {
    let hasty = [
        SWEEP,
        RECONCILE,
        SOON,
        ("STOA_PAYMENT__TIMEOUT", "300ms"),
        ("STOA_PAYMENT__SEND_LIMIT", "2"),
    ];
    let settle = Duration::from_millis(500);
    let mut life = Life::new(&hasty, settle).await;
    life.open().await;
    at_each(&mut life, detours::lost, &["payment.reconcile.resend"]).await;
    let boundaries = ["payment.sweep.late"];
    with_luck(&mut life, detours::too_late, None, &boundaries).await;
}

/// Who died between reserve and result left an operation behind that the sweep hands on, unless the order's work, which is
/// taken up at the same moment, has asked for it already: so this needs some luck, and is tried until it is had.
#[tokio::test(flavor = "multi_thread")]
async fn sqlite_taking_up_what_the_dead_left() {
    let mut life = a_life(&[("STOA_PAYMENT__SWEEP_EVERY", "5ms")]).await;
    let first = Some("payment.authorise.sent:after");
    let boundaries = ["payment.sweep.adopt"];
    with_luck(&mut life, journeys::sale_unless_spared, first, &boundaries).await;
}

/// The provider is asked once in a life what it promises.
#[tokio::test(flavor = "multi_thread")]
async fn asking_what_the_provider_promises() {
    let freshly = async |life: &mut Life, tag: &str| {
        life.restart().await;
        journeys::sale(life, tag).await;
    };
    goes_wrong(freshly, &["payment.provider.capabilities"]).await;
}

/// The provider is asked often enough while the customer acts, and seldom enough for him to come back first.
const ACTING: (&str, &str) = ("STOA_PAYMENT__ACTION_EVERY", "1s");

#[tokio::test(flavor = "multi_thread")]
async fn asking_the_customer() {
    let boundaries = [
        "order.action_required.commit",
        "payment.confirm.commit",
        "payment.confirm.lookup",
        "payment.confirm.result",
    ];
    let mut life = a_life(&[ACTING]).await;
    with_luck(&mut life, detours::acting, None, &boundaries).await;
    let first = Some("payment.authorise.sent:lost");
    let boundaries = ["payment.reconcile.action"];
    with_luck(&mut life, detours::acting, first, &boundaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hearing_the_provider() {
    let mut life = a_life(&[WEBHOOKS]).await;
    at_each(&mut life, detours::told, &["payment.webhook.commit"]).await;
    at(
        &mut life,
        detours::given_back_by_provider,
        "payment.sweep.report",
    )
    .await;
    // What nobody here has asked for is for somebody to decide about, and the doctor says so.
    life.shows_only("orders_vs_payment", sides().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn finding_a_way_out() {
    let boundaries = [
        "order.retry.commit",
        "order.retried_capture.sent",
        "order.retried.commit",
    ];
    goes_wrong(detours::retried, &boundaries).await;
    goes_wrong(detours::retried_in_vain, &["order.retry_declined.commit"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settling_without_the_provider() {
    let boundaries = [
        "order.paid_externally.commit",
        "order.release_void.sent",
        "order.released.commit",
    ];
    goes_wrong(detours::paid_outside, &boundaries).await;
    goes_wrong(detours::written_off, &["order.written_off.commit"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn knowing_better() {
    let patient = [
        SWEEP,
        SOON,
        ("STOA_PAYMENT__TIMEOUT", "300ms"),
        ("STOA_PAYMENT__SEND_LIMIT", "1"),
        ("STOA_PAYMENT__RECONCILE_EVERY", "5s"),
    ];
    let mut life = Life::new(&patient, Duration::from_millis(500)).await;
    life.open().await;
    let boundaries = ["payment.resolve.lookup", "payment.resolve.commit"];
    with_luck(&mut life, detours::resolved, None, &boundaries).await;
}
