//! How what inventory says becomes `in_stock`: of a variant, when any location has free units of its sku; of a product,
//! when any variant is.

use std::collections::BTreeSet;

use serde::Serialize;
use stoa_store::{Sql, StoreError, Tx, sql};
use stoa_types::{LocationId, ProductId, Sku, Uuid};

use super::gate;

const SAVE: Sql = sql!("stock_save");
const VARIANTS: Sql = sql!("variants_restock");
const PRODUCTS: Sql = sql!("products_restock");

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

/// Takes note of levels, the later of one sku and location behind the earlier.
pub(crate) async fn take(tx: &Tx, levels: &[Level]) -> Result<(), StoreError> {
    gate::stock(tx).await?;
    let rows: Vec<LevelRow<'_>> = levels
        .iter()
        .map(|level| LevelRow {
            sku: &level.sku,
            location_id: level.location.hex(),
            available: level.available,
            version: level.version,
        })
        .collect();
    if tx.execute(SAVE, &rows).await? == 0 {
        return Ok(());
    }
    let skus: BTreeSet<&Sku> = levels.iter().map(|level| &level.sku).collect();
    let mut products = BTreeSet::new();
    for row in tx.query(VARIANTS, &skus).await? {
        let id: Uuid = row.get("product_id")?;
        products.insert(ProductId::from_uuid(id).hex());
    }
    if !products.is_empty() {
        tx.execute(PRODUCTS, &products).await?;
    }
    Ok(())
}
