//! A statement of a file that runs once per row of its parameter.

use serde::Serialize;
use stoa_store::{Sql, StoreError};

use crate::support::Shop;

const INSERT: Sql = Sql::neutral(
    "-- each\nINSERT INTO taken (sku, who, units) SELECT 'MUG', :who, :units WHERE :wanted",
);
const FIND: Sql = Sql::neutral("-- each\nSELECT units FROM taken WHERE who = ?1");

#[derive(Serialize)]
struct Row {
    who: &'static str,
    units: i64,
    wanted: bool,
}

fn row(who: &'static str, units: i64, wanted: bool) -> Row {
    Row { who, units, wanted }
}

#[tokio::test]
async fn sqlite_it_runs_for_each_row_and_counts_what_all_of_them_changed() {
    let shop = Shop::open().await;
    let written = shop.db.write("test.each", |tx| {
        let rows = [
            row("anna", 1, true),
            row("bert", 2, false),
            row("cleo", 3, true),
        ];
        Box::pin(async move { tx.execute(INSERT, &rows).await })
    });
    assert_eq!(written.await.unwrap(), 2);
    let found = shop
        .db
        .query(FIND, &["cleo", "bert", "anna"])
        .await
        .unwrap();
    let units: Vec<i64> = found.iter().map(|row| row.get("units").unwrap()).collect();
    assert_eq!(units, [3, 1], "in the order of the rows");
}

#[tokio::test]
async fn sqlite_a_name_that_no_field_has_is_an_error() {
    let shop = Shop::open().await;
    let written = shop.db.write("test.each", |tx| {
        let rows =
            [("anna", 1)].map(|(who, units)| serde_json::json!({"who": who, "units": units}));
        Box::pin(async move { tx.execute(INSERT, &rows).await })
    });
    assert!(matches!(written.await, Err(StoreError::Statement { .. })));
    // A snapshot goes through another driver, which knows nothing of rows.
    let snapshot = shop.db.snapshot().await.unwrap();
    let refused = snapshot.query(FIND, &["anna"]).await;
    assert!(matches!(refused, Err(StoreError::Contract(_))));
}
