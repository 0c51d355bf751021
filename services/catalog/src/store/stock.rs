//! How what inventory says becomes `in_stock`: of a variant, when any location has free units of its sku; of a product,
//! when any variant is.

use std::collections::BTreeSet;

use serde::Serialize;
use stoa_store::{Row, Sql, StoreError, Tx, sql};
use stoa_types::{LocationId, ProductId, Sku, Uuid};

use super::cache::Cache;
use super::gate;

const SAVE: Sql = sql!("stock_save");
const VARIANTS: Sql = sql!("variants_restock");
const PRODUCTS: Sql = sql!("products_restock");
const SHADOW_SAVE: Sql = sql!("stock_shadow_save");
const SHADOW_CLEAR: Sql = sql!("stock_shadow_clear");
const SHADOW_MOVE: Sql = sql!("stock_shadow_move");
const CLEAR: Sql = sql!("stock_clear");
const ALL_VARIANTS: Sql = sql!("variants_restock_all");

/// What inventory says of a sku at a location.
#[derive(Clone, Debug)]
pub(crate) struct Level {
    pub(crate) sku: Sku,
    pub(crate) location: LocationId,
    pub(crate) available: i64,
    /// The level's; an older one than is known is no news.
    pub(crate) version: i64,
}

#[derive(Serialize)]
struct LevelRow<'a> {
    sku: &'a Sku,
    location_id: String,
    available: i64,
    version: i64,
}

fn rows(levels: &[Level]) -> Vec<LevelRow<'_>> {
    levels
        .iter()
        .map(|level| LevelRow {
            sku: &level.sku,
            location_id: level.location.hex(),
            available: level.available,
            version: level.version,
        })
        .collect()
}

/// Takes note of levels, the later of one sku and location behind the earlier.
pub(crate) async fn take(tx: &Tx, cache: &Cache, levels: &[Level]) -> Result<(), StoreError> {
    gate::stock(tx).await?;
    if tx.execute(SAVE, &rows(levels)).await? == 0 {
        return Ok(());
    }
    let skus: BTreeSet<&Sku> = levels.iter().map(|level| &level.sku).collect();
    let changed = tx.query(VARIANTS, &skus).await?;
    restock(tx, cache, &changed).await
}

/// Brings products in line with their variants that were changed.
async fn restock(tx: &Tx, cache: &Cache, variants: &[Row]) -> Result<(), StoreError> {
    let mut products = BTreeSet::new();
    for row in variants {
        let id: Uuid = row.get("product_id")?;
        products.insert(ProductId::from_uuid(id));
    }
    if !products.is_empty() {
        cache.hold(tx, products.iter().copied().collect());
        let products: Vec<String> = products.iter().map(|id| id.hex()).collect();
        tx.execute(PRODUCTS, &products).await?;
    }
    Ok(())
}

/// As [`take`], of the levels that are heard anew: nothing follows from them yet.
pub(crate) async fn take_anew(tx: &Tx, levels: &[Level]) -> Result<(), StoreError> {
    tx.execute(SHADOW_SAVE, &rows(levels)).await.map(|_| ())
}

/// Forgets the levels that were heard anew.
pub(crate) async fn forget_anew(tx: &Tx) -> Result<(), StoreError> {
    tx.execute(SHADOW_CLEAR, &()).await.map(|_| ())
}

/// From now on the levels that were heard anew are those that count.
pub(crate) async fn swap(tx: &Tx, cache: &Cache) -> Result<(), StoreError> {
    gate::stock(tx).await?;
    tx.execute(CLEAR, &()).await?;
    tx.execute(SHADOW_MOVE, &()).await?;
    tx.execute(SHADOW_CLEAR, &()).await?;
    let changed = tx.query(ALL_VARIANTS, &()).await?;
    restock(tx, cache, &changed).await
}
