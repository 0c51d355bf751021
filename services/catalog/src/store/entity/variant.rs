//! `catalog_variant`.

use sea_orm::entity::prelude::*;

/// One row: a sku, offered or retired.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "catalog_variant")]
pub(crate) struct Model {
    /// The merchant's own id of it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) sku: String,
    /// Whose it is, for good.
    pub(crate) product_id: Uuid,
    /// Its place in the merchant's order.
    pub(crate) position: i64,
    /// Whether it is no longer offered.
    pub(crate) retired: bool,
    /// Empty: the product's.
    pub(crate) title: String,
    /// `GOODS`, `SERVICE`, `FEE`, `SHIPPING` or `GIFT_CARD`.
    pub(crate) kind: String,
    /// Whether stock is kept of it.
    pub(crate) stock_tracked: bool,
    /// Empty: standard.
    pub(crate) tax_category: String,
    /// `PIECE`, `GRAM` or `MILLILITER`.
    pub(crate) unit: String,
    /// Grams of one unit; 0: not known.
    pub(crate) weight_grams: i64,
    /// A JSON object of strings.
    pub(crate) options: String,
    /// Whether units are free.
    pub(crate) in_stock: bool,
}

/// None is needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
