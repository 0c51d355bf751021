//! Gets the level of one sku at one location.

use stoa_errors::Error;
use stoa_types::Sku;

use super::App;
use super::refusal::level_not_found;
use crate::domain::{Level, Place};
use crate::store::levels;

impl App {
    /// The level of `sku` at the location with this id or code.
    pub(crate) async fn get_stock_level(
        &self,
        location: &str,
        sku: Sku,
    ) -> Result<(Place, Level), Error> {
        let location = self.get_location(location).await?.id;
        let place = Place { sku, location };
        match levels::at(&self.db, &place).await? {
            Some(level) => Ok((place, level)),
            None => Err(level_not_found(&place)),
        }
    }
}
