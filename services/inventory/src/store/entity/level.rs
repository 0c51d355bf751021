//! `inventory_level`.

use sea_orm::entity::prelude::*;

/// One row: how much of one sku lies at one location.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inventory_level")]
pub(crate) struct Model {
    /// The merchant's own id of it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) sku: String,
    /// Where.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) location_id: Uuid,
    /// Units that lie there.
    pub(crate) on_hand: i64,
    /// Units promised to accepted orders.
    pub(crate) allocated: i64,
    /// Units kept for checkouts.
    pub(crate) held: i64,
    /// Units that may be promised beyond what lies there.
    pub(crate) backorder_limit: i64,
    /// Units that a count found missing below what was promised.
    pub(crate) shortfall: i64,
    /// Raised by each change.
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
