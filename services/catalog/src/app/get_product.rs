//! Gets one product by its id or slug.

use std::sync::Arc;

use stoa_errors::Error;
use stoa_types::ProductId;

use super::App;
use super::refusal::product_not_found;
use crate::domain::Product;
use crate::store::products;

impl App {
    /// The product with this id or slug, also an archived one.
    pub(crate) async fn get_product(&self, name: &str) -> Result<Arc<Product>, Error> {
        let found = match name.parse::<ProductId>() {
            Ok(id) => products::by_id(&self.db, &self.cache, id).await?,
            Err(_) => products::by_slug(&self.db, &self.cache, name).await?,
        };
        found.ok_or_else(|| product_not_found(name))
    }

    /// What stands under the key of a call that comes again: the product as it is now.
    pub(crate) async fn replayed_product(&self, resource: &str) -> Result<Product, Error> {
        let found = self.get_product(resource).await.map_err(Error::internal)?;
        Ok(Arc::unwrap_or_clone(found))
    }
}
