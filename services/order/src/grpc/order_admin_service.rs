//! OrderAdminService: what staff do to orders.

use async_trait::async_trait;
use stoa_api::convert::id;
use stoa_api::order::v1::*;
use stoa_errors::Error;
use stoa_rpc::order::v1::OrderAdminServiceHandler;
use stoa_types::{Ctx, OrderId};

use super::Handler;
use crate::store::find::{self, Filter};

#[async_trait]
impl OrderAdminServiceHandler for Handler {
    async fn create_staff_quote(
        &self,
        ctx: Ctx,
        request: CreateStaffQuoteRequest,
    ) -> Result<CreateStaffQuoteResponse, Error> {
        let quote = self.0.create_staff_quote(&ctx, request).await?;
        Ok(CreateStaffQuoteResponse { quote: Some(quote) })
    }

    async fn search_orders(
        &self,
        _: Ctx,
        request: SearchOrdersRequest,
    ) -> Result<SearchOrdersResponse, Error> {
        let mut filter = Filter::of_channel(request.channel);
        filter.external_ref = request.external_ref;
        filter.customer_ref = request.customer_ref;
        filter.state = request.state;
        let (orders, next_page_token) =
            find::search_orders(&self.0.db, &filter, request.page_size, &request.page_token)
                .await?;
        Ok(SearchOrdersResponse {
            orders,
            next_page_token,
        })
    }

    async fn import_order(
        &self,
        ctx: Ctx,
        request: ImportOrderRequest,
    ) -> Result<ImportOrderResponse, Error> {
        let order = self.0.import_order(&ctx, request).await?;
        Ok(ImportOrderResponse { order: Some(order) })
    }

    async fn create_fulfillment(
        &self,
        ctx: Ctx,
        request: CreateFulfillmentRequest,
    ) -> Result<CreateFulfillmentResponse, Error> {
        let (order, fulfillment) = self.0.create_fulfillment(&ctx, request).await?;
        Ok(CreateFulfillmentResponse {
            order: Some(order),
            fulfillment,
        })
    }

    async fn ship_fulfillment(
        &self,
        ctx: Ctx,
        request: ShipFulfillmentRequest,
    ) -> Result<ShipFulfillmentResponse, Error> {
        let order = self.0.ship_fulfillment(&ctx, request).await?;
        Ok(ShipFulfillmentResponse { order: Some(order) })
    }

    async fn retry_capture(
        &self,
        ctx: Ctx,
        request: RetryCaptureRequest,
    ) -> Result<RetryCaptureResponse, Error> {
        let order = self.0.retry_capture(&ctx, request).await?;
        Ok(RetryCaptureResponse { order: Some(order) })
    }

    async fn mark_paid_externally(
        &self,
        ctx: Ctx,
        request: MarkPaidExternallyRequest,
    ) -> Result<MarkPaidExternallyResponse, Error> {
        let order = self.0.mark_paid_externally(&ctx, request).await?;
        Ok(MarkPaidExternallyResponse { order: Some(order) })
    }

    async fn write_off(
        &self,
        ctx: Ctx,
        request: WriteOffRequest,
    ) -> Result<WriteOffResponse, Error> {
        let order = self.0.write_off(&ctx, request).await?;
        Ok(WriteOffResponse { order: Some(order) })
    }

    async fn search_returns(
        &self,
        _: Ctx,
        request: SearchReturnsRequest,
    ) -> Result<SearchReturnsResponse, Error> {
        let mut filter = Filter::of_channel(request.channel);
        filter.order_hex = order_hex(&request.order_id)?;
        filter.external_ref = request.external_ref;
        filter.state = request.state;
        let (returns, next_page_token) =
            find::search_returns(&self.0.db, &filter, request.page_size, &request.page_token)
                .await?;
        Ok(SearchReturnsResponse {
            returns,
            next_page_token,
        })
    }

    async fn approve_return(
        &self,
        ctx: Ctx,
        request: ApproveReturnRequest,
    ) -> Result<ApproveReturnResponse, Error> {
        let return_id = id("return_id", &request.return_id)?;
        let returned = self.0.approve_return(&ctx, return_id).await?;
        Ok(ApproveReturnResponse {
            r#return: Some(returned),
        })
    }

    async fn reject_return(
        &self,
        ctx: Ctx,
        request: RejectReturnRequest,
    ) -> Result<RejectReturnResponse, Error> {
        let return_id = id("return_id", &request.return_id)?;
        let returned = self.0.reject_return(&ctx, return_id, request).await?;
        Ok(RejectReturnResponse {
            r#return: Some(returned),
        })
    }

    async fn receive_return(
        &self,
        ctx: Ctx,
        request: ReceiveReturnRequest,
    ) -> Result<ReceiveReturnResponse, Error> {
        let return_id = id("return_id", &request.return_id)?;
        let returned = self.0.receive_return(&ctx, return_id, request).await?;
        Ok(ReceiveReturnResponse {
            r#return: Some(returned),
        })
    }

    async fn import_return(
        &self,
        ctx: Ctx,
        request: ImportReturnRequest,
    ) -> Result<ImportReturnResponse, Error> {
        let returned = self.0.import_return(&ctx, request).await?;
        Ok(ImportReturnResponse {
            r#return: Some(returned),
        })
    }

    async fn create_credit(
        &self,
        ctx: Ctx,
        request: CreateCreditRequest,
    ) -> Result<CreateCreditResponse, Error> {
        let credit = self.0.create_credit(&ctx, request).await?;
        Ok(CreateCreditResponse {
            credit: Some(credit),
        })
    }

    async fn get_credit(
        &self,
        _: Ctx,
        request: GetCreditRequest,
    ) -> Result<GetCreditResponse, Error> {
        let credit = self
            .0
            .load_credit(id("credit_id", &request.credit_id)?)
            .await?;
        Ok(GetCreditResponse {
            credit: Some(credit),
        })
    }

    async fn search_credits(
        &self,
        _: Ctx,
        request: SearchCreditsRequest,
    ) -> Result<SearchCreditsResponse, Error> {
        let mut filter = Filter::of_channel(request.channel);
        filter.external_ref = request.external_ref;
        filter.state = request.state;
        let (credits, next_page_token) =
            find::search_credits(&self.0.db, &filter, request.page_size, &request.page_token)
                .await?;
        Ok(SearchCreditsResponse {
            credits,
            next_page_token,
        })
    }
}

/// The order that a list is narrowed to; none where the field is empty.
pub(super) fn order_hex(order_id: &str) -> Result<Option<String>, Error> {
    if order_id.is_empty() {
        return Ok(None);
    }
    let order_id: OrderId = id("order_id", order_id)?;
    Ok(Some(order_id.hex()))
}
