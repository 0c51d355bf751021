//! Editing the files of a suite that does not run, past every rule that the suite keeps.

use std::path::Path;

use prost::Message;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row, SqliteConnection};
use stoa_api::order::v1::{Credit, Order, OrderAccepted, Return};

/// One database of a folder.
pub(crate) struct Database(SqliteConnection);

impl Database {
    /// Opens `order.db`, `sandbox/sandbox.db` and so on.
    pub(crate) async fn open(folder: &Path, name: &str) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(folder.join(name))
            .foreign_keys(false)
            .pragma("ignore_check_constraints", "ON");
        Self(options.connect().await.unwrap())
    }

    /// Runs statements, of which each must have an effect.
    pub(crate) async fn run(&mut self, statements: &str) {
        for statement in statements.split(';').filter(|it| !it.trim().is_empty()) {
            let sql = AssertSqlSafe(statement.to_owned());
            let done = sqlx::query(sql).execute(&mut self.0).await.unwrap();
            assert!(done.rows_affected() > 0, "no effect: {statement}");
        }
    }

    /// The first column of the first row.
    async fn blob(&mut self, query: &str) -> Vec<u8> {
        let sql = AssertSqlSafe(query.to_owned());
        let row = sqlx::query(sql).fetch_one(&mut self.0).await.unwrap();
        row.get(0)
    }

    /// A text of the first row.
    pub(crate) async fn text(&mut self, query: &str) -> String {
        let sql = AssertSqlSafe(query.to_owned());
        let row = sqlx::query(sql).fetch_one(&mut self.0).await.unwrap();
        row.get(0)
    }

    async fn edit<M: Message + Default>(
        &mut self,
        (table, column, place): (&str, &str, &str),
        edit: impl FnOnce(&mut M),
    ) {
        let query = format!("SELECT {column} FROM {table} WHERE {place}");
        let before = self.blob(&query).await;
        let mut message = M::decode(before.as_slice()).unwrap();
        edit(&mut message);
        let after = hex::encode(message.encode_to_vec());
        assert_ne!(hex::encode(before), after, "no effect");
        let update = format!("UPDATE {table} SET {column} = x'{after}' WHERE {place}");
        self.run(&update).await;
    }

    /// Edits an order and the event that began it alike, so that the row stays the fold of its events.
    pub(crate) async fn edit_order(&mut self, id: &str, edit: fn(&mut Order)) {
        let first = format!("aggregate_id = '{id}' AND aggregate_version = 1");
        self.edit(
            ("event_log", "payload", &first),
            |event: &mut OrderAccepted| {
                edit(event.order.as_mut().unwrap());
            },
        )
        .await;
        let row = format!("order_id = x'{}'", hex_of(id));
        self.edit(("orders", "snapshot", &row), edit).await;
    }

    /// Edits the return of an order.
    pub(crate) async fn edit_return(&mut self, order: &str, edit: fn(&mut Return)) {
        let row = format!("order_id = x'{}'", hex_of(order));
        self.edit(("returns", "snapshot", &row), edit).await;
    }

    /// Edits a credit.
    pub(crate) async fn edit_credit(&mut self, id: &str, edit: fn(&mut Credit)) {
        let row = format!("credit_id = x'{}'", hex_of(id));
        self.edit(("credits", "snapshot", &row), edit).await;
    }

    pub(crate) async fn close(self) {
        self.0.close().await.unwrap();
    }
}

/// The bytes of an order's or credit's id, as SQL writes them.
pub(crate) fn hex_of(id: &str) -> String {
    let order = id.parse().map(stoa_types::OrderId::hex);
    order.unwrap_or_else(|_| id.parse::<stoa_types::CreditId>().unwrap().hex())
}
