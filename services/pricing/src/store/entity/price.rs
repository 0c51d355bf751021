//! `pricing_price`.

use sea_orm::entity::prelude::*;

/// One row: a price of a sku from a quantity and a moment on.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pricing_price")]
pub(crate) struct Model {
    /// The book.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) book_id: Uuid,
    /// The sku.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) sku: String,
    /// ISO 4217, the book's.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) currency: String,
    /// From which quantity of a line it holds.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) from_quantity: i64,
    /// From when it holds: microseconds, UTC.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) start_at: i64,
    /// 16 bytes.
    pub(crate) id: Uuid,
    /// Millionths of the major unit.
    pub(crate) micros: i64,
    /// Raised each time it is set to another amount.
    pub(crate) version: i64,
    /// Microseconds, UTC.
    pub(crate) created_at: i64,
    /// Microseconds, UTC.
    pub(crate) updated_at: i64,
}

/// None is needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
