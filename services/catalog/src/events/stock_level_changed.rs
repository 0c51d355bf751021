//! Hears from inventory how levels stand, and keeps `in_stock` of variants and products.

use std::collections::BTreeMap;
use std::sync::Arc;

use stoa_api::convert;
use stoa_api::event::Event;
use stoa_api::inventory::v1::StockLevelChanged;
use stoa_events::{ConsumeError, Consumer, Envelope, Mode, Shadow};
use stoa_store::{BoxFuture, StoreError, Tx};
use stoa_types::{LocationId, Sku};

use crate::store::cache::Cache;
use crate::store::stock::{self, Level};

const LISTENS: &[&str] = &[StockLevelChanged::TYPE];
const MODE: Mode = Mode::Latest;

/// The consumer `catalog.stock`. A level's event carries its whole state, so the latest counts alone.
#[derive(Debug)]
pub(crate) struct StockConsumer {
    cache: Cache,
}

impl StockConsumer {
    pub(crate) fn new(cache: Cache) -> Self {
        Self { cache }
    }
}

impl Consumer for StockConsumer {
    fn name(&self) -> &'static str {
        "catalog.stock"
    }

    fn listens(&self) -> &[&'static str] {
        LISTENS
    }

    fn mode(&self) -> Mode {
        MODE
    }

    fn handle<'a>(
        &'a self,
        tx: &'a Tx,
        events: &'a [Envelope],
    ) -> BoxFuture<'a, Result<(), ConsumeError>> {
        Box::pin(async move { Ok(stock::take(tx, &self.cache, &latest(events)?).await?) })
    }

    fn shadow(&self) -> Option<Arc<dyn Shadow>> {
        let cache = self.cache.clone();
        Some(Arc::new(StockShadow { cache }))
    }
}

/// The levels of `catalog.stock` heard anew from the beginning of inventory's log.
#[derive(Debug)]
struct StockShadow {
    cache: Cache,
}

impl Consumer for StockShadow {
    fn name(&self) -> &'static str {
        "catalog.stock.shadow"
    }

    fn listens(&self) -> &[&'static str] {
        LISTENS
    }

    fn mode(&self) -> Mode {
        MODE
    }

    fn handle<'a>(
        &'a self,
        tx: &'a Tx,
        events: &'a [Envelope],
    ) -> BoxFuture<'a, Result<(), ConsumeError>> {
        Box::pin(async move { Ok(stock::take_anew(tx, &latest(events)?).await?) })
    }
}

impl Shadow for StockShadow {
    fn sources(&self) -> &'static [&'static str] {
        &["inventory"]
    }

    fn clear<'a>(&'a self, tx: &'a Tx) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(stock::forget_anew(tx))
    }

    fn swap<'a>(&'a self, tx: &'a Tx) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(stock::swap(tx, &self.cache))
    }
}

/// What the events say of each sku and location last.
fn latest(events: &[Envelope]) -> Result<Vec<Level>, ConsumeError> {
    let mut latest: BTreeMap<(Sku, LocationId), Level> = BTreeMap::new();
    for event in events {
        let level = level(event)?;
        let place = (level.sku.clone(), level.location);
        match latest.get(&place) {
            Some(known) if known.version >= level.version => {}
            _ => {
                latest.insert(place, level);
            }
        }
    }
    Ok(latest.into_values().collect())
}

fn level(event: &Envelope) -> Result<Level, ConsumeError> {
    let said: StockLevelChanged = event.decode()?;
    Ok(Level {
        sku: convert::sku("sku", &said.sku)?,
        location: convert::id("location_id", &said.location_id)?,
        available: said.available,
        version: event.aggregate_version,
    })
}
