//! `inventory_hold_line`.

use sea_orm::entity::prelude::*;

/// One row: units of one sku kept at one location.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inventory_hold_line")]
pub(crate) struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) hold_id: Uuid,
    /// Its place in the hold.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) line: i64,
    /// Of what.
    pub(crate) sku: String,
    /// Where.
    pub(crate) location_id: Uuid,
    /// Units.
    pub(crate) quantity: i64,
}

/// None is needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
