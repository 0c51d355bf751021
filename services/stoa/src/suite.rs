//! The five services in the order in which they may call each other.

use stoa_chassis::Suite;

/// Everything that `stoa up` runs in one process.
#[must_use]
pub fn suite() -> Suite {
    Suite::new("stoa", env!("CARGO_PKG_VERSION"))
        .with::<stoa_catalog::Module>()
        .with::<stoa_pricing::Module>()
        .with::<stoa_inventory::Module>()
        .with::<stoa_payment::PaymentModule>()
        .with::<stoa_order::Module>()
}
