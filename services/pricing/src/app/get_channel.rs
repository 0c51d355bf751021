//! Gets a channel by its id or code.

use stoa_errors::Error;

use super::App;
use crate::domain::{Channel, Refusal};
use crate::store::channels;

impl App {
    /// The channel with this id or code.
    pub(crate) async fn get_channel(&self, name: &str) -> Result<Channel, Error> {
        let found = channels::by_name(&self.db, name).await?;
        found.ok_or_else(|| Refusal::ChannelNotFound(name.to_owned()).into())
    }
}
