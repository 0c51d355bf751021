//! A cancel arrives while the checkout stands at a boundary, before it and behind it: at each of them, taken from the code. Whatever
//! was done by then, the order ends canceled, and nothing of it is kept: no stock, no money.
//!
//! The gates are the whole process's, so the cases run in one of their own.

use std::process::{Command, Stdio};

use stoa_api::order::v1::*;
use stoa_testkit::{Caller, eventually};
use stoa_types::crash::Gate;

use crate::shop::{MUG, ONCE, Shop, order_of};

/// The sources of the checkout: from the call that accepts to the end of its work.
const CHECKOUT: [&str; 5] = [
    include_str!("../../services/order/src/app/place.rs"),
    include_str!("../../services/order/src/app/checkout/secure.rs"),
    include_str!("../../services/order/src/app/checkout/action.rs"),
    include_str!("../../services/order/src/app/checkout/serve.rs"),
    include_str!("../../services/order/src/app/checkout/undo.rs"),
];

/// Which payment passes which boundaries.
const WAYS: [(&str, &[&str]); 5] = [
    (
        "tok_approve",
        &[
            "order.accepted.commit",
            "order.hold.sent",
            "order.intent.sent",
            "order.authorize.sent",
            "order.decided.commit",
            "order.allocate.sent",
            "order.capture.sent",
            "order.done.commit",
        ],
    ),
    ("tok_capture_declined", &["order.on_hold.commit"]),
    (
        "tok_decline",
        &["order.release.sent", "order.refused.commit"],
    ),
    ("tok_action_done", &["order.action_required.commit"]),
    // It is canceled while the customer is asked, and then once more while that is undone.
    ("tok_action_abandoned", &["order.void.sent"]),
];

/// The names of the checkout's boundaries, as the code has them.
fn boundaries() -> Vec<&'static str> {
    let calls = CHECKOUT
        .iter()
        .flat_map(|text| text.split("boundary!(").skip(1));
    let named = calls.filter_map(|rest| rest.trim_start().strip_prefix('"'));
    named
        .filter_map(|rest| Some(rest.split_once('"')?.0))
        .collect()
}

#[test]
fn each_boundary_of_the_checkout_is_passed_by_a_way() {
    let mut found = boundaries();
    assert!(found.len() > 10, "{found:?}");
    found.retain(|name| !WAYS.iter().any(|(_, names)| names.contains(name)));
    assert_eq!(found, Vec::<&str>::new());
}

#[test]
fn a_cancel_at_each_boundary_of_the_checkout_leaves_nothing() {
    let ended = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "standing::child", "--ignored", "--nocapture"])
        .stdout(Stdio::null())
        .status();
    assert_eq!(ended.unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the process of its own of the test before"]
async fn child() {
    let shop = Shop::open().await;
    for (token, names) in WAYS {
        for name in names {
            for side in ["before", "after"] {
                if (*name, side) == ("order.accepted.commit", "before") {
                    // There is nothing to cancel yet.
                    continue;
                }
                let place = format!("{name}:{side}");
                canceled_at(&shop, &place, token).await;
            }
        }
    }
    shop.books_agree().await;
    shop.suite.stop().await;
}

async fn canceled_at(shop: &Shop, place: &str, token: &str) {
    let ada = shop.guest(&place.replace(['.', ':'], "-"));
    let undoing = place.starts_with("order.void.sent");
    let mut gate = (!undoing).then(|| Gate::close(place));
    let quote = shop.quote(&ada, ONCE, &[(MUG, 2)]).await;
    let placing = tokio::spawn({
        let (ada, request) = (ada.clone(), order_of(&quote, token));
        async move { ada.call(request).await }
    });
    let order_id = if let Some(gate) = &gate {
        eventually(&format!("work to stand at {place}"), || async {
            gate.is_reached().then_some(())
        })
        .await;
        only(&ada).await
    } else {
        let asked = placing_is_over(&ada).await;
        gate = Some(Gate::close(place));
        let first = cancel(&ada, &asked);
        let standing = gate.as_ref().unwrap();
        eventually(&format!("work to stand at {place}"), || async {
            standing.is_reached().then_some(())
        })
        .await;
        drop(first);
        asked
    };
    let canceling = cancel(&ada, &order_id);
    eventually(&format!("the cancel at {place} to be recorded"), || async {
        let order = shop.order(&order_id).await;
        let recorded = [OrderState::Canceling, OrderState::Canceled].contains(&order.state());
        (recorded || canceling.is_finished()).then_some(())
    })
    .await;
    drop(gate);
    canceling.await.unwrap();
    placing.await.unwrap().unwrap();
    nothing_is_kept(shop, place, &order_id).await;
}

fn cancel(ada: &Caller, order_id: &str) -> tokio::task::JoinHandle<()> {
    let request = CancelOrderRequest {
        order_id: order_id.to_owned(),
        ..CancelOrderRequest::default()
    };
    let ada = ada.clone();
    tokio::spawn(async move {
        ada.call(request).await.unwrap();
    })
}

/// The one order of this customer.
async fn only(ada: &Caller) -> String {
    let listed = ada.call(ListOrdersRequest::default()).await.unwrap();
    assert_eq!(listed.orders.len(), 1);
    listed.orders[0].order_id.clone()
}

/// The order, once its customer is asked to act.
async fn placing_is_over(ada: &Caller) -> String {
    eventually("the customer to be asked", || async {
        let listed = ada.call(ListOrdersRequest::default()).await.unwrap();
        let order = listed.orders.into_iter().next()?;
        order.next_action.map(|_| order.order_id)
    })
    .await
}

async fn nothing_is_kept(shop: &Shop, place: &str, order_id: &str) {
    let order = shop.until(order_id, OrderState::Canceled).await;
    eventually(&format!("the work after {place}"), || async {
        (!shop.fact("order", order_id).await.live).then_some(())
    })
    .await;
    let reasons = [CancelReason::Customer, CancelReason::PaymentDeclined];
    assert!(reasons.contains(&order.cancel_reason()), "{place}");
    assert!(order.next_action.is_none(), "{place}");
    assert_eq!(order.charged_state(), AxisState::None, "{place}");
    assert_eq!(shop.stock(MUG).await, (10, 0, 0), "{place}");
    eventually(&format!("the money of {place}"), || async {
        let Some(payment) = shop.payment(order_id).await else {
            return Some(());
        };
        let minor = crate::shop::minor;
        let taken = minor(&payment.captured) - minor(&payment.refunded);
        let reserved = minor(&payment.authorized) - minor(&payment.voided);
        (taken == 0 && reserved == minor(&payment.captured)).then_some(())
    })
    .await;
}
