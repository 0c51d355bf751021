//! What the order service asks of the catalogue.

use std::collections::HashMap;

use stoa_api::catalog::v1::{
    ResolveSkusRequest, ResolvedSku, catalog_internal_service_client::CatalogInternalServiceClient,
};
use stoa_errors::Error;
use stoa_rpc::{Peer, client};
use stoa_types::Ctx;

/// The catalogue.
#[derive(Clone, Debug)]
pub(crate) struct Catalog(CatalogInternalServiceClient<Peer>);

impl Catalog {
    pub(crate) fn new(peer: Peer) -> Self {
        Self(CatalogInternalServiceClient::new(peer))
    }

    /// Tells what each sku is, in the order asked for; a sku may be asked for twice.
    pub(crate) async fn resolve(
        &self,
        ctx: &Ctx,
        skus: impl Iterator<Item = &str> + Send,
        include_archived: bool,
    ) -> Result<Vec<ResolvedSku>, Error> {
        let wanted: Vec<&str> = skus.collect();
        let mut unique: Vec<String> = wanted.iter().map(|sku| (*sku).to_owned()).collect();
        unique.sort_unstable();
        unique.dedup();
        let request = ResolveSkusRequest {
            skus: unique,
            include_archived,
        };
        let answer = self
            .0
            .clone()
            .resolve_skus(client::request(ctx, request))
            .await
            .map_err(client::error)?
            .into_inner();
        let known: HashMap<&str, &ResolvedSku> = answer
            .skus
            .iter()
            .map(|sku| (sku.sku.as_str(), sku))
            .collect();
        wanted
            .iter()
            .map(|sku| {
                known
                    .get(sku)
                    .map(|sku| (*sku).clone())
                    .ok_or_else(|| Error::internal(format!("catalog left out sku {sku}")))
            })
            .collect()
    }
}
