//! Every boundary of the order service dies once before and once after; the next process carries the same orders to
//! the same end, and the provider was asked for no penny twice.
//!
//! A case is two processes on one folder, both this test binary: the first dies at the boundary, and its exit status
//! says so; the second makes the same calls under the same keys.

use std::path::Path;
use std::process::{Command, Stdio};

use stoa_api::order::v1::*;
use stoa_store::Engine;
use stoa_testkit::{Caller, eventually};

use crate::crash_ways::{action, ways};
use crate::credits::credit;
use crate::shop::{MUG, ONCE, SHIP, Shop, basket, order_of};

/// The exit status of a process that dies at a boundary.
const DIED: i32 = 86;

/// What the provider holds at the end: authorised, captured, voided, refunded, credited; and how many operations it
/// did, declines not counted.
pub(crate) type End = ([i64; 5], i64);

const BUY: End = ([1_234, 2_468, 0, 0, 0], 3);
const CANCEL: End = ([0, 1_234, 2_468, 1_234, 0], 7);
const SHIPPING: End = ([1_234, 1_234, 0, 0, 0], 3);
const BACK: End = ([0, 2_468, 0, 1_234, 2_200], 4);

/// Runs the child's scenario in a process of its own; its exit status.
fn run(folder: &Path, scenario: &str, point: Option<&str>) -> Option<i32> {
    std::fs::write(folder.join("scenario"), scenario).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "crash_points::child", "--ignored", "--nocapture"])
        .current_dir(folder)
        .stdout(Stdio::null());
    if let Some(point) = point {
        command.env("STOA_CRASH_AT", point).stderr(Stdio::null());
    }
    command.status().unwrap().code()
}

#[test]
#[ignore = "the other side of the tests that let it die"]
fn child() {
    let scenario = std::fs::read_to_string("scenario").unwrap();
    block_on(async {
        let here = std::env::current_dir().unwrap();
        let shop = Shop::open_again(&here).await;
        let end = match scenario.as_str() {
            "buy" => buy(&shop).await,
            "cancel" => cancel(&shop).await,
            "shipping" => shipping(&shop).await,
            "back" => back(&shop).await,
            "ways" => ways(&shop).await,
            "action" => action(&shop).await,
            other => panic!("no scenario is called {other}"),
        };
        eventually("all work to end", || async {
            let all = SearchOrdersRequest::default();
            for order in shop.done(all).await.orders {
                if shop.fact("order", &order.order_id).await.live {
                    return None;
                }
            }
            Some(())
        })
        .await;
        shop.books_agree().await;
        assert_eq!(provider(&shop).await, end);
        shop.suite.stop().await;
    });
}

fn block_on(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(work);
}

async fn provider(shop: &Shop) -> End {
    let url = format!("http://{}/v1/balances", shop.suite.provider().unwrap());
    let body: serde_json::Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    let row = &body["balances"][0];
    let amounts = [
        "authorized_minor",
        "captured_minor",
        "voided_minor",
        "refunded_minor",
        "credited_minor",
    ];
    (
        amounts.map(|name| row[name].as_i64().unwrap_or_default()),
        row["operations"].as_i64().unwrap_or_default(),
    )
}

/// Quotes and places under keys made of `name`, and waits for what becomes of it.
pub(crate) async fn place(
    shop: &Shop,
    ada: &Caller,
    name: &str,
    channel: &str,
    units: i64,
    token: &str,
) -> Order {
    let mut ask = basket(channel, &[(MUG, units)]);
    ask.request_id = format!("quote-{name}");
    let quote = ada.call(ask).await.unwrap().quote.unwrap();
    let mut request = order_of(&quote, token);
    request.request_id = format!("place-{name}");
    let order = ada.call(request).await.unwrap().order.unwrap();
    let id = order.order_id;
    eventually("the checkout to end", || async {
        (!shop.fact("order", &id).await.live).then_some(())
    })
    .await;
    shop.order(&id).await
}

/// Served, declined, out of stock, capture declined.
async fn buy(shop: &Shop) -> End {
    let ada = shop.guest("ada");
    for (name, units, token, state) in [
        ("served", 2, "tok_approve", OrderState::Confirmed),
        ("declined", 1, "tok_decline", OrderState::Canceled),
        ("lacking", 100, "tok_approve", OrderState::Canceled),
        ("held", 1, "tok_capture_declined", OrderState::OnHold),
    ] {
        let order = place(shop, &ada, name, ONCE, units, token).await;
        assert_eq!(order.state(), state, "{name}");
    }
    assert_eq!(shop.stock(MUG).await, (10, 3, 0));
    BUY
}

/// Before the pivot, after it, and after the money was taken.
async fn cancel(shop: &Shop) -> End {
    let ada = shop.guest("ada");
    let mut ask = basket(SHIP, &[(MUG, 1)]);
    ask.request_id = "quote-early".to_owned();
    let quote = ada.call(ask).await.unwrap().quote.unwrap();
    let mut request = order_of(&quote, "tok_slow");
    request.request_id = "place-early".to_owned();
    let early = loop {
        let mut early = tonic::Request::new(request.clone());
        early.set_timeout(std::time::Duration::from_millis(500));
        let mut client = order_service_client::OrderServiceClient::new(ada.clone());
        match client.place_order(early).await {
            Ok(answer) => break answer.into_inner().order.unwrap().order_id,
            // A slow machine; the key makes it the same order.
            Err(status) => assert!(
                [tonic::Code::DeadlineExceeded, tonic::Code::Cancelled].contains(&status.code()),
                "{status:?}"
            ),
        }
    };
    end(shop, &ada, "early", &early).await;
    for (name, channel) in [("taken", ONCE), ("reserved", SHIP)] {
        let order = place(shop, &ada, name, channel, 1, "tok_approve").await;
        end(shop, &ada, name, &order.order_id).await;
    }
    assert_eq!(shop.stock(MUG).await, (10, 0, 0));
    CANCEL
}

async fn end(shop: &Shop, ada: &Caller, name: &str, order_id: &str) {
    let request = CancelOrderRequest {
        request_id: format!("cancel-{name}"),
        order_id: order_id.to_owned(),
        ..CancelOrderRequest::default()
    };
    ada.call(request).await.unwrap();
    let order = shop.until(order_id, OrderState::Canceled).await;
    assert_eq!(order.cancel_reason(), CancelReason::Customer, "{name}");
}

/// One that leaves, and one whose capture is declined.
async fn shipping(shop: &Shop) -> End {
    let ada = shop.guest("ada");
    for (name, token, state) in [
        ("leaves", "tok_approve", OrderState::Closed),
        ("stays", "tok_capture_declined", OrderState::OnHold),
    ] {
        let order = place(shop, &ada, name, SHIP, 1, token).await;
        leave(shop, name, &order.order_id).await;
        shop.until(&order.order_id, state).await;
    }
    assert_eq!(shop.stock(MUG).await, (9, 1, 0));
    SHIPPING
}

async fn leave(shop: &Shop, name: &str, order_id: &str) {
    let fulfill = CreateFulfillmentRequest {
        request_id: format!("fulfill-{name}"),
        order_id: order_id.to_owned(),
    };
    let made = shop.done(fulfill).await.fulfillment.unwrap();
    let ship = ShipFulfillmentRequest {
        request_id: format!("ship-{name}"),
        order_id: order_id.to_owned(),
        fulfillment_id: made.fulfillment_id,
        ..ShipFulfillmentRequest::default()
    };
    shop.done(ship).await;
}

/// A return that is asked for, and a credit.
async fn back(shop: &Shop) -> End {
    let ada = shop.guest("ada");
    let order = place(shop, &ada, "back", ONCE, 2, "tok_approve").await;
    leave(shop, "back", &order.order_id).await;
    shop.until(&order.order_id, OrderState::Closed).await;
    let ask = RequestReturnRequest {
        request_id: "ask".to_owned(),
        order_id: order.order_id.clone(),
        lines: vec![LineQuantity {
            line_id: "1".to_owned(),
            quantity: 1,
        }],
        ..RequestReturnRequest::default()
    };
    let asked = ada.call(ask).await.unwrap().r#return.unwrap();
    let approve = ApproveReturnRequest {
        request_id: "approve".to_owned(),
        return_id: asked.return_id.clone(),
    };
    shop.done(approve).await;
    let receive = ReceiveReturnRequest {
        request_id: "receive".to_owned(),
        return_id: asked.return_id.clone(),
        restock: true,
    };
    shop.done(receive).await;
    let get = GetReturnRequest {
        return_id: asked.return_id,
        ..GetReturnRequest::default()
    };
    eventually("the refund", || async {
        let found = ada.call(get.clone()).await.unwrap().r#return.unwrap();
        (found.state() == ReturnState::Refunded).then_some(())
    })
    .await;
    let mut pay = credit("C-1", "tok_approve");
    pay.request_id = "credit".to_owned();
    let credit_id = shop.done(pay).await.credit.unwrap().credit_id;
    eventually("the credit", || async {
        let fact = shop.fact("order", &credit_id).await;
        (fact.states["credit"] == "PAID" && !fact.live).then_some(())
    })
    .await;
    assert_eq!(shop.stock(MUG).await, (11, 0, 0));
    BACK
}

/// A shop that was filled.
fn filled() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    block_on(async {
        let shop = Shop::open_in(folder.path()).await;
        shop.suite.stop().await;
    });
    folder
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A shop for a case of its own: a copy of the files, or on a server one that is filled anew.
fn another(template: &Path) -> tempfile::TempDir {
    match stoa_testdb::engine() {
        Engine::Sqlite => {
            let folder = tempfile::tempdir().unwrap();
            copy(template, folder.path());
            folder
        }
        Engine::Postgres => filled(),
    }
}

/// The sides on which a case dies; the second pass on another engine may be content with the first.
fn sides() -> &'static [&'static str] {
    match std::env::var("STOA_MATRIX").as_deref() {
        Ok("before") => &["before"],
        _ => &["before", "after"],
    }
}

fn dies_at(scenario: &str, names: &[&str]) {
    let template = filled();
    for name in names {
        for side in sides() {
            let folder = another(template.path());
            let point = format!("{name}:{side}");
            let died = run(folder.path(), scenario, Some(&point));
            assert_eq!(died, Some(DIED), "{point}");
            let ended = run(folder.path(), scenario, None);
            assert_eq!(ended, Some(0), "{point}");
        }
    }
}

/// A build that forgets a rule fails the test of that rule.
#[test]
fn a_build_without_a_rule_is_caught() {
    for (rule, test) in [
        ("order.fence", "audit::who_lost_his_fence_writes_nothing"),
        (
            "order.pivot",
            "cancels::before_the_pivot_the_checkout_undoes_itself",
        ),
    ] {
        for (mutant, status) in [("", Some(0)), (rule, Some(101))] {
            let ended = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", test])
                .env("STOA_MUTANT", mutant)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            assert_eq!(ended.unwrap().code(), status, "{test} {mutant}");
        }
    }
}

#[test]
fn before_the_pivot() {
    dies_at(
        "buy",
        &[
            "order.quote.commit",
            "order.accepted.commit",
            "order.hold.sent",
            "order.intent.sent",
            "order.authorize.sent",
            "order.decided.commit",
        ],
    );
}

#[test]
fn after_the_pivot() {
    dies_at(
        "buy",
        &[
            "order.allocate.sent",
            "order.capture.sent",
            "order.done.commit",
            "order.on_hold.commit",
            "order.release.sent",
            "order.refused.commit",
        ],
    );
}

#[test]
fn cancels() {
    dies_at(
        "cancel",
        &[
            "order.cancel_requested.commit",
            "order.void.sent",
            "order.deallocate.sent",
            "order.cancel_refund.sent",
            "order.cancel_void.sent",
            "order.canceled.commit",
        ],
    );
}

#[test]
fn fulfilments() {
    dies_at(
        "shipping",
        &[
            "order.fulfillment.commit",
            "order.shipping.commit",
            "order.shipping_capture.sent",
            "order.ship.sent",
            "order.shipped.commit",
            "order.shipping_on_hold.commit",
        ],
    );
}

#[test]
fn returns_and_credits() {
    dies_at(
        "back",
        &[
            "order.return.commit",
            "order.return_moved.commit",
            "order.restock.sent",
            "order.refund.sent",
            "order.returned.commit",
            "order.credit.commit",
            "order.credit_restock.sent",
            "order.credit_intent.sent",
            "order.credit_payment.sent",
            "order.credited.commit",
        ],
    );
}

#[test]
fn ways_out() {
    dies_at(
        "ways",
        &[
            "order.retry.commit",
            "order.retried_capture.sent",
            "order.retried.commit",
            "order.retry_declined.commit",
            "order.paid_externally.commit",
            "order.written_off.commit",
            "order.release_void.sent",
            "order.released.commit",
        ],
    );
}

#[test]
fn actions() {
    dies_at("action", &["order.action_required.commit"]);
}
