//! `inventory_hold`.

use sea_orm::entity::prelude::*;

/// One row: stock kept for an order.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inventory_hold")]
pub(crate) struct Model {
    /// 16 bytes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) hold_id: Uuid,
    /// The order.
    pub(crate) owner: Uuid,
    /// The request id of the call that made it, or was to make it.
    pub(crate) create_key: String,
    /// The channel it was made for.
    pub(crate) channel_id: Option<Uuid>,
    /// How it stands.
    pub(crate) state: String,
    /// Microseconds, UTC; none: never.
    pub(crate) expires_at: Option<i64>,
    /// What took the goods out.
    pub(crate) fulfillment: Option<Uuid>,
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
