//! The statements of the audit: each gives the things behind a place, with the place, its name, and whether it is in order.

use stoa_store::{Sql, sql};

/// Every variant has a product.
pub(crate) const VARIANTS: Sql = sql!("audit_variants");
/// A variant's word on stock is what the stock table says.
pub(crate) const STOCK: Sql = sql!("audit_variant_stock");
/// A product has a variant, and its word on stock is that of its variants.
pub(crate) const PRODUCTS: Sql = sql!("audit_products");
