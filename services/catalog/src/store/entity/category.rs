//! `catalog_category`.

use sea_orm::entity::prelude::*;

/// One row: a product on a list.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "catalog_category")]
pub(crate) struct Model {
    /// The product.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) product_id: Uuid,
    /// Its place in the merchant's order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) position: i64,
    /// The list.
    pub(crate) name: String,
}

/// None is needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
