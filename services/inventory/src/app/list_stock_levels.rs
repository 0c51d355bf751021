//! Lists levels.

use stoa_errors::Error;
use stoa_store::PageSize;

use super::App;
use crate::domain::{Level, Place};
use crate::store::levels::{self, Filter, Position};

impl App {
    /// The levels behind `after`, by sku, then location; one more than the page holds when another page follows.
    pub(crate) async fn list_stock_levels(
        &self,
        filter: &Filter,
        after: Option<Position>,
        size: PageSize,
    ) -> Result<Vec<(Place, Level)>, Error> {
        let fetch = u64::try_from(size.fetch()).unwrap_or(u64::MAX);
        Ok(levels::page(&self.db, filter, after, Some(fetch)).await?)
    }
}
