//! The tables of this crate in each service's database.

use stoa_store::Migration;

/// The schema, step by step; a service puts it before its own.
pub const MIGRATIONS: &[Migration] = &[Migration {
    component: "workflow",
    version: 1,
    name: "workflow and its runners",
    sqlite: include_str!("sql/sqlite/0001_workflow.sql"),
    postgres: include_str!("sql/postgres/0001_workflow.sql"),
}];
