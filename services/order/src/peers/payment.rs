//! What the order service asks of payment.

use stoa_api::payment::v1::{
    AuthorizePaymentRequest, CapturePaymentRequest, CreatePaymentIntentRequest,
    CreditPaymentRequest, NextAction, OperationState, PaymentOperation, RefundPaymentRequest,
    VoidPaymentRequest, payment_internal_service_client::PaymentInternalServiceClient, reason,
};
use stoa_errors::Error;
use stoa_rpc::{Peer, client};
use stoa_types::Ctx;

use super::inventory::call;

/// Payment.
#[derive(Clone, Debug)]
pub(crate) struct Payment(PaymentInternalServiceClient<Peer>);

/// What came of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It happened.
    Succeeded,
    /// It did not happen and never will; the provider's code says why.
    Failed(String),
    /// Nothing is known yet: ask again under the same key.
    Unknown,
    /// The customer must act first; then ask again under the same key.
    Waits(NextAction),
}

impl Outcome {
    fn of(operation: Option<&PaymentOperation>) -> Self {
        // No operation: there was nothing to do.
        let Some(operation) = operation else {
            return Self::Succeeded;
        };
        match operation.state() {
            OperationState::Succeeded => Self::Succeeded,
            OperationState::Failed | OperationState::Canceled => {
                Self::Failed(operation.failure_code.clone())
            }
            OperationState::Pending
            | OperationState::Unknown
            | OperationState::RequiresAction
            | OperationState::Unspecified => Self::Unknown,
        }
    }
}

impl Payment {
    pub(crate) fn new(peer: Peer) -> Self {
        Self(PaymentInternalServiceClient::new(peer))
    }

    /// Makes an intent; its id.
    pub(crate) async fn intent(
        &self,
        ctx: &Ctx,
        request: CreatePaymentIntentRequest,
    ) -> Result<String, Error> {
        call!(self, ctx, create_payment_intent, request)?
            .payment
            .map(|payment| payment.payment_id)
            .ok_or_else(|| Error::internal("payment answered without a payment"))
    }

    /// Reserves the intent's amount.
    pub(crate) async fn authorize(
        &self,
        ctx: &Ctx,
        request: AuthorizePaymentRequest,
    ) -> Result<Outcome, Error> {
        let answer = call!(self, ctx, authorize_payment, request)?;
        let asked = answer
            .operation
            .as_ref()
            .is_some_and(|operation| operation.state() == OperationState::RequiresAction);
        match answer.next_action.filter(|_| asked) {
            Some(action) => Ok(Outcome::Waits(action)),
            None => Ok(Outcome::of(answer.operation.as_ref())),
        }
    }

    /// Takes of what is reserved. That there is nothing left to take of is as definite as the provider's refusal.
    pub(crate) async fn capture(
        &self,
        ctx: &Ctx,
        request: CapturePaymentRequest,
    ) -> Result<Outcome, Error> {
        match call!(self, ctx, capture_payment, request) {
            Ok(answer) => Ok(Outcome::of(answer.operation.as_ref())),
            Err(error)
                if [reason::PAYMENT_STATE, reason::AMOUNT_EXCEEDS_AUTHORIZED]
                    .contains(&error.reason.as_ref()) =>
            {
                Ok(Outcome::Failed(error.reason.to_string()))
            }
            Err(error) => Err(error),
        }
    }

    /// Undoes an authorisation, also one that was never made.
    pub(crate) async fn void(
        &self,
        ctx: &Ctx,
        request: VoidPaymentRequest,
    ) -> Result<Outcome, Error> {
        let answer = call!(self, ctx, void_payment, request)?;
        Ok(Outcome::of(answer.operation.as_ref()))
    }

    /// Gives back of what was taken.
    pub(crate) async fn refund(
        &self,
        ctx: &Ctx,
        request: RefundPaymentRequest,
    ) -> Result<Outcome, Error> {
        let answer = call!(self, ctx, refund_payment, request)?;
        Ok(Outcome::of(answer.operation.as_ref()))
    }

    /// Pays a CREDIT intent out.
    pub(crate) async fn credit(
        &self,
        ctx: &Ctx,
        request: CreditPaymentRequest,
    ) -> Result<Outcome, Error> {
        let answer = call!(self, ctx, credit_payment, request)?;
        Ok(Outcome::of(answer.operation.as_ref()))
    }
}
