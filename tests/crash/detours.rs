//! The ways of an order whose payment does not go as planned: the customer must act first, staff find a way out, the provider says
//! nothing, or does something by itself. As in [`crate::journeys`], each says what must hold in the end.
//!
//! Where somebody else may be quicker than the call that the matrix wants, the journey says whether it was reached.

use std::time::Duration;

use serde_json::json;
use stoa_api::order::v1::*;
use stoa_api::payment::v1::{
    ConfirmPaymentRequest, ListPaymentOperationsRequest, OperationKind, OperationResolution,
    OperationState, PaymentOperation, ResolveUnknownOperationRequest, SearchPaymentsRequest,
};
use stoa_api::type_::v1::Money;
use stoa_testkit::PATIENCE;
use tokio::time::{Instant, sleep};

use crate::journeys::{ONCE, SHIP};
use crate::life::{Life, Who};

/// The pause between two looks.
const LOOK: Duration = Duration::from_millis(10);

const PRICE: Option<i64> = Some(1_234);

fn gbp(minor_units: Option<i64>) -> Option<Money> {
    minor_units.map(|minor_units| Money {
        currency_code: "GBP".to_owned(),
        minor_units,
    })
}

impl Life {
    /// Posts to the provider what no payment service would.
    async fn tell_provider(&self, url: &str, body: &serde_json::Value) {
        let sent = reqwest::Client::new().post(url).json(body).send().await;
        let status = sent.unwrap().status();
        assert!(status.is_success(), "{url}: {status}");
    }

    async fn read(&mut self, tag: &str, order: &Order) -> Order {
        let get = GetOrderRequest {
            order_id: order.order_id.clone(),
            ..GetOrderRequest::default()
        };
        self.ask(Who::Guest(tag), get).await.order.unwrap()
    }

    /// What the customer of this order must do.
    async fn next_action(&mut self, tag: &str, order: &Order) -> NextAction {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(action) = self.read(tag, order).await.next_action {
                return action;
            }
            assert!(Instant::now() < until, "the customer is asked nothing");
            sleep(LOOK).await;
        }
    }

    /// The payment operations of an order, as soon as there are some that are wanted.
    async fn operations(
        &mut self,
        order: &Order,
        is_wanted: impl Fn(&PaymentOperation) -> bool,
    ) -> Vec<PaymentOperation> {
        let until = Instant::now() + PATIENCE;
        loop {
            let search = SearchPaymentsRequest {
                order_id: order.order_id.clone(),
                ..SearchPaymentsRequest::default()
            };
            for payment in self.ask(Who::Staff, search).await.payments {
                let list = ListPaymentOperationsRequest {
                    payment_id: payment.payment_id,
                    ..ListPaymentOperationsRequest::default()
                };
                let mut operations = self.ask(Who::Staff, list).await.operations;
                operations.retain(&is_wanted);
                if !operations.is_empty() {
                    return operations;
                }
            }
            assert!(Instant::now() < until, "no such operation");
            sleep(LOOK).await;
        }
    }

    /// A paid order that had to be tried twice, and why it is there.
    async fn held(&mut self, tag: &str, token: &str) -> (PlaceOrderRequest, Order) {
        let (request, order) = self.buy(tag, ONCE, token).await;
        // A caller whose suite died may be answered before the work is at its end.
        let until = Instant::now() + PATIENCE;
        while self.read(tag, &order).await.state() != OrderState::OnHold {
            assert!(Instant::now() < until, "the order is not on hold");
            sleep(LOOK).await;
        }
        (request, order)
    }
}

/// An order whose customer must act, acts and comes back. Says whether all that was planned has happened: the provider is also
/// asked when nobody comes back.
pub(crate) async fn acting(life: &mut Life, tag: &str) -> bool {
    let before = life.before().await;
    let (request, order) = life.buy(tag, ONCE, "tok_action_done").await;
    let action = life.next_action(tag, &order).await;
    let address = format!("{}/approve", action.redirect_uri);
    life.tell_provider(&address, &json!({})).await;
    let confirm = ConfirmPaymentRequest {
        request_id: format!("{tag}/confirm"),
        payment_id: action.payment_id,
    };
    life.ask(Who::Guest(tag), confirm).await;
    let happened = life.rest_or_spared().await;
    let books = ["authorization succeeded 1234", "capture succeeded 1234"];
    life.compare(&before, [0, 1, 0], &books).await;
    let order = life.same_again(tag, request, &order).await;
    assert_eq!(order.state(), OrderState::Confirmed);
    assert_eq!(order.charged_state(), AxisState::Full);
    happened
}

/// An order of whose payment the provider also tells by himself, twice.
pub(crate) async fn told(life: &mut Life, tag: &str) {
    let before = life.before().await;
    let (request, order) = life.buy(tag, SHIP, "tok_webhook_twice").await;
    let books = ["authorization succeeded 1234"];
    life.ended(&before, [0, 1, 0], &books).await;
    let order = life.same_again(tag, request, &order).await;
    assert_eq!(order.state(), OrderState::Confirmed);
}

/// An order whose money came when it was asked for again.
pub(crate) async fn retried(life: &mut Life, tag: &str) {
    let before = life.before().await;
    let token = "tok_capture_declined_once";
    let (request, order) = life.held(tag, token).await;
    life.retry(tag, &order).await;
    let books = [
        "authorization succeeded 1234",
        "capture declined 1234",
        "capture succeeded 1234",
    ];
    life.ended(&before, [0, 1, 0], &books).await;
    let order = life.same_again(tag, request, &order).await;
    assert_eq!(order.state(), OrderState::Confirmed);
    assert_eq!(order.charged_state(), AxisState::Full);
}

/// An order whose money did not come when it was asked for again.
pub(crate) async fn retried_in_vain(life: &mut Life, tag: &str) {
    let before = life.before().await;
    let (request, order) = life.held(tag, "tok_capture_declined").await;
    life.retry(tag, &order).await;
    let books = [
        "authorization succeeded 1234",
        "capture declined 1234",
        "capture declined 1234",
    ];
    life.ended(&before, [0, 1, 0], &books).await;
    let order = life.same_again(tag, request, &order).await;
    assert_eq!(order.state(), OrderState::OnHold);
}

/// An order that is paid outside; what the provider has reserved goes back.
pub(crate) async fn paid_outside(life: &mut Life, tag: &str) {
    let before = life.before().await;
    let (request, order) = life.held(tag, "tok_capture_declined").await;
    let paid = MarkPaidExternallyRequest {
        request_id: format!("{tag}/paid"),
        order_id: order.order_id.clone(),
        amount: gbp(PRICE),
        reference: "BANK-1".to_owned(),
        reason: "it came by bank".to_owned(),
    };
    life.ask(Who::Staff, paid).await;
    life.given_back(tag, request, &order, &before).await;
}

/// An order whose money is given up; what the provider has reserved goes back.
pub(crate) async fn written_off(life: &mut Life, tag: &str) {
    let before = life.before().await;
    let (request, order) = life.held(tag, "tok_capture_declined").await;
    let given_up = WriteOffRequest {
        request_id: format!("{tag}/written-off"),
        order_id: order.order_id.clone(),
        amount: gbp(PRICE),
        reason: "not worth a letter".to_owned(),
    };
    life.ask(Who::Staff, given_up).await;
    life.given_back(tag, request, &order, &before).await;
}

impl Life {
    async fn retry(&mut self, tag: &str, order: &Order) {
        let retry = RetryCaptureRequest {
            request_id: format!("{tag}/retry"),
            order_id: order.order_id.clone(),
            ..RetryCaptureRequest::default()
        };
        self.ask(Who::Staff, retry).await;
    }

    async fn given_back(
        &mut self,
        tag: &str,
        request: PlaceOrderRequest,
        order: &Order,
        before: &crate::journeys::Before,
    ) {
        let books = [
            "authorization succeeded 1234",
            "capture declined 1234",
            "void succeeded 1234",
        ];
        self.ended(before, [0, 1, 0], &books).await;
        let order = self.same_again(tag, request, order).await;
        assert_eq!(order.state(), OrderState::Confirmed);
    }
}

/// An order of which the provider never hears, and staff know it. Says whether all that was planned has happened: durable work
/// finds it out too.
pub(crate) async fn resolved(life: &mut Life, tag: &str) -> bool {
    let before = life.before().await;
    let patience = Duration::from_millis(500);
    let (request, order) = life.buy_quickly(tag, ONCE, "tok_lost", patience).await;
    let unknown = life.operations(&order, |_| true).await.remove(0);
    let until = Instant::now() + PATIENCE;
    for tries in 1.. {
        let resolve = ResolveUnknownOperationRequest {
            request_id: format!("{tag}/resolve/{tries}"),
            operation_id: unknown.operation_id.clone(),
            resolution: OperationResolution::Failed.into(),
            reason: "they said so on the telephone".to_owned(),
            ..ResolveUnknownOperationRequest::default()
        };
        match life.try_ask(Who::Staff, resolve).await {
            Err(error) if error.reason == "OPERATION_SETTLING" => sleep(LOOK).await,
            // It is done, or was known already.
            _ => break,
        }
        assert!(Instant::now() < until, "the settle window does not end");
    }
    let failed = |op: &PaymentOperation| op.state() == OperationState::Failed;
    life.operations(&order, failed).await;
    let happened = life.rest_or_spared().await;
    life.compare(&before, [0, 0, 0], &[]).await;
    let order = life.same_again(tag, request, &order).await;
    assert_eq!(order.state(), OrderState::Canceled);
    assert_eq!(order.cancel_reason(), CancelReason::PaymentDeclined);
    happened
}

/// An order part of whose money somebody gives back in the provider's console.
pub(crate) async fn given_back_by_provider(life: &mut Life, tag: &str) {
    let before = life.before().await;
    let (_, order) = life.buy(tag, ONCE, "tok_approve").await;
    let captured = |op: &PaymentOperation| {
        op.kind() == OperationKind::Capture && op.state() == OperationState::Succeeded
    };
    let capture = life.operations(&order, captured).await.remove(0);
    let url = format!("{}/v1/console/refunds", life.provider.url);
    let deed = json!({ "reference": capture.operation_id, "amount_minor": 34 });
    life.tell_provider(&url, &deed).await;
    life.operations(&order, |op| op.reported).await;
    let books = [
        "authorization succeeded 1234",
        "capture succeeded 1234",
        "refund succeeded 34",
    ];
    life.ended(&before, [0, 1, 0], &books).await;
    let reported = life.operations(&order, |op| op.reported).await;
    assert_eq!(reported.len(), 1, "it is recorded once");
}

/// An order whose card is good, but the provider does not answer.
pub(crate) async fn unanswered(life: &mut Life, tag: &str) {
    let before = life.before().await;
    let (request, order) = life.buy(tag, ONCE, "tok_timeout_then_succeed").await;
    let books = ["authorization succeeded 1234", "capture succeeded 1234"];
    life.ended(&before, [0, 1, 0], &books).await;
    let order = life.same_again(tag, request, &order).await;
    assert_eq!(order.state(), OrderState::Confirmed);
    assert_eq!(order.charged_state(), AxisState::Full);
}

/// An order of which the provider never hears.
pub(crate) async fn lost(life: &mut Life, tag: &str) {
    let before = life.before().await;
    let (request, order) = life.buy(tag, ONCE, "tok_lost").await;
    life.ended(&before, [0, 0, 0], &[]).await;
    let order = life.same_again(tag, request, &order).await;
    assert_eq!(order.state(), OrderState::Canceled);
    assert_eq!(order.cancel_reason(), CancelReason::PaymentDeclined);
}

/// An order whose money is reserved after everybody had given up; or, when everybody was slow, before: then it is a sale. Says
/// whether all that was planned has happened.
pub(crate) async fn too_late(life: &mut Life, tag: &str) -> bool {
    let before = life.before().await;
    let (request, order) = life.buy(tag, ONCE, "tok_too_late").await;
    let until = Instant::now() + PATIENCE;
    while life.provider.books(before.books).await.0.len() < 2 {
        assert!(Instant::now() < until, "the late money is left");
        life.before().await;
        sleep(LOOK).await;
    }
    let happened = life.rest_or_spared().await;
    let order = life.same_again(tag, request, &order).await;
    if order.state() == OrderState::Confirmed {
        let books = ["authorization succeeded 1234", "capture succeeded 1234"];
        life.compare(&before, [0, 1, 0], &books).await;
        return false;
    }
    assert_eq!(order.state(), OrderState::Canceled, "{order:?}");
    let books = ["authorization succeeded 1234", "void succeeded 1234"];
    life.compare(&before, [0, 0, 0], &books).await;
    happened
}
