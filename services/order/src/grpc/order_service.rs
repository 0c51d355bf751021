//! OrderService: what a customer does.

use async_trait::async_trait;
use futures::stream::BoxStream;
use stoa_api::convert::id;
use stoa_api::order::v1::*;
use stoa_errors::Error;
use stoa_rpc::order::v1::OrderServiceHandler;
use stoa_types::{Ctx, OrderId};

use super::Handler;
use crate::store::find::{self, Filter};

#[async_trait]
impl OrderServiceHandler for Handler {
    async fn create_quote(
        &self,
        ctx: Ctx,
        request: CreateQuoteRequest,
    ) -> Result<CreateQuoteResponse, Error> {
        let quote = self.0.create_quote(&ctx, request).await?;
        Ok(CreateQuoteResponse { quote: Some(quote) })
    }

    async fn get_quote(
        &self,
        ctx: Ctx,
        request: GetQuoteRequest,
    ) -> Result<GetQuoteResponse, Error> {
        let quote = self
            .0
            .get_quote(&ctx, id("quote_id", &request.quote_id)?)
            .await?;
        Ok(GetQuoteResponse { quote: Some(quote) })
    }

    async fn place_order(
        &self,
        ctx: Ctx,
        request: PlaceOrderRequest,
    ) -> Result<PlaceOrderResponse, Error> {
        let order = self.0.place_order(&ctx, request).await?;
        Ok(PlaceOrderResponse { order: Some(order) })
    }

    async fn get_order(
        &self,
        ctx: Ctx,
        request: GetOrderRequest,
    ) -> Result<GetOrderResponse, Error> {
        let order = self.0.get_order(&ctx, &request).await?;
        Ok(GetOrderResponse { order: Some(order) })
    }

    async fn list_orders(
        &self,
        ctx: Ctx,
        request: ListOrdersRequest,
    ) -> Result<ListOrdersResponse, Error> {
        let (orders, next_page_token) = find::own_orders(
            &self.0.db,
            ctx.principal.scope(),
            request.page_size,
            &request.page_token,
        )
        .await?;
        Ok(ListOrdersResponse {
            orders,
            next_page_token,
        })
    }

    async fn list_order_events(
        &self,
        ctx: Ctx,
        request: ListOrderEventsRequest,
    ) -> Result<ListOrderEventsResponse, Error> {
        let order_id: OrderId = id("order_id", &request.order_id)?;
        let (events, next_page_token) = self
            .0
            .order_events(&ctx, order_id, request.page_size, &request.page_token)
            .await?;
        Ok(ListOrderEventsResponse {
            events,
            next_page_token,
        })
    }

    async fn watch_order(
        &self,
        ctx: Ctx,
        request: WatchOrderRequest,
    ) -> Result<BoxStream<'static, Result<WatchOrderResponse, Error>>, Error> {
        let order_id = id("order_id", &request.order_id)?;
        self.0
            .watch_order(&ctx, order_id, request.after_revision)
            .await
    }

    async fn cancel_order(
        &self,
        ctx: Ctx,
        request: CancelOrderRequest,
    ) -> Result<CancelOrderResponse, Error> {
        let order = self.0.cancel_order(&ctx, request).await?;
        Ok(CancelOrderResponse { order: Some(order) })
    }

    async fn request_return(
        &self,
        ctx: Ctx,
        request: RequestReturnRequest,
    ) -> Result<RequestReturnResponse, Error> {
        let returned = self.0.request_return(&ctx, request).await?;
        Ok(RequestReturnResponse {
            r#return: Some(returned),
        })
    }

    async fn get_return(
        &self,
        ctx: Ctx,
        request: GetReturnRequest,
    ) -> Result<GetReturnResponse, Error> {
        let returned = self
            .0
            .get_return(&ctx, id("return_id", &request.return_id)?)
            .await?;
        Ok(GetReturnResponse {
            r#return: Some(returned),
        })
    }

    async fn list_returns(
        &self,
        ctx: Ctx,
        request: ListReturnsRequest,
    ) -> Result<ListReturnsResponse, Error> {
        let mut filter = Filter::of_owner(ctx.principal.scope());
        filter.order_hex = super::order_admin_service::order_hex(&request.order_id)?;
        let (returns, next_page_token) =
            find::own_returns(&self.0.db, &filter, request.page_size, &request.page_token).await?;
        Ok(ListReturnsResponse {
            returns,
            next_page_token,
        })
    }
}
