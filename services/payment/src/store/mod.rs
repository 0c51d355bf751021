//! Payment's tables, by set-based statements: what a batch loads and saves, what is read, what is swept.

pub(crate) mod audit;
pub(crate) mod closing;
pub(crate) mod events;
pub(crate) mod load;
pub(crate) mod read;
pub(crate) mod rows;
pub(crate) mod save;
pub(crate) mod sweep;

use stoa_store::Migration;

/// Payment's own migrations.
pub(crate) const MIGRATIONS: [Migration; 3] = [
    Migration {
        component: "payment",
        version: 1,
        name: "payments, operations, ledger, sweep",
        sqlite: include_str!("sql/sqlite/migration_1.sql"),
        postgres: include_str!("sql/postgres/migration_1.sql"),
    },
    Migration {
        component: "payment",
        version: 2,
        name: "actions of customers, sales, reports and webhooks of the provider",
        sqlite: include_str!("sql/sqlite/migration_2.sql"),
        postgres: include_str!("sql/postgres/migration_2.sql"),
    },
    Migration {
        component: "payment",
        version: 3,
        name: "closing rows",
        sqlite: include_str!("sql/sqlite/migration_3.sql"),
        postgres: include_str!("sql/postgres/migration_3.sql"),
    },
];
