//! Gets a hold.

use stoa_api::inventory::v1::reason;
use stoa_errors::Error;
use stoa_types::{HoldId, OrderId};

use super::App;
use crate::domain::Hold;
use crate::store::holds;

impl App {
    /// The hold with this id, or the newest one of the order with this id.
    pub(crate) async fn get_hold(&self, name: &str) -> Result<Hold, Error> {
        let found = match (name.parse::<HoldId>(), name.parse::<OrderId>()) {
            (Ok(id), _) => holds::by_id(&self.db, id).await?,
            (_, Ok(owner)) => holds::by_owner(&self.db, owner).await?,
            _ => {
                return Err(Error::invalid(
                    "hold",
                    "ID",
                    "must be the id of a hold or of an order",
                ));
            }
        };
        found.ok_or_else(|| Error::not_found(reason::HOLD_NOT_FOUND, format_args!("a hold {name}")))
    }
}
