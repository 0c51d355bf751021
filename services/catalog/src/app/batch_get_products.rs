//! Gets several products by id.

use std::sync::Arc;

use stoa_errors::Error;
use stoa_types::ProductId;

use super::App;
use crate::domain::{Product, Refusal};
use crate::store::products;

impl App {
    /// The products in the order asked for; refused when one is missing.
    pub(crate) async fn batch_get_products(
        &self,
        ids: &[ProductId],
    ) -> Result<Vec<Arc<Product>>, Error> {
        let mut found = products::by_ids(&self.db, ids).await?;
        ids.iter()
            .map(|id| {
                let product = found.remove(id).ok_or(Refusal::ProductNotFound(*id));
                product.map_err(Error::from)
            })
            .collect()
    }
}
