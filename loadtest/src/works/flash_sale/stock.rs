//! What lies on the shelf before a sale, and whether what callers were told agrees with it afterwards.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use stoa_api::inventory::v1::inventory_admin_service_client::InventoryAdminServiceClient;
use stoa_api::inventory::v1::{GetStockLevelRequest, ReceiveStockRequest, StockLevel, StockLine};

use super::hold::Tally;
use crate::bench::Bench;
use crate::suite::Suite;

/// The location that every inventory begins with.
const MAIN: &str = "main";

/// Units by sku, as they came in.
#[derive(Debug)]
pub(super) struct Shelf(BTreeMap<&'static str, i64>);

impl Shelf {
    /// Books units of each sku at the first location.
    pub(super) fn fill(
        bench: &Bench,
        suite: &Suite,
        goods: &[(&'static str, i64)],
    ) -> Result<Self> {
        let line = |(sku, quantity): &(&str, i64)| StockLine {
            sku: (*sku).to_owned(),
            quantity: *quantity,
        };
        let request = ReceiveStockRequest {
            request_id: "flash/stock".to_owned(),
            location: MAIN.to_owned(),
            reference: "flash/stock".to_owned(),
            lines: goods.iter().map(line).collect(),
        };
        bench.block_on(async {
            let mut inventory = InventoryAdminServiceClient::new(suite.channel()?);
            inventory.receive_stock(suite.staff(request)?).await?;
            Ok(Self(goods.iter().copied().collect()))
        })
    }

    /// What is held of a sku is what callers were told, and no more than lay there.
    pub(super) fn check(
        &self,
        bench: &Bench,
        suite: &Suite,
        sku: &str,
        tally: &Tally,
    ) -> Result<()> {
        let request = GetStockLevelRequest {
            location: MAIN.to_owned(),
            sku: sku.to_owned(),
            ..GetStockLevelRequest::default()
        };
        let level = bench.block_on(async {
            let mut inventory = InventoryAdminServiceClient::new(suite.channel()?);
            let found = inventory.get_stock_level(suite.staff(request)?).await?;
            found
                .into_inner()
                .stock_level
                .context("no level in the answer")
        })?;
        let lay = self.0.get(sku).context("a sku that nobody put there")?;
        agree(&level, *lay, i64::try_from(tally.held())?)
    }
}

/// Whether a level, what lay there, and what callers were told agree.
fn agree(level: &StockLevel, lay: i64, told: i64) -> Result<()> {
    let (sku, held) = (&level.sku, level.held);
    ensure!(
        level.on_hand == lay,
        "{sku}: {lay} lay there, now {}",
        level.on_hand
    );
    ensure!(held <= lay, "{sku} is oversold: {held} held of {lay}");
    ensure!(held == told, "{sku}: {held} held, callers were told {told}");
    ensure!(
        level.available == lay - held,
        "{sku}: {} available",
        level.available
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(on_hand: i64, held: i64, available: i64) -> StockLevel {
        StockLevel {
            on_hand,
            held,
            available,
            ..StockLevel::default()
        }
    }

    #[test]
    fn a_sale_is_right_only_if_what_was_told_is_held_and_lay_there() {
        assert!(agree(&level(1_000, 1_000, 0), 1_000, 1_000).is_ok());
        assert!(
            agree(&level(1_000, 1_001, -1), 1_000, 1_001).is_err(),
            "oversold"
        );
        assert!(agree(&level(1_000, 999, 1), 1_000, 1_000).is_err(), "lost");
        assert!(
            agree(&level(1_000, 1_000, 0), 1_000, 999).is_err(),
            "held for nobody"
        );
        assert!(
            agree(&level(999, 999, 0), 1_000, 999).is_err(),
            "goods are gone"
        );
    }
}
