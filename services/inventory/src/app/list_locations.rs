//! Lists the locations.

use stoa_errors::Error;
use stoa_store::PageSize;

use super::App;
use crate::domain::Location;
use crate::store::locations::{self, Position};

impl App {
    /// The locations behind `after`, by priority, then code; one more than the page holds when another page follows.
    pub(crate) async fn list_locations(
        &self,
        after: Option<Position>,
        size: PageSize,
    ) -> Result<Vec<Location>, Error> {
        let fetch = u64::try_from(size.fetch()).unwrap_or(u64::MAX);
        Ok(locations::page(&self.db, after, fetch).await?)
    }
}
