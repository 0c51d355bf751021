//! Tells shoppers whether something can be bought now.

use std::collections::HashMap;

use stoa_errors::Error;
use stoa_types::Sku;

use super::App;
use crate::store::levels;

impl App {
    /// Units of each sku that may be promised now, over all locations, in the order asked for. An unknown sku has none.
    pub(crate) async fn batch_get_availability(
        &self,
        skus: Vec<Sku>,
    ) -> Result<Vec<(Sku, i64)>, Error> {
        let mut free: HashMap<Sku, i64> = HashMap::new();
        for (place, level) in levels::of(&self.db, &skus).await? {
            let sum = free.entry(place.sku).or_default();
            *sum = sum.saturating_add(level.promisable());
        }
        let asked = skus.into_iter().map(|sku| {
            let units = free.get(&sku).copied().unwrap_or(0);
            (sku, units)
        });
        Ok(asked.collect())
    }
}
