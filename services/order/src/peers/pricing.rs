//! What the order service asks of pricing.

use stoa_api::pricing::v1::{
    PriceBasketRequest, PriceBasketResponse,
    pricing_internal_service_client::PricingInternalServiceClient,
};
use stoa_errors::Error;
use stoa_rpc::{Peer, client};
use stoa_types::Ctx;

/// Pricing.
#[derive(Clone, Debug)]
pub(crate) struct Pricing(PricingInternalServiceClient<Peer>);

impl Pricing {
    pub(crate) fn new(peer: Peer) -> Self {
        Self(PricingInternalServiceClient::new(peer))
    }

    /// Tells what a basket costs.
    pub(crate) async fn price(
        &self,
        ctx: &Ctx,
        request: PriceBasketRequest,
    ) -> Result<PriceBasketResponse, Error> {
        self.0
            .clone()
            .price_basket(client::request(ctx, request))
            .await
            .map(tonic::Response::into_inner)
            .map_err(client::error)
    }
}
