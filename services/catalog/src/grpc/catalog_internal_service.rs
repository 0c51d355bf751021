//! What the order service asks.

use async_trait::async_trait;
use stoa_api::catalog::v1::{ResolveSkusRequest, ResolveSkusResponse, ResolvedSku};
use stoa_errors::Error;
use stoa_rpc::catalog::v1::CatalogInternalServiceHandler;
use stoa_types::Ctx;

use super::product;
use crate::app::App;
use crate::store::skus::Resolved;

#[async_trait]
impl CatalogInternalServiceHandler for App {
    async fn resolve_skus(
        &self,
        _: Ctx,
        request: ResolveSkusRequest,
    ) -> Result<ResolveSkusResponse, Error> {
        let resolved = self
            .resolve_skus(&request.skus, request.include_archived)
            .await?;
        Ok(ResolveSkusResponse {
            skus: resolved.into_iter().map(sku).collect(),
        })
    }
}

fn sku(resolved: Resolved) -> ResolvedSku {
    ResolvedSku {
        sku: resolved.sku,
        product_id: resolved.product.to_string(),
        title: resolved.title,
        kind: product::kind(resolved.kind).into(),
        stock_tracked: resolved.stock_tracked,
        tax_category: resolved.tax_category,
        unit: product::unit(resolved.unit).into(),
    }
}
