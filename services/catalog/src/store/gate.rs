//! How those who change products and those who note stock keep out of each other's way, where several may write at once.
//!
//! A product that is being made must not miss a level that is noted meanwhile, nor the other way round: neither sees the
//! other's rows before they are committed, and for a new sku there may be no row to lock.

use stoa_store::{Engine, Sql, StoreError, Tx};
use stoa_types::mutant;

const MERCHANTS: Sql = Sql::new(
    "gate_merchants",
    "",
    include_str!("sql/postgres/gate_merchants.sql"),
);
const STOCK: Sql = Sql::new(
    "gate_stock",
    "",
    include_str!("sql/postgres/gate_stock.sql"),
);

/// Waits until nobody notes stock; until the end of this transaction nobody does.
pub(crate) async fn merchants(tx: &Tx) -> Result<(), StoreError> {
    pass(tx, MERCHANTS).await
}

/// Waits until nobody changes products or notes stock; until the end of this transaction nobody does.
pub(crate) async fn stock(tx: &Tx) -> Result<(), StoreError> {
    pass(tx, STOCK).await
}

async fn pass(tx: &Tx, gate: Sql) -> Result<(), StoreError> {
    // A file has one writer at a time.
    if tx.engine() == Engine::Postgres && !mutant!("catalog.gate") {
        tx.query(gate, &()).await?;
    }
    Ok(())
}
