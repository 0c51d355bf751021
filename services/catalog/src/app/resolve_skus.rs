//! Tells what skus are.

use stoa_api::catalog::v1::reason;
use stoa_errors::{Error, Kind};

use super::App;
use crate::store::skus::{self, Resolved};

impl App {
    /// What the skus are, in the order asked for. Refused when one is unknown, or is no longer offered and such are not
    /// asked for.
    pub(crate) async fn resolve_skus(
        &self,
        skus: &[String],
        include_archived: bool,
    ) -> Result<Vec<Resolved>, Error> {
        let resolved = skus::resolve(&self.db, &self.cache, skus)
            .await?
            .map_err(|sku| {
                Error::not_found(reason::SKU_NOT_FOUND, format_args!("sku {sku}")).meta("sku", sku)
            })?;
        let gone = resolved.iter().find(|sku| !sku.offered);
        match gone {
            Some(gone) if !include_archived => Err(Error::new(
                Kind::FailedPrecondition,
                reason::SKU_ARCHIVED,
                format!("{} is no longer offered", gone.sku),
            )
            .meta("sku", &gone.sku)),
            _ => Ok(resolved),
        }
    }
}
