//! The calls of the order service, as the tests make them.

use stoa_api::payment::v1 as pb;
use stoa_errors::Error;
use stoa_rpc::client;
use stoa_types::{ChannelId, CreditId, OrderId, SystemIds};

use crate::harness::{Payment, call, eventually, key, pence};

/// What a call that moves money answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Done {
    pub(crate) operation: Option<pb::PaymentOperation>,
    pub(crate) payment: Option<pb::Payment>,
}

impl Done {
    pub(crate) fn new(
        operation: Option<pb::PaymentOperation>,
        payment: Option<pb::Payment>,
    ) -> Self {
        Self { operation, payment }
    }

    pub(crate) fn op(&self) -> &pb::PaymentOperation {
        self.operation.as_ref().unwrap()
    }

    pub(crate) fn state(&self) -> pb::OperationState {
        self.op().state()
    }

    pub(crate) fn of(&self) -> &pb::Payment {
        self.payment.as_ref().unwrap()
    }
}

impl Payment {
    /// Makes an intent of `amount` pence for a new order.
    pub(crate) async fn intent(&self, token: &str, amount: i64) -> pb::Payment {
        self.intent_for(&OrderId::new(&SystemIds).to_string(), token, amount, "")
            .await
    }

    pub(crate) async fn intent_for(
        &self,
        order: &str,
        token: &str,
        amount: i64,
        owner: &str,
    ) -> pb::Payment {
        let flow = pb::MethodFlow::AuthorizeCapture;
        self.make(flow, (order, owner), token, amount).await
    }

    /// Makes an intent whose method takes the money at once.
    pub(crate) async fn sale(&self, token: &str, amount: i64) -> pb::Payment {
        let order = OrderId::new(&SystemIds).to_string();
        self.make(pb::MethodFlow::Sale, (&order, ""), token, amount)
            .await
    }

    async fn make(
        &self,
        flow: pb::MethodFlow,
        (order, owner): (&str, &str),
        token: &str,
        amount: i64,
    ) -> pb::Payment {
        let request = pb::CreatePaymentIntentRequest {
            request_id: key(),
            kind: pb::IntentKind::Payment.into(),
            order_id: order.to_owned(),
            channel_id: ChannelId::new(&SystemIds).to_string(),
            amount: pence(amount),
            payment_token: token.to_owned(),
            owner: owner.to_owned(),
            flow: flow.into(),
            ..Default::default()
        };
        let answer = self.internal().create_payment_intent(call(request)).await;
        answer.unwrap().into_inner().payment.unwrap()
    }

    /// Makes a CREDIT intent.
    pub(crate) async fn credit_intent(&self, token: &str, amount: i64) -> pb::Payment {
        let request = pb::CreatePaymentIntentRequest {
            request_id: key(),
            kind: pb::IntentKind::Credit.into(),
            credit_id: CreditId::new(&SystemIds).to_string(),
            channel_id: ChannelId::new(&SystemIds).to_string(),
            amount: pence(amount),
            payment_token: token.to_owned(),
            ..Default::default()
        };
        let answer = self.internal().create_payment_intent(call(request)).await;
        answer.unwrap().into_inner().payment.unwrap()
    }

    pub(crate) async fn authorize(&self, payment: &pb::Payment, id: &str) -> Result<Done, Error> {
        let request = pb::AuthorizePaymentRequest {
            request_id: id.to_owned(),
            payment_id: payment.payment_id.clone(),
        };
        let answer = self.internal().authorize_payment(call(request)).await;
        let answer = answer.map_err(client::error)?.into_inner();
        Ok(Done::new(answer.operation, answer.payment))
    }

    pub(crate) async fn capture(
        &self,
        payment: &pb::Payment,
        id: &str,
        amount: i64,
    ) -> Result<Done, Error> {
        let request = pb::CapturePaymentRequest {
            request_id: id.to_owned(),
            payment_id: payment.payment_id.clone(),
            amount: pence(amount),
        };
        let answer = self.internal().capture_payment(call(request)).await;
        let answer = answer.map_err(client::error)?.into_inner();
        Ok(Done::new(answer.operation, answer.payment))
    }

    pub(crate) async fn void(&self, order: &str, id: &str, undoes: &str) -> Result<Done, Error> {
        let request = pb::VoidPaymentRequest {
            request_id: id.to_owned(),
            undoes_request_id: undoes.to_owned(),
            order_id: order.to_owned(),
            reason: "the tests want it".to_owned(),
        };
        let answer = self.internal().void_payment(call(request)).await;
        let answer = answer.map_err(client::error)?.into_inner();
        Ok(Done::new(answer.operation, answer.payment))
    }

    pub(crate) async fn refund(
        &self,
        payment: &pb::Payment,
        id: &str,
        amount: i64,
    ) -> Result<Done, Error> {
        let request = pb::RefundPaymentRequest {
            request_id: id.to_owned(),
            payment_id: payment.payment_id.clone(),
            amount: pence(amount),
            reason: String::new(),
        };
        let answer = self.internal().refund_payment(call(request)).await;
        let answer = answer.map_err(client::error)?.into_inner();
        Ok(Done::new(answer.operation, answer.payment))
    }

    pub(crate) async fn credit(&self, payment: &pb::Payment, id: &str) -> Result<Done, Error> {
        let request = pb::CreditPaymentRequest {
            request_id: id.to_owned(),
            payment_id: payment.payment_id.clone(),
        };
        let answer = self.internal().credit_payment(call(request)).await;
        let answer = answer.map_err(client::error)?.into_inner();
        Ok(Done::new(answer.operation, answer.payment))
    }

    /// Authorises under `id` and waits until it is known; it must have succeeded.
    pub(crate) async fn authorized(&self, payment: &pb::Payment, id: &str) {
        let done = known("the authorisation", async || {
            self.authorize(payment, id).await.unwrap()
        })
        .await;
        assert_eq!(done.state(), pb::OperationState::Succeeded);
    }

    /// Captures and waits until it is known; it must have succeeded.
    pub(crate) async fn captured(&self, payment: &pb::Payment, amount: i64) {
        let id = key();
        let done = known("the capture", async || {
            self.capture(payment, &id, amount).await.unwrap()
        })
        .await;
        assert_eq!(done.state(), pb::OperationState::Succeeded);
    }
}

/// Asks the same until something is known.
pub(crate) async fn known(what: &str, mut ask: impl AsyncFnMut() -> Done) -> Done {
    eventually(what, async || {
        let done = ask().await;
        let open = done.operation.as_ref().is_some_and(|op| {
            let open = [
                pb::OperationState::Pending,
                pb::OperationState::Unknown,
                pb::OperationState::RequiresAction,
            ];
            open.contains(&op.state())
        });
        (!open).then_some(done)
    })
    .await
}
