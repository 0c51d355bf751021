//! Gets one location.

use stoa_errors::Error;

use super::App;
use super::refusal::location_not_found;
use crate::domain::Location;
use crate::store::locations;

impl App {
    /// The location with this id or code.
    pub(crate) async fn get_location(&self, name: &str) -> Result<Location, Error> {
        let found = locations::by_name(&self.db, name).await?;
        found.ok_or_else(|| location_not_found(name))
    }
}
