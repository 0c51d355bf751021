//! Lists the products that are offered.

use stoa_errors::Error;
use stoa_store::PageSize;

use super::App;
use crate::domain::Product;
use crate::store::products::{self, Filter, Position};

impl App {
    /// The products behind `after`, by title, then id; one more than the page holds when another page follows.
    pub(crate) async fn list_products(
        &self,
        filter: &Filter,
        after: Option<Position>,
        size: PageSize,
    ) -> Result<Vec<Product>, Error> {
        let fetch = u64::try_from(size.fetch()).unwrap_or(u64::MAX);
        Ok(products::page(&self.db, filter, after, fetch).await?)
    }
}
