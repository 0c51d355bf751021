//! `inventory_location`.

use sea_orm::entity::prelude::*;

/// One row: a place where stock is kept.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inventory_location")]
pub(crate) struct Model {
    /// 16 bytes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) location_id: Uuid,
    /// The merchant's own short name, unique.
    pub(crate) code: String,
    /// What people call it.
    pub(crate) title: String,
    /// Empty: not stated.
    pub(crate) country_code: String,
    /// The lowest is taken from first.
    pub(crate) priority: i64,
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
