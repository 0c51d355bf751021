//! Lists the prices of a channel's book.

use stoa_errors::Error;
use stoa_store::PageSize;

use super::App;
use crate::domain::{Channel, Price};
use crate::store::prices::{self, Position};

impl App {
    /// The prices behind `after`, by sku, from quantity and start; one more than the page holds when another page follows.
    pub(crate) async fn list_prices(
        &self,
        channel: &Channel,
        skus: &[String],
        after: Option<Position>,
        size: PageSize,
    ) -> Result<Vec<Price>, Error> {
        let fetch = u64::try_from(size.fetch()).unwrap_or(u64::MAX);
        Ok(prices::page(&self.db, channel, skus, after, fetch).await?)
    }
}
