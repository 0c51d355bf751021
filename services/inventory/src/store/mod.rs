//! The tables of inventory.
//!
//! | file | question it answers |
//! |---|---|
//! | [`entity`] | the tables as the ORM reads them |
//! | [`locations`], [`levels`], [`movements`], [`holds`] | which rows does a batch or a reader get, and how is what was decided written |
//! | [`audit`], [`closing`] | what is the doctor told, what was in order the last time |
//! | [`rows`] | how does a row become a value of the domain |
//!
//! Where several writers share a database (on Postgres), each row on which a batch decides is locked first, in one order for all of
//! them: holds by id, then levels by sku and location. A row that is not there yet cannot be locked; its key is what two writers
//! meet at, when they insert it (holds by owner and key, levels, movements by reference: each sorted), and the second one's batch
//! decides anew. So nobody waits in a circle. On SQLite the one writer is that lock.

pub(crate) mod audit;
pub(crate) mod closing;
pub(crate) mod entity;
pub(crate) mod holds;
pub(crate) mod levels;
pub(crate) mod locations;
pub(crate) mod movements;
mod rows;

use stoa_store::Migration;

/// The steps of the schema.
pub(crate) const MIGRATIONS: [Migration; 2] = [
    Migration {
        component: "inventory",
        version: 1,
        name: "locations, levels, movements, holds",
        sqlite: include_str!("sql/sqlite/0001_inventory.sql"),
        postgres: include_str!("sql/postgres/0001_inventory.sql"),
    },
    Migration {
        component: "inventory",
        version: 2,
        name: "closing rows",
        sqlite: include_str!("sql/sqlite/0002_closing.sql"),
        postgres: include_str!("sql/postgres/0002_closing.sql"),
    },
];
