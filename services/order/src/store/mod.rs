//! The tables of the order service: hot statements set by set, and what a row holds beside its snapshot.
//!
//! | file | holds |
//! |---|---|
//! | `rows` | what is written and read per row |
//! | `closing` | how far the doctor has found all in order |
//! | `find` | owner-scoped look-ups and lists for reads |
//! | `sql/` | one statement per file and engine |

pub(crate) mod closing;
pub(crate) mod find;
pub(crate) mod rows;

#[cfg(test)]
mod plans;

use stoa_store::{Migration, Sql, sql};

pub(crate) const READ_ORDERS: Sql = sql!("read_orders");
pub(crate) const READ_QUOTES: Sql = sql!("read_quotes");
pub(crate) const LOAD_ORDERS: Sql = sql!("load_orders");
pub(crate) const LOAD_QUOTES: Sql = sql!("load_quotes");
pub(crate) const LOAD_EXTERNAL_ORDERS: Sql = sql!("load_external_orders");
pub(crate) const LOAD_RETURNS: Sql = sql!("load_returns");
pub(crate) const LOAD_RETURNS_OF: Sql = sql!("load_returns_of");
pub(crate) const LOAD_EXTERNAL_RETURNS: Sql = sql!("load_external_returns");
pub(crate) const LOAD_LIVE_WORK: Sql = sql!("load_live_work");
pub(crate) const LOAD_CREDITS: Sql = sql!("load_credits");
pub(crate) const LOAD_EXTERNAL_CREDITS: Sql = sql!("load_external_credits");
pub(crate) const SAVE_ORDERS: Sql = sql!("save_orders");
pub(crate) const SAVE_RETURNS: Sql = sql!("save_returns");
pub(crate) const SAVE_QUOTES: Sql = sql!("save_quotes");
pub(crate) const SAVE_CONTACTS: Sql = sql!("save_contacts");
pub(crate) const SAVE_NOTES: Sql = sql!("save_notes");
pub(crate) const SAVE_CREDITS: Sql = sql!("save_credits");
pub(crate) const LIST_ORDERS: Sql = sql!("list_orders");
pub(crate) const SEARCH_ORDERS: Sql = sql!("search_orders");
pub(crate) const SEARCH_ORDERS_BY_REF: Sql = sql!("search_orders_ref");
pub(crate) const SEARCH_ORDERS_BY_CUSTOMER: Sql = sql!("search_orders_customer");
pub(crate) const LIST_RETURNS: Sql = sql!("list_returns");
pub(crate) const SEARCH_RETURNS: Sql = sql!("search_returns");
pub(crate) const SEARCH_RETURNS_OF_ORDER: Sql = sql!("search_returns_order");
pub(crate) const SEARCH_RETURNS_BY_REF: Sql = sql!("search_returns_ref");
pub(crate) const SEARCH_CREDITS: Sql = sql!("search_credits");
pub(crate) const SEARCH_CREDITS_BY_REF: Sql = sql!("search_credits_ref");
pub(crate) const AUDIT_ORDERS: Sql = sql!("audit_orders");
pub(crate) const AUDIT_FACTS: Sql = sql!("audit_facts");
pub(crate) const AUDIT_FACTS_OF: Sql = sql!("audit_facts_of");
pub(crate) const AUDIT_LIVE: Sql = sql!("audit_live");
pub(crate) const AUDIT_QUOTES: Sql = sql!("audit_quotes");
pub(crate) const AUDIT_RETURNS: Sql = sql!("audit_returns");
pub(crate) const AUDIT_RETURN_FACTS: Sql = sql!("audit_return_facts");
pub(crate) const AUDIT_RETURN_FACTS_OF: Sql = sql!("audit_return_facts_of");
pub(crate) const AUDIT_ORDERS_OF: Sql = sql!("audit_orders_of");
pub(crate) const AUDIT_QUOTES_OF: Sql = sql!("audit_quotes_of");
pub(crate) const USE_QUOTES: Sql = sql!("use_quotes");

/// The schema, step by step.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        component: "order",
        version: 1,
        name: "quotes, orders, returns, credits",
        sqlite: include_str!("sql/sqlite/0001_order.sql"),
        postgres: include_str!("sql/postgres/0001_order.sql"),
    },
    Migration {
        component: "order",
        version: 2,
        name: "why somebody did it, in his own words",
        sqlite: include_str!("sql/sqlite/0002_order_notes.sql"),
        postgres: include_str!("sql/postgres/0002_order_notes.sql"),
    },
    Migration {
        component: "order",
        version: 3,
        name: "look-ups by external reference",
        sqlite: include_str!("sql/sqlite/0003_lookups.sql"),
        postgres: include_str!("sql/postgres/0003_lookups.sql"),
    },
    Migration {
        component: "order",
        version: 4,
        name: "where a customer is sent who must act",
        sqlite: include_str!("sql/sqlite/0004_action.sql"),
        postgres: include_str!("sql/postgres/0004_action.sql"),
    },
    Migration {
        component: "order",
        version: 5,
        name: "closing rows",
        sqlite: include_str!("sql/sqlite/0005_closing.sql"),
        postgres: include_str!("sql/postgres/0005_closing.sql"),
    },
];
