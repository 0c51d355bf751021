//! Lists the channels.

use stoa_errors::Error;
use stoa_store::PageSize;

use super::App;
use crate::domain::Channel;
use crate::store::channels;

impl App {
    /// The channels behind the code `after`, by code; one more than the page holds when another page follows.
    pub(crate) async fn list_channels(
        &self,
        after: Option<String>,
        size: PageSize,
    ) -> Result<Vec<Channel>, Error> {
        let fetch = u64::try_from(size.fetch()).unwrap_or(u64::MAX);
        Ok(channels::page(&self.db, after, fetch).await?)
    }
}
