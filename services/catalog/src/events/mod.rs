//! What the catalogue tells, and what it hears.

pub(crate) mod product_changed;
pub(crate) mod stock_level_changed;
