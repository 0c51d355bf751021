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

    /// Tells what a basket costs. `price_field` is what the caller of this service calls the price of a line that
    /// is not the book's: a refusal names the fields of his request.
    pub(crate) async fn price(
        &self,
        ctx: &Ctx,
        request: PriceBasketRequest,
        price_field: &str,
    ) -> Result<PriceBasketResponse, Error> {
        self.0
            .clone()
            .price_basket(client::request(ctx, request))
            .await
            .map(tonic::Response::into_inner)
            .map_err(|status| in_callers_words(client::error(status), price_field))
    }
}

fn in_callers_words(mut error: Error, price_field: &str) -> Error {
    for violation in &mut error.violations {
        if let Some(rest) = violation.field.strip_prefix("lines[") {
            let rest = rest.replacen("override_unit_price", price_field, 1);
            violation.field = format!("items[{rest}");
        }
    }
    error
}
