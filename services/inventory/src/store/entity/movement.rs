//! `inventory_movement`.

use sea_orm::entity::prelude::*;

/// One row: a line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inventory_movement")]
pub(crate) struct Model {
    /// The order of booking.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) seq: i64,
    /// 16 bytes.
    pub(crate) movement_id: Uuid,
    /// Of what.
    pub(crate) sku: String,
    /// Where.
    pub(crate) location_id: Uuid,
    /// What happened.
    pub(crate) kind: String,
    /// Units, signed.
    pub(crate) on_hand_delta: i64,
    /// Units, signed.
    pub(crate) allocated_delta: i64,
    /// Units, signed.
    pub(crate) held_delta: i64,
    /// What it belongs to.
    pub(crate) reference: String,
    /// Its line within the reference.
    pub(crate) line: i64,
    /// Why; may be empty.
    pub(crate) reason: String,
    /// Who did it.
    pub(crate) actor: String,
    /// Microseconds, UTC.
    pub(crate) created_at: i64,
}

/// None is needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
