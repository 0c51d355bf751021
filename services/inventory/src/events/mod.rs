//! What inventory tells. It hears nobody.

pub(crate) mod stock_level_changed;
pub(crate) mod stock_shortfall;

use crate::domain::Place;

/// What the events of a level are about: "<location_id>/<sku>".
const LEVEL: &str = "stock_level";

fn aggregate(place: &Place) -> String {
    format!("{}/{}", place.location, place.sku)
}
