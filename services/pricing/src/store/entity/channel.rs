//! `pricing_channel`.

use sea_orm::entity::prelude::*;

/// One row: a way of selling.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pricing_channel")]
pub(crate) struct Model {
    /// 16 bytes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    /// The merchant's own short name.
    pub(crate) code: String,
    /// What people call it.
    pub(crate) title: String,
    /// ISO 4217.
    pub(crate) currency: String,
    /// ISO 3166-1 alpha-2; empty: not stated.
    pub(crate) country: String,
    /// Whether its prices contain tax.
    pub(crate) prices_include_tax: bool,
    /// The book of its prices.
    pub(crate) book_id: Uuid,
    /// `AT_ONCE` or `ON_SHIPMENT`.
    pub(crate) capture_mode: String,
    /// `PRIORITY`.
    pub(crate) sourcing_rule: String,
    /// Microseconds.
    pub(crate) quote_ttl: i64,
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
