//! Lists the ledger.

use stoa_errors::Error;
use stoa_store::PageSize;

use super::App;
use crate::store::movements::{self, Booked, Filter};

impl App {
    /// The movements behind the one numbered `after`, oldest first; one more than the page holds when another page follows.
    pub(crate) async fn list_movements(
        &self,
        filter: &Filter,
        after: Option<i64>,
        size: PageSize,
    ) -> Result<Vec<Booked>, Error> {
        let fetch = u64::try_from(size.fetch()).unwrap_or(u64::MAX);
        Ok(movements::page(&self.db, filter, after, fetch).await?)
    }
}
