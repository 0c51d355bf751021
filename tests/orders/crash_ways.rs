//! What dies in `crash_points`: the ways out of a declined capture, and a customer who must act.

use stoa_api::order::v1::*;
use stoa_testkit::eventually;

use crate::crash_points::{End, place};
use crate::shop::{MUG, ONCE, Shop, basket, order_of};

const WAYS: End = ([0, 1_234, 2_468, 0, 0], 6);
const ACTION: End = ([0, 1_234, 0, 0, 0], 2);

/// Declined captures: one is tried again twice, one was paid outside, one is given up.
pub(crate) async fn ways(shop: &Shop) -> End {
    let ada = shop.guest("ada");
    let mut held = Vec::new();
    for name in ["again", "paid", "given_up"] {
        let order = place(shop, &ada, name, ONCE, 1, "tok_capture_declined").await;
        held.push(order.order_id);
    }
    let amount = shop.order(&held[1]).await.totals.unwrap().total;
    let paid = MarkPaidExternallyRequest {
        request_id: "paid".to_owned(),
        order_id: held[1].clone(),
        amount: amount.clone(),
        reference: "T-1".to_owned(),
        reason: "by transfer".to_owned(),
    };
    shop.done(paid).await;
    let given_up = WriteOffRequest {
        request_id: "given-up".to_owned(),
        order_id: held[2].clone(),
        amount,
        reason: "not worth a letter".to_owned(),
    };
    shop.done(given_up).await;
    for (time, state) in [(1, OrderState::OnHold), (2, OrderState::Confirmed)] {
        let again = RetryCaptureRequest {
            request_id: format!("again-{time}"),
            order_id: held[0].clone(),
            ..RetryCaptureRequest::default()
        };
        shop.done(again).await;
        eventually("the capture to end", || async {
            (!shop.fact("order", &held[0]).await.live).then_some(())
        })
        .await;
        if time == 1 {
            shop.bank_agrees().await;
        } else {
            assert_eq!(shop.order(&held[0]).await.state(), state);
        }
    }
    for order_id in &held {
        shop.agrees(order_id).await;
    }
    assert_eq!(shop.stock(MUG).await, (10, 3, 0));
    WAYS
}

/// The customer must act, and does.
pub(crate) async fn action(shop: &Shop) -> End {
    let ada = shop.guest("ada");
    let mut ask = basket(ONCE, &[(MUG, 1)]);
    ask.request_id = "quote".to_owned();
    let quote = ada.call(ask).await.unwrap().quote.unwrap();
    let mut request = order_of(&quote, "tok_action_done");
    request.request_id = "place".to_owned();
    let order = ada.call(request).await.unwrap().order.unwrap();
    let order = eventually("the customer to be asked", || async {
        let order = shop.order(&order.order_id).await;
        (order.next_action.is_some() || order.confirm_time.is_some()).then_some(order)
    })
    .await;
    if let Some(action) = &order.next_action {
        let path = action.redirect_uri.split("/actions/").nth(1).unwrap();
        // The provider of this process listens elsewhere than the one that said so.
        let provider = shop.suite.provider().unwrap();
        let url = format!("http://{provider}/actions/{path}/approve");
        // Refused when he has approved in an earlier life.
        let _heard = reqwest::Client::new().post(url).send().await.unwrap();
    }
    shop.until(&order.order_id, OrderState::Confirmed).await;
    shop.agrees(&order.order_id).await;
    ACTION
}
