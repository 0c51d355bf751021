//! What staff see.

use async_trait::async_trait;
use stoa_api::convert;
use stoa_api::payment::v1 as pb;
use stoa_errors::Error;
use stoa_rpc::payment::v1::PaymentAdminServiceHandler;
use stoa_store::{PageSize, PageToken};
use stoa_types::{Ctx, PaymentId};

use super::convert as to;
use crate::app::operate::Operations;
use crate::domain::{Refusal, Verdict};
use crate::store::read::{self, Search};

/// The service behind `PaymentAdminService`.
pub(crate) struct Admin(pub(crate) Operations);

/// An id that may be absent.
fn optional<T>(field: &str, text: &str) -> Result<Option<T>, Error>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    if text.is_empty() {
        return Ok(None);
    }
    convert::id(field, text).map(Some)
}

#[async_trait]
impl PaymentAdminServiceHandler for Admin {
    async fn search_payments(
        &self,
        _: Ctx,
        request: pb::SearchPaymentsRequest,
    ) -> Result<pb::SearchPaymentsResponse, Error> {
        let size = PageSize::new(request.page_size)?;
        let bound = ("search_payments", &request.order_id, request.state);
        let before = PageToken::decode(&request.page_token, &bound)?;
        let state = request.state();
        let search = Search {
            order_id: optional("order_id", &request.order_id)?,
            state: to::wanted_state(state),
        };
        if state != pb::PaymentState::Unspecified && search.state.is_none() {
            // A state that no payment is in yet.
            return Ok(pb::SearchPaymentsResponse::default());
        }
        let mut found = read::search(&self.0.db, search, before, size.fetch()).await?;
        let more = found.len() > size.get();
        found.truncate(size.get());
        let next_page_token = match found.last().filter(|_| more) {
            Some(last) => PageToken::encode(&last.id, &bound)?,
            None => String::new(),
        };
        Ok(pb::SearchPaymentsResponse {
            payments: found.iter().map(to::payment).collect(),
            next_page_token,
        })
    }

    async fn list_payment_operations(
        &self,
        _: Ctx,
        request: pb::ListPaymentOperationsRequest,
    ) -> Result<pb::ListPaymentOperationsResponse, Error> {
        let size = PageSize::new(request.page_size)?;
        let bound = ("payment_operations", &request.payment_id);
        let after = PageToken::decode(&request.page_token, &bound)?;
        let id: PaymentId = convert::id("payment_id", &request.payment_id)?;
        let payment = read::payment(&self.0.db, id).await?;
        let payment = payment.ok_or(Refusal::NotFound(id))?;
        let mut found = read::operations(&self.0.db, id, after, size.fetch()).await?;
        let more = found.len() > size.get();
        found.truncate(size.get());
        let next_page_token = match found.last().filter(|_| more) {
            Some(last) => PageToken::encode(&last.id, &bound)?,
            None => String::new(),
        };
        Ok(pb::ListPaymentOperationsResponse {
            operations: found
                .iter()
                .map(|operation| to::operation(operation, &payment))
                .collect(),
            next_page_token,
        })
    }

    async fn resolve_unknown_operation(
        &self,
        ctx: Ctx,
        request: pb::ResolveUnknownOperationRequest,
    ) -> Result<pb::ResolveUnknownOperationResponse, Error> {
        let operation = convert::id("operation_id", &request.operation_id)?;
        let said: pb::OperationResolution = convert::enumeration("resolution", request.resolution)?;
        let succeeded = said == pb::OperationResolution::Succeeded;
        if succeeded == request.provider_id.is_empty() {
            let wanted = if succeeded { "required" } else { "FORBIDDEN" };
            let text = "must be set for SUCCEEDED, and for nothing else";
            return Err(Error::invalid("provider_id", wanted, text));
        }
        let verdict = if succeeded {
            let provider_id = request.provider_id;
            Verdict::Succeeded { provider_id }
        } else {
            Verdict::NeverArrived
        };
        let told = self.0.settle(&ctx, operation, verdict).await?;
        let pair = told.operation.as_ref().zip(told.payment.as_ref());
        Ok(pb::ResolveUnknownOperationResponse {
            operation: pair.map(|(operation, payment)| to::operation(operation, payment)),
            payment: told.payment.as_ref().map(to::payment),
        })
    }

    async fn list_ledger_entries(
        &self,
        _: Ctx,
        request: pb::ListLedgerEntriesRequest,
    ) -> Result<pb::ListLedgerEntriesResponse, Error> {
        let size = PageSize::new(request.page_size)?;
        let bound = ("ledger_entries", &request.payment_id);
        let after = PageToken::decode(&request.page_token, &bound)?.unwrap_or(0);
        let payment = optional("payment_id", &request.payment_id)?;
        let mut found = read::ledger(&self.0.db, payment, after, size.fetch()).await?;
        let more = found.len() > size.get();
        found.truncate(size.get());
        let next_page_token = match found.last().filter(|_| more) {
            Some(last) => PageToken::encode(&last.position, &bound)?,
            None => String::new(),
        };
        Ok(pb::ListLedgerEntriesResponse {
            entries: found.iter().map(to::entry).collect(),
            next_page_token,
        })
    }

    async fn get_ledger_balances(
        &self,
        _: Ctx,
        request: pb::GetLedgerBalancesRequest,
    ) -> Result<pb::GetLedgerBalancesResponse, Error> {
        let currency = match request.currency_code.as_str() {
            "" => None,
            code => Some(convert::currency("currency_code", code)?),
        };
        let balances = read::balances(&self.0.db, currency).await?;
        Ok(pb::GetLedgerBalancesResponse {
            balances: balances.iter().map(to::balance).collect(),
        })
    }
}
