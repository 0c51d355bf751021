//! The tables of the catalogue.
//!
//! | file | question it answers |
//! |---|---|
//! | [`audit`] | what is the doctor told |
//! | [`cache`] | what need not be read again |
//! | [`entity`] | the tables as the ORM reads them |
//! | [`gate`] | who waits for whom |
//! | [`products`] | which products does a reader get |
//! | [`load`] | which rows does a change need, before it is decided |
//! | [`save`] | how is what was decided written |
//! | [`skus`] | what is a sku |
//! | [`stock`] | how does what inventory says become `in_stock` |
//! | [`rows`] | how does a row become a value of the domain, and back |

pub(crate) mod audit;
pub(crate) mod cache;
pub(crate) mod entity;
pub(crate) mod gate;
pub(crate) mod load;
pub(crate) mod products;
pub(crate) mod rows;
pub(crate) mod save;
pub(crate) mod skus;
pub(crate) mod stock;

use stoa_store::Migration;

/// The steps of the schema.
pub(crate) const MIGRATIONS: [Migration; 2] = [
    Migration {
        component: "catalog",
        version: 1,
        name: "products, variants, categories, stock as last heard",
        sqlite: include_str!("sql/sqlite/0001_catalog.sql"),
        postgres: include_str!("sql/postgres/0001_catalog.sql"),
    },
    Migration {
        component: "catalog",
        version: 2,
        name: "stock as heard anew",
        sqlite: include_str!("sql/sqlite/0002_stock_shadow.sql"),
        postgres: include_str!("sql/postgres/0002_stock_shadow.sql"),
    },
];
