//! `catalog_product`.

use sea_orm::entity::prelude::*;

/// One row: a product.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "catalog_product")]
pub(crate) struct Model {
    /// 16 bytes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    /// The name in addresses.
    pub(crate) slug: String,
    /// The name that people read.
    pub(crate) title: String,
    /// Plain text.
    pub(crate) description: String,
    /// `ACTIVE` or `ARCHIVED`.
    pub(crate) state: String,
    /// Whether any variant that is not retired is in stock.
    pub(crate) in_stock: bool,
    /// Raised by each change of its merchant.
    pub(crate) version: i64,
    /// Microseconds, UTC.
    pub(crate) created_at: i64,
    /// Microseconds, UTC.
    pub(crate) updated_at: i64,
}

/// None is needed: what belongs to a product is read for a page of them at once.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
