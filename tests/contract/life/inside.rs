//! What the order service asks of inventory and payment, and what is left for the operator.

use prost::Message as _;
use stoa_api::Call;
use stoa_api::inventory::v1::*;
use stoa_api::ops::v1::{
    AcknowledgeRestoreRequest, CloseBooksRequest, ListWorkflowsRequest, RetryWorkflowRequest,
    WorkflowState,
};
use stoa_api::order::v1::CancelOrderRequest;
use stoa_api::payment::v1::*;
use stoa_testkit::eventually;
use stoa_types::{
    ChannelId, Clock, CreditId, FulfillmentId, HoldId, OrderId, PaymentId, SystemClock, SystemIds,
    WorkflowId,
};

use super::Life;
use super::words::{demand, pence};
use crate::world::By;

impl Life<'_> {
    fn order_service<C: Call>(&self) -> By {
        self.world.entitled(C::METHOD)
    }

    async fn hold(&mut self) -> (Hold, String) {
        let by = self.order_service::<CreateHoldRequest>();
        let hold = CreateHoldRequest {
            owner: OrderId::new(&SystemIds).to_string(),
            channel_id: ChannelId::new(&SystemIds).to_string(),
            lines: demand(2),
            ..Default::default()
        };
        let made = self.once(&by, hold, |other| other.lines = demand(3)).await;
        (made.hold.unwrap(), format!("key-{}", self.keys))
    }

    pub(super) async fn holds(&mut self) {
        let by = self.order_service::<CreateHoldRequest>();
        let (hold, key) = self.hold().await;
        let release = ReleaseHoldRequest {
            undoes_request_id: key,
            owner: hold.owner,
            ..Default::default()
        };
        self.once(&by, release, |other| other.reason = "another".to_owned())
            .await;
        for ships in [true, false] {
            let hold_id = self.hold().await.0.hold_id;
            let elsewhere = HoldId::new(&SystemIds).to_string();
            let allocate = AllocateHoldRequest {
                hold_id: hold_id.clone(),
                ..Default::default()
            };
            self.once(&by, allocate, |other| other.hold_id = elsewhere)
                .await;
            if ships {
                let reference = || FulfillmentId::new(&SystemIds).to_string();
                let ship = ShipAllocationRequest {
                    hold_id,
                    reference: reference(),
                    ..Default::default()
                };
                self.once(&by, ship, |other| other.reference = reference())
                    .await;
            } else {
                let release = ReleaseAllocationRequest {
                    hold_id,
                    ..Default::default()
                };
                self.once(&by, release, |other| other.reason = "another".to_owned())
                    .await;
            }
        }
        let back = ReturnStockRequest {
            reference: "ret_of_somebody".to_owned(),
            lines: demand(1),
            ..Default::default()
        };
        self.once(&by, back, |other| other.lines = demand(2)).await;
    }

    async fn payment(&mut self, kind: IntentKind) -> Payment {
        let by = self.order_service::<CreatePaymentIntentRequest>();
        let mut intent = CreatePaymentIntentRequest {
            kind: kind.into(),
            channel_id: ChannelId::new(&SystemIds).to_string(),
            amount: pence(1_000),
            payment_token: "tok_approve".to_owned(),
            ..Default::default()
        };
        match kind {
            IntentKind::Credit => intent.credit_id = CreditId::new(&SystemIds).to_string(),
            _ => intent.order_id = OrderId::new(&SystemIds).to_string(),
        }
        let made = self
            .once(&by, intent, |other| other.amount = pence(999))
            .await;
        made.payment.unwrap()
    }

    /// An authorisation of which nothing becomes known, until staff say so: between two tries, when the provider has settled.
    async fn unknown(&mut self) {
        let by = self.order_service::<CreatePaymentIntentRequest>();
        let intent = CreatePaymentIntentRequest {
            kind: IntentKind::Payment.into(),
            order_id: OrderId::new(&SystemIds).to_string(),
            channel_id: ChannelId::new(&SystemIds).to_string(),
            amount: pence(1_000),
            payment_token: "tok_lost".to_owned(),
            ..Default::default()
        };
        let change = |other: &mut CreatePaymentIntentRequest| other.amount = pence(999);
        let payment = self.once(&by, intent, change).await.payment.unwrap();
        let authorize = AuthorizePaymentRequest {
            payment_id: payment.payment_id.clone(),
            request_id: "of-which-nothing-is-known".to_owned(),
        };
        let bytes = authorize.encode_to_vec();
        let sent = self
            .world
            .call(by, AuthorizePaymentRequest::METHOD, None, bytes);
        sent.await.unwrap();
        let list = ListPaymentOperationsRequest {
            payment_id: payment.payment_id,
            ..Default::default()
        };
        let staff = self.world.suite.staff();
        let operation_id = eventually("the provider has settled", || async {
            let found = staff.call(list.clone()).await.unwrap().operations;
            let sent = found[0].update_time.unwrap();
            let now = SystemClock.now().micros() - 2_200_000;
            let settled = sent.seconds * 1_000_000 + i64::from(sent.nanos) / 1_000 < now;
            let unknown = found[0].state() == OperationState::Unknown;
            (settled && unknown).then(|| found[0].operation_id.clone())
        })
        .await;
        let resolve = ResolveUnknownOperationRequest {
            operation_id,
            resolution: OperationResolution::Failed.into(),
            reason: "they never heard of it".to_owned(),
            ..Default::default()
        };
        let by = self.world.operator();
        self.once(&by, resolve, |other| other.reason.push('!'))
            .await;
    }

    pub(super) async fn payments(&mut self) {
        let by = self.order_service::<CreatePaymentIntentRequest>();
        let elsewhere = || PaymentId::new(&SystemIds).to_string();
        for captured in [true, false] {
            let payment = self.payment(IntentKind::Payment).await;
            let authorize = AuthorizePaymentRequest {
                payment_id: payment.payment_id.clone(),
                ..Default::default()
            };
            self.once(&by, authorize, |other| other.payment_id = elsewhere())
                .await;
            let authorized = format!("key-{}", self.keys);
            if !captured {
                let confirm = ConfirmPaymentRequest {
                    payment_id: payment.payment_id.clone(),
                    ..Default::default()
                };
                let staff = self.world.operator();
                self.once(&staff, confirm, |other| other.payment_id = elsewhere())
                    .await;
                let void = VoidPaymentRequest {
                    undoes_request_id: authorized,
                    order_id: payment.order_id,
                    ..Default::default()
                };
                self.once(&by, void, |other| other.reason = "another".to_owned())
                    .await;
                continue;
            }
            let capture = CapturePaymentRequest {
                payment_id: payment.payment_id.clone(),
                amount: pence(800),
                ..Default::default()
            };
            self.once(&by, capture, |other| other.amount = pence(1))
                .await;
            let refund = RefundPaymentRequest {
                payment_id: payment.payment_id,
                amount: pence(300),
                ..Default::default()
            };
            self.once(&by, refund, |other| other.amount = pence(1))
                .await;
        }
        if self.thorough {
            self.unknown().await;
        }
        let payment = self.payment(IntentKind::Credit).await;
        let credit = CreditPaymentRequest {
            payment_id: payment.payment_id,
            ..Default::default()
        };
        self.once(&by, credit, |other| other.payment_id = elsewhere())
            .await;
    }

    /// A refund that the provider refuses leaves work for the operator.
    pub(super) async fn work(&mut self) {
        let staff = self.world.operator();
        let order = self.order("tok_refund_declined").await;
        let cancel = CancelOrderRequest {
            order_id: order.order_id.clone(),
            ..Default::default()
        };
        self.world.suite.guest("ann").call(cancel).await.unwrap();
        let stuck = ListWorkflowsRequest {
            service: "order".to_owned(),
            state: WorkflowState::Stuck.into(),
            ..Default::default()
        };
        let operator = self.world.suite.staff();
        let stuck = eventually("work for the operator", || async {
            let found = operator.call(stuck.clone()).await.unwrap();
            found.workflows.into_iter().next()
        })
        .await;
        let retry = RetryWorkflowRequest {
            service: "order".to_owned(),
            workflow_id: stuck.workflow_id,
            ..Default::default()
        };
        let elsewhere = WorkflowId::new(&SystemIds).to_string();
        self.once(&staff, retry, |other| other.workflow_id = elsewhere)
            .await;
        let checked = AcknowledgeRestoreRequest {
            service: "order".to_owned(),
            reason: "nothing was restored".to_owned(),
            ..Default::default()
        };
        let other = "something was".to_owned();
        self.once(&staff, checked, |message| message.reason = other)
            .await;
        let close = CloseBooksRequest {
            service: "order".to_owned(),
            ..Default::default()
        };
        self.once(&staff, close, |other| other.anew = true).await;
    }
}
