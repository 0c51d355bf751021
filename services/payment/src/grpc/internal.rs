//! What the order service asks.

use async_trait::async_trait;
use stoa_api::convert;
use stoa_api::payment::v1 as pb;
use stoa_errors::Error;
use stoa_rpc::payment::v1::PaymentInternalServiceHandler;
use stoa_store::Committed;
use stoa_types::{Ctx, Money, OperationId, OrderId, PaymentId, boundary};

use super::convert as to;
use crate::app::command::{Command, NewIntent, undone_key};
use crate::app::operate::{Operations, Told};
use crate::domain::{Flow, IntentKind, Operation, OperationKind, Refusal, Terms};
use crate::store::read;

/// The service behind `PaymentInternalService`.
pub(crate) struct Internal(pub(crate) Operations);

/// An authorisation and a credit ask nothing of an earlier authorisation.
const NO_TERMS: Terms = Terms {
    multi_capture: true,
    partial_void: true,
};

type Pair = (Option<pb::PaymentOperation>, Option<pb::Payment>);

fn pair(told: &Told) -> Pair {
    let operation =
        told.operation
            .as_ref()
            .zip(told.payment.as_ref())
            .map(|(operation, payment)| {
                let mut shown = to::operation(operation, payment);
                if is_undone(operation) {
                    shown.state = pb::OperationState::Failed.into();
                }
                shown
            });
    (operation, told.payment.as_ref().map(to::payment))
}

/// What took effect after it was given up is undone. Whoever asked for it and has not heard yet that it was given up hears it now:
/// he must not build on money that goes back.
fn is_undone(operation: &Operation) -> bool {
    let kinds = [OperationKind::Authorize, OperationKind::Capture];
    operation.late && kinds.contains(&operation.kind)
}

/// An amount above 0.
fn amount(value: Option<&stoa_api::type_::v1::Money>) -> Result<Money, Error> {
    let amount = convert::money("amount", value)?;
    if amount.minor > 0 {
        return Ok(amount);
    }
    Err(Error::invalid(
        "amount.minor_units",
        "AMOUNT_POSITIVE",
        "must be more than 0",
    ))
}

impl Internal {
    async fn reserve(
        &self,
        ctx: &Ctx,
        payment_id: &str,
        kind: OperationKind,
        amount: Option<Money>,
        terms: Terms,
    ) -> Result<Pair, Error> {
        let command = Command::Reserve {
            payment: convert::id("payment_id", payment_id)?,
            kind,
            amount,
            terms,
            id: OperationId::new(self.0.ids.as_ref()),
        };
        let told = self.0.perform(ctx, kind, command).await?;
        Ok(pair(&told))
    }

    fn intent(&self, request: pb::CreatePaymentIntentRequest) -> Result<NewIntent, Error> {
        let kind = match convert::enumeration("kind", request.kind)? {
            pb::IntentKind::Credit => IntentKind::Credit,
            pb::IntentKind::Payment | pb::IntentKind::Unspecified => IntentKind::Payment,
        };
        let (wanted, other) = match kind {
            IntentKind::Payment => (
                ("order_id", &request.order_id),
                ("credit_id", &request.credit_id),
            ),
            IntentKind::Credit => (
                ("credit_id", &request.credit_id),
                ("order_id", &request.order_id),
            ),
        };
        if wanted.1.is_empty() {
            return Err(Error::invalid(
                wanted.0,
                "required",
                "must be set for this kind",
            ));
        }
        if !other.1.is_empty() {
            return Err(Error::invalid(
                other.0,
                "FORBIDDEN",
                "must be empty for this kind",
            ));
        }
        let order_id = match kind {
            IntentKind::Payment => Some(convert::id::<OrderId>("order_id", &request.order_id)?),
            IntentKind::Credit => None,
        };
        let credit_id = match kind {
            IntentKind::Payment => None,
            IntentKind::Credit => Some(convert::id("credit_id", &request.credit_id)?),
        };
        let flow = match request.flow() {
            pb::MethodFlow::Sale => Flow::Sale,
            pb::MethodFlow::AuthorizeCapture | pb::MethodFlow::Unspecified => {
                Flow::AuthorizeCapture
            }
        };
        Ok(NewIntent {
            id: PaymentId::new(self.0.ids.as_ref()),
            kind,
            flow,
            order_id,
            credit_id,
            channel_id: convert::id("channel_id", &request.channel_id)?,
            amount: amount(request.amount.as_ref())?,
            owner: request.owner,
            token: request.payment_token,
            provider: self.0.provider.name(),
        })
    }
}

#[async_trait]
impl PaymentInternalServiceHandler for Internal {
    async fn create_payment_intent(
        &self,
        ctx: Ctx,
        request: pb::CreatePaymentIntentRequest,
    ) -> Result<pb::CreatePaymentIntentResponse, Error> {
        let command = Command::CreateIntent(Box::new(self.intent(request)?));
        let committed = boundary!(
            "payment.intent.commit",
            self.0.queue.submit(&ctx, command).await
        )?;
        let payment = match committed {
            Committed::Done(answer) => answer.payment,
            Committed::Replayed { resource } => {
                read::payment(&self.0.db, convert::id("payment_id", &resource)?).await?
            }
        };
        Ok(pb::CreatePaymentIntentResponse {
            payment: payment.as_ref().map(to::payment),
        })
    }

    async fn authorize_payment(
        &self,
        ctx: Ctx,
        request: pb::AuthorizePaymentRequest,
    ) -> Result<pb::AuthorizePaymentResponse, Error> {
        let kind = OperationKind::Authorize;
        let made = self.reserve(&ctx, &request.payment_id, kind, None, NO_TERMS);
        let (operation, payment) = made.await?;
        let next_action = payment
            .as_ref()
            .and_then(|payment| payment.next_action.clone());
        Ok(pb::AuthorizePaymentResponse {
            operation,
            payment,
            next_action,
        })
    }

    async fn capture_payment(
        &self,
        ctx: Ctx,
        request: pb::CapturePaymentRequest,
    ) -> Result<pb::CapturePaymentResponse, Error> {
        let amount = amount(request.amount.as_ref())?;
        let terms = self.0.terms().await?;
        let kind = OperationKind::Capture;
        let made = self.reserve(&ctx, &request.payment_id, kind, Some(amount), terms);
        let (operation, payment) = made.await?;
        Ok(pb::CapturePaymentResponse { operation, payment })
    }

    async fn void_payment(
        &self,
        ctx: Ctx,
        request: pb::VoidPaymentRequest,
    ) -> Result<pb::VoidPaymentResponse, Error> {
        let command = Command::Undo {
            key: undone_key(&ctx, &request.undoes_request_id),
            terms: self.0.terms().await?,
            id: OperationId::new(self.0.ids.as_ref()),
        };
        let told = self.0.perform(&ctx, OperationKind::Void, command).await?;
        let (operation, payment) = pair(&told);
        Ok(pb::VoidPaymentResponse { operation, payment })
    }

    async fn refund_payment(
        &self,
        ctx: Ctx,
        request: pb::RefundPaymentRequest,
    ) -> Result<pb::RefundPaymentResponse, Error> {
        let amount = amount(request.amount.as_ref())?;
        let kind = OperationKind::Refund;
        let made = self.reserve(&ctx, &request.payment_id, kind, Some(amount), NO_TERMS);
        let (operation, payment) = made.await?;
        Ok(pb::RefundPaymentResponse { operation, payment })
    }

    async fn credit_payment(
        &self,
        ctx: Ctx,
        request: pb::CreditPaymentRequest,
    ) -> Result<pb::CreditPaymentResponse, Error> {
        if !self.0.capabilities().await?.standalone_credit {
            return Err(Refusal::CreditUnsupported.into());
        }
        let kind = OperationKind::Credit;
        let made = self.reserve(&ctx, &request.payment_id, kind, None, NO_TERMS);
        let (operation, payment) = made.await?;
        Ok(pb::CreditPaymentResponse { operation, payment })
    }
}
