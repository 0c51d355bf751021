//! The tables of inventory.
//!
//! | file | question it answers |
//! |---|---|
//! | [`entity`] | the tables as the ORM reads them |
//! | [`locations`], [`levels`], [`movements`], [`holds`] | which rows does a batch or a reader get, and how is what was decided written |
//! | [`audit`] | what is the doctor told |
//! | [`rows`] | how does a row become a value of the domain |
//!
//! Where several writers share a database, rows are locked in one order: holds by id, then levels by sku and location. On SQLite the
//! one writer is that lock, so its statements sort nothing.

pub(crate) mod audit;
pub(crate) mod entity;
pub(crate) mod holds;
pub(crate) mod levels;
pub(crate) mod locations;
pub(crate) mod movements;
mod rows;

use stoa_store::Migration;

/// The steps of the schema.
pub(crate) const MIGRATIONS: [Migration; 1] = [Migration {
    component: "inventory",
    version: 1,
    name: "locations, levels, movements, holds",
    sqlite: include_str!("sql/sqlite/0001_inventory.sql"),
    postgres: "",
}];
