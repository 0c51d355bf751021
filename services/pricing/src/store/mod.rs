//! The tables of pricing.
//!
//! | file | question it answers |
//! |---|---|
//! | [`entity`] | the tables as the ORM reads them |
//! | [`channels`], [`prices`] | which channels and prices does a reader get |
//! | [`basket`] | what does the book say about a basket |
//! | [`load`] | which rows does a change need, before it is decided |
//! | [`save`] | how is what was decided written |
//! | [`rows`] | how does a row become a value of the domain |
//! | [`audit`] | what is the doctor told |

pub(crate) mod audit;
pub(crate) mod basket;
pub(crate) mod channels;
pub(crate) mod entity;
pub(crate) mod load;
pub(crate) mod prices;
pub(crate) mod rows;
pub(crate) mod save;

use stoa_store::Migration;

/// The steps of the schema.
pub(crate) const MIGRATIONS: [Migration; 1] = [Migration {
    component: "pricing",
    version: 1,
    name: "price books, channels, prices with their history",
    sqlite: include_str!("sql/sqlite/0001_pricing.sql"),
    postgres: include_str!("sql/postgres/0001_pricing.sql"),
}];
