//! What the order service asks.

use async_trait::async_trait;
use stoa_api::convert;
use stoa_api::pricing::v1::{PriceBasketRequest, PriceBasketResponse};
use stoa_errors::Error;
use stoa_rpc::pricing::v1::PricingInternalServiceHandler;
use stoa_types::Ctx;

use super::basket;
use crate::app::App;

#[async_trait]
impl PricingInternalServiceHandler for App {
    async fn price_basket(
        &self,
        _: Ctx,
        request: PriceBasketRequest,
    ) -> Result<PriceBasketResponse, Error> {
        let at = convert::timestamp_if_set("price_time", request.price_time.as_ref())?;
        let lines = request.lines.iter().enumerate();
        let lines = lines
            .map(|(index, line)| basket::line(&format!("lines[{index}]"), line))
            .collect::<Result<_, _>>()?;
        let priced = self.price_basket(&request.channel, at, lines).await?;
        Ok(basket::response(priced))
    }
}
