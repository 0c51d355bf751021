//! Every boundary dies once before and once after; the next process finds both books in order.
//!
//! A case is two processes on the same files, both this test binary: the first dies at the boundary
//! (and the exit status says that it did), the second carries the same calls to their end.

use std::path::Path;
use std::process::{Command, Stdio};

use stoa_api::payment::v1 as pb;
use stoa_api::payment::v1::OperationState;
use stoa_store::Engine;
use stoa_types::crash::EXIT_STATUS;

use crate::calls::known;
use crate::harness::{HASTY, Payment, Provider, block_on, call, eventually, pence};

const ORDER: &str = "ord_01h455vb4pex5vsknk084sn02q";
const CREDIT: &str = "crd_01h455vb4pex5vsknk084sn02q";
const CHANNEL: &str = "chn_01h455vb4pex5vsknk084sn02q";

/// What the provider holds when a scenario is at its end: authorised, captured, voided, refunded,
/// credited; and how many operations it did.
type End = ([i64; 5], i64);

const MONEY: End = ([0, 60, 40, 20, 9], 5);
const LOST: End = ([0, 0, 0, 0, 0], 0);
const LATE: End = ([0, 0, 100, 0, 0], 2);
const FOUND: End = ([100, 0, 0, 0, 0], 1);

/// Runs a scenario in a process of its own, which dies at `point` if there is one; its exit status.
fn run(data: &Path, scenario: &str, point: Option<&str>) -> Option<i32> {
    let dying = data.join("dying");
    match point {
        Some(_) => std::fs::write(dying, "").unwrap(),
        None => drop(std::fs::remove_file(dying)),
    }
    run_as(data, scenario, point.map(|point| ("STOA_CRASH_AT", point)))
}

/// Runs a scenario in a process of its own, with a word to the test build; its exit status.
fn run_as(data: &Path, scenario: &str, word: Option<(&str, &str)>) -> Option<i32> {
    std::fs::write(data.join("scenario"), scenario).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "crash_points::child", "--ignored"])
        .current_dir(data)
        .stdout(Stdio::null());
    if let Some((name, value)) = word {
        command.env(name, value).stderr(Stdio::null());
    }
    command.status().unwrap().code()
}

#[test]
#[ignore = "the other side of the tests that let it die"]
fn child() {
    let read = |name: &str| std::fs::read_to_string(name).unwrap();
    let scenario = read("scenario");
    let waits = ["lost", "late", "found"].contains(&scenario.as_str());
    let timeout = if waits {
        HASTY
    } else {
        ("payment.timeout", "5s")
    };
    let settings = [("payment.send_limit", "2"), timeout];
    let payment = Payment::start_with(Path::new("."), &read("provider"), &settings);
    block_on(async {
        match scenario.as_str() {
            "money" => money(&payment).await,
            "lost" => waiting(&payment, "tok_lost", OperationState::Failed).await,
            "late" => late(&payment).await,
            "found" => {
                let token = "tok_timeout_then_succeed";
                waiting(&payment, token, OperationState::Succeeded).await;
            }
            "undone" => undone(&payment).await,
            "refunds" => two_refunds(&payment).await,
            "crowd" => crowd(&payment).await,
            other => panic!("no scenario is called {other}"),
        }
        eventually("everything comes to rest", async || at_rest(&payment).await).await;
        assert_eq!(payment.violations().await, Vec::<String>::new());
    });
    if Path::new("dying").exists() {
        // What a boundary made may be seen a moment before the boundary is passed behind it.
        std::thread::sleep(std::time::Duration::from_secs(30));
    }
}

/// Nothing is open, and the sweep has seen the whole list of the provider.
async fn at_rest(payment: &Payment) -> Option<()> {
    let rows = payment
        .db
        .query(
            "SELECT (SELECT count(*) FROM operation WHERE state IN ('PENDING', 'UNKNOWN')) AS open,
                    (SELECT max(position) FROM sweep WHERE swept_at > 0) AS swept",
            &(),
        )
        .await
        .unwrap();
    let open: i64 = rows[0].get("open").unwrap();
    let swept: i64 = rows[0].get("swept").unwrap();
    let url = std::fs::read_to_string("provider").unwrap();
    let list = reqwest::get(format!("{url}/v1/operations?after={swept}")).await;
    let list: serde_json::Value = list.unwrap().json().await.unwrap();
    (open == 0 && list["last_position"] == swept).then_some(())
}

async fn intent(payment: &Payment, token: &str, credit: bool) -> pb::Payment {
    let kind = if credit {
        pb::IntentKind::Credit
    } else {
        pb::IntentKind::Payment
    };
    let request = pb::CreatePaymentIntentRequest {
        request_id: format!("{ORDER}/intent/{credit}"),
        kind: kind.into(),
        order_id: if credit {
            String::new()
        } else {
            ORDER.to_owned()
        },
        credit_id: if credit {
            CREDIT.to_owned()
        } else {
            String::new()
        },
        channel_id: CHANNEL.to_owned(),
        amount: pence(if credit { 9 } else { 100 }),
        payment_token: token.to_owned(),
        owner: String::new(),
        ..Default::default()
    };
    let answer = payment
        .internal()
        .create_payment_intent(call(request))
        .await;
    answer.unwrap().into_inner().payment.unwrap()
}

async fn money(p: &Payment) {
    let payment = intent(p, "tok_approve", false).await;
    let done = known("authorise", async || {
        p.authorize(&payment, "a").await.unwrap()
    })
    .await;
    assert_eq!(done.state(), OperationState::Succeeded);
    let done = known("capture", async || {
        p.capture(&payment, "c", 60).await.unwrap()
    })
    .await;
    assert_eq!(done.state(), OperationState::Succeeded);
    let done = known("refund", async || {
        p.refund(&payment, "r", 20).await.unwrap()
    })
    .await;
    assert_eq!(done.state(), OperationState::Succeeded);
    let done = known("void", async || p.void(ORDER, "v", "a").await.unwrap()).await;
    assert_eq!(done.state(), OperationState::Succeeded);
    let credit = intent(p, "tok_approve", true).await;
    let done = known("credit", async || p.credit(&credit, "k").await.unwrap()).await;
    assert_eq!(done.state(), OperationState::Succeeded);
}

async fn waiting(p: &Payment, token: &str, end: OperationState) {
    let payment = intent(p, token, false).await;
    let done = known("authorise", async || {
        p.authorize(&payment, "a").await.unwrap()
    })
    .await;
    assert_eq!(done.state(), end);
}

async fn late(p: &Payment) {
    let payment = intent(p, "tok_too_late", false).await;
    p.authorize(&payment, "a").await.unwrap();
    eventually("it is undone", async || {
        let read = p.read(&payment).await;
        (read.state() == pb::PaymentState::Voided).then_some(())
    })
    .await;
}

async fn undone(p: &Payment) {
    let payment = intent(p, "tok_approve", false).await;
    p.void(ORDER, "v", "a").await.unwrap();
    let late = p.authorize(&payment, "a").await.unwrap_err();
    assert_eq!(late.reason, "CANCELED_BEFORE");
}

async fn two_refunds(p: &Payment) {
    let payment = intent(p, "tok_refund_slow", false).await;
    p.authorize(&payment, "a").await.unwrap();
    p.capture(&payment, "c", 100).await.unwrap();
    let (one, two) = tokio::join!(p.refund(&payment, "r1", 60), p.refund(&payment, "r2", 60));
    let refused = one.and(two).unwrap_err();
    assert_eq!(refused.reason, "AMOUNT_EXCEEDS_CAPTURED");
}

/// Many at once want parts of the same money. Whoever gets none is refused by us: the provider has nothing to refuse.
async fn crowd(p: &Payment) {
    let buyers = (0..6).map(|n| async move {
        let token = if n % 2 == 0 {
            "tok_capture_slow"
        } else {
            "tok_refund_slow"
        };
        let payment = p.intent(token, 100).await;
        let authorize = format!("a{n}");
        p.authorize(&payment, &authorize).await.unwrap();
        let ids: Vec<String> = (0..4).map(|m| format!("{n}/{m}")).collect();
        let captures = ids.iter().map(|id| p.capture(&payment, id, 40));
        let voided = format!("v{n}");
        let void = p.void(&payment.order_id, &voided, &authorize);
        // A refusal is an answer, here and below.
        let (captures, _) = tokio::join!(futures::future::join_all(captures), void);
        let taken = captures.iter().filter(|done| done.is_ok()).count();
        assert!(taken <= 2, "{taken} captures of 40 out of 100");
        let refunds = ids.iter().map(|id| p.refund(&payment, id, 30));
        let refunds = futures::future::join_all(refunds).await;
        let given = refunds.iter().filter(|done| done.is_ok()).count();
        assert!(
            given <= taken,
            "{given} refunds of 30 out of {taken} captures of 40"
        );
    });
    futures::future::join_all(buyers).await;
    let url = std::fs::read_to_string("provider").unwrap();
    let list = reqwest::get(format!("{url}/v1/operations?after=0&limit=1000")).await;
    let list: serde_json::Value = list.unwrap().json().await.unwrap();
    let mut all = list["operations"].as_array().unwrap().iter();
    assert!(all.all(|op| op["state"] == "succeeded"), "{list}");
}

#[test]
fn a_build_without_a_rule_is_caught() {
    for (mutant, scenario) in [
        ("payment.pending.free", "refunds"),
        ("payment.pending.free", "crowd"),
        ("payment.unknown.failed", "found"),
        ("payment.undo.unmarked", "undone"),
    ] {
        for (word, status) in [(None, Some(0)), (Some(("STOA_MUTANT", mutant)), Some(101))] {
            let data = tempfile::tempdir().unwrap();
            let provider = Provider::start(|_| {});
            std::fs::write(data.path().join("provider"), &provider.url).unwrap();
            assert_eq!(run_as(data.path(), scenario, word), status, "{word:?}");
        }
    }
}

/// One boundary, both sides. `first` is a point at which an earlier process dies, to make work for
/// the one that dies at `name`.
fn dies_at(name: &str, scenario: &str, first: Option<&str>, end: End) {
    for side in ["before", "after"] {
        let data = tempfile::tempdir().unwrap();
        let provider = Provider::start(|_| {});
        std::fs::write(data.path().join("provider"), &provider.url).unwrap();
        let dead = Some(EXIT_STATUS);
        if let Some(first) = first {
            assert_eq!(run(data.path(), scenario, Some(first)), dead, "{first}");
        }
        let point = format!("{name}:{side}");
        assert_eq!(run(data.path(), scenario, Some(&point)), dead, "{point}");
        assert_eq!(run(data.path(), scenario, None), Some(0), "after {point}");
        block_on(async {
            let found = (provider.pounds().await, provider.done().await);
            assert_eq!(found, end, "after {point}");
        });
    }
}

#[test]
fn intents() {
    dies_at("payment.intent.commit", "money", None, MONEY);
    dies_at("payment.provider.capabilities", "money", None, MONEY);
}

#[test]
fn authorisations() {
    dies_at("payment.authorise.reserve", "money", None, MONEY);
    dies_at("payment.authorise.sent", "money", None, MONEY);
    dies_at("payment.authorise.result", "money", None, MONEY);
}

#[test]
fn captures() {
    dies_at("payment.capture.reserve", "money", None, MONEY);
    dies_at("payment.capture.sent", "money", None, MONEY);
    dies_at("payment.capture.result", "money", None, MONEY);
}

#[test]
fn voids() {
    dies_at("payment.void.reserve", "money", None, MONEY);
    dies_at("payment.void.sent", "money", None, MONEY);
    dies_at("payment.void.result", "money", None, MONEY);
}

#[test]
fn refunds() {
    dies_at("payment.refund.reserve", "money", None, MONEY);
    dies_at("payment.refund.sent", "money", None, MONEY);
    dies_at("payment.refund.result", "money", None, MONEY);
}

#[test]
fn credits() {
    dies_at("payment.credit.reserve", "money", None, MONEY);
    dies_at("payment.credit.sent", "money", None, MONEY);
    dies_at("payment.credit.result", "money", None, MONEY);
}

#[test]
fn reconciling() {
    dies_at("payment.reconcile.lookup", "found", None, FOUND);
    dies_at("payment.reconcile.resend", "lost", None, LOST);
    dies_at("payment.reconcile.result", "lost", None, LOST);
}

#[test]
fn sweeping() {
    let first = Some("payment.authorise.sent:after");
    // On a server what was reserved is left for a while to whoever may be sending it, and the scenario ends before.
    if stoa_testdb::engine() == Engine::Sqlite {
        dies_at("payment.sweep.adopt", "money", first, MONEY);
    }
    dies_at("payment.sweep.list", "money", None, MONEY);
    dies_at("payment.sweep.commit", "money", None, MONEY);
    dies_at("payment.sweep.late", "late", None, LATE);
}
