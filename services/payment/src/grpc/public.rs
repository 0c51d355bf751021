//! What a customer may see of his own.

use async_trait::async_trait;
use stoa_api::convert;
use stoa_api::payment::v1 as pb;
use stoa_errors::Error;
use stoa_rpc::payment::v1::PaymentServiceHandler;
use stoa_store::{PageSize, PageToken};
use stoa_types::{Ctx, PaymentId};

use super::convert as to;
use crate::app::operate::Operations;
use crate::domain::Refusal;
use crate::store::read;

/// The service behind `PaymentService`.
pub(crate) struct Public(pub(crate) Operations);

#[async_trait]
impl PaymentServiceHandler for Public {
    async fn get_payment(
        &self,
        ctx: Ctx,
        request: pb::GetPaymentRequest,
    ) -> Result<pb::GetPaymentResponse, Error> {
        let id: PaymentId = convert::id("payment_id", &request.payment_id)?;
        let payment = read::payment(&self.0.db, id)
            .await?
            .filter(|payment| payment.is_seen_by(&ctx.principal))
            .ok_or(Refusal::NotFound(id))?;
        Ok(pb::GetPaymentResponse {
            payment: Some(to::payment(&payment)),
        })
    }

    async fn confirm_payment(
        &self,
        ctx: Ctx,
        request: pb::ConfirmPaymentRequest,
    ) -> Result<pb::ConfirmPaymentResponse, Error> {
        let id: PaymentId = convert::id("payment_id", &request.payment_id)?;
        let payment = self.0.confirm(&ctx, id).await?;
        Ok(pb::ConfirmPaymentResponse {
            payment: Some(to::payment(&payment)),
        })
    }

    async fn list_payments(
        &self,
        ctx: Ctx,
        request: pb::ListPaymentsRequest,
    ) -> Result<pb::ListPaymentsResponse, Error> {
        let size = PageSize::new(request.page_size)?;
        let owner = ctx.principal.scope();
        let bound = ("own_payments", &owner);
        let before = PageToken::decode(&request.page_token, &bound)?;
        let mut found = read::own_payments(&self.0.db, &owner, before, size.fetch()).await?;
        let more = found.len() > size.get();
        found.truncate(size.get());
        let next_page_token = match found.last().filter(|_| more) {
            Some(last) => PageToken::encode(&last.id, &bound)?,
            None => String::new(),
        };
        Ok(pb::ListPaymentsResponse {
            payments: found.iter().map(to::payment).collect(),
            next_page_token,
        })
    }
}
