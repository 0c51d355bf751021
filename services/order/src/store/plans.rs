//! What either engine does for the statements of order: none that is hot reads a whole table.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use serde_json::{Value, json};
use stoa_store::DbConfig;
use stoa_testdb::plans::{refuse_scans, refuse_scans_of_file};

use crate::app::tests::open;

/// Orders of 2,000 owners with a quote and a return each, credits, and pieces of work.
const FILL: [&str; 5] = [
    "INSERT INTO quotes (quote_id, owner, staff, expires_at, used_by, created_at, snapshot)
     SELECT md5('q' || i)::uuid, 'guest-' || (i % 2000), 0, i, md5('o' || i)::uuid, i, decode('00', 'hex')
     FROM generate_series(($1::jsonb ->> 'from')::bigint, ($1::jsonb ->> 'to')::bigint) AS i",
    "INSERT INTO orders (
         order_id, channel_id, channel_code, owner, customer_ref, external_ref, quote_id, state, revision, currency, total, captured,
         refunded, placed_at, created_at, updated_at, snapshot
     )
     SELECT md5('o' || i)::uuid, md5('c' || i % 5)::uuid, 'shop-' || (i % 5), 'guest-' || (i % 2000), 'customer-' || (i % 3000),
         'R-' || i, md5('q' || i)::uuid, i % 7 + 1, 3, 'GBP', 100, 100, 0, i, i, i, decode('00', 'hex')
     FROM generate_series(($1::jsonb ->> 'from')::bigint, ($1::jsonb ->> 'to')::bigint) AS i",
    "INSERT INTO returns (
         return_id, order_id, channel_id, channel_code, owner, external_ref, state, version, placed_at, created_at, updated_at,
         snapshot
     )
     SELECT md5('r' || i)::uuid, md5('o' || i)::uuid, md5('c' || i % 5)::uuid, 'shop-' || (i % 5), 'guest-' || (i % 2000),
         'R-' || i, i % 5 + 1, 1, i, i, i, decode('00', 'hex')
     FROM generate_series(($1::jsonb ->> 'from')::bigint, ($1::jsonb ->> 'to')::bigint) AS i",
    "INSERT INTO credits (
         credit_id, channel_id, channel_code, external_ref, state, version, placed_at, created_at, updated_at, snapshot
     )
     SELECT md5('d' || i)::uuid, md5('c' || i % 5)::uuid, 'shop-' || (i % 5), 'R-' || i, 2, 1, i, i, i, decode('00', 'hex')
     FROM generate_series(($1::jsonb ->> 'from')::bigint, ($1::jsonb ->> 'to')::bigint) AS i",
    "INSERT INTO workflow (
         id, kind, version, subject, step, state, status, due_at, runner, fence, actor, correlation_id, created_at, updated_at,
         finished_at
     )
     SELECT md5('w' || i)::uuid, 'order.checkout', 1, 'ord_' || i, 'serve', 'null', 'DONE', i, md5('runner')::uuid, 1, 'test',
         md5('w' || i)::uuid, i, i, i
     FROM generate_series(($1::jsonb ->> 'from')::bigint, ($1::jsonb ->> 'to')::bigint) AS i",
];

const ANALYZE: &str = "ANALYZE quotes, orders, returns, credits, workflow";

/// Rows of each table, and how many are written at once: a statement is given little time.
const ROWS: usize = 20_000;
const AT_ONCE: usize = 2_000;

/// What the doctor asks, once in a while.
const COLD: &[&str] = &[
    "audit_facts",
    "audit_facts_of",
    "audit_live",
    "audit_orders",
    "audit_orders_of",
    "audit_quotes",
    "audit_quotes_of",
    "audit_return_facts",
    "audit_return_facts_of",
    "audit_returns",
    "closing_begin",
    "closing_load",
    "closing_lock",
    "closing_save",
    "open_add",
    "open_list",
    "open_remove",
];

/// Thirty-two of something.
fn many(one: impl Fn(u32) -> Value) -> Value {
    (1..=32).map(one).collect()
}

fn id(number: u32) -> String {
    format!("{number:032x}")
}

fn page() -> Value {
    json!({
        "owner": "guest-7", "channel": "", "channel_hex": null, "order_hex": id(1), "external_ref": "R-7",
        "customer_ref": "customer-7", "state": 0, "before_at": null, "before_id": null, "after_at": null, "after_id": null,
        "limit": 51, "bytes": 1_048_576,
    })
}

/// A row of any of the tables.
fn row(number: u32) -> Value {
    let id = id(number);
    json!({
        "order_id": id, "return_id": id, "credit_id": id, "quote_id": id, "channel_id": id, "channel_code": "shop",
        "owner": "guest", "customer_ref": "", "external_ref": null, "state": 1, "revision": 1, "version": 1, "currency": "GBP",
        "total": 1, "captured": 0, "refunded": 0, "placed_at": 1, "created_at": 1, "updated_at": 1, "action_uri": null, "staff": 0,
        "expires_at": 1, "email": "", "address": "", "text": "why", "snapshot": "00",
    })
}

fn hot() -> Vec<(&'static str, Value)> {
    let ids = many(|n| json!(id(n)));
    let refs = many(|n| json!({"channel_id": id(n), "external_ref": format!("R-{n}")}));
    let returned = many(|n| json!({"order_id": id(n), "external_ref": format!("R-{n}")}));
    let mut hot = vec![
        ("load_external_credits", refs.clone()),
        ("load_external_orders", refs),
        ("load_external_returns", returned),
        ("load_live_work", many(|n| json!(format!("ord_{n}")))),
    ];
    let by_id = [
        "load_credits",
        "load_orders",
        "load_quotes",
        "load_returns",
        "load_returns_of",
        "read_orders",
        "read_quotes",
    ];
    hot.extend(by_id.map(|name| (name, ids.clone())));
    let writes = [
        "save_contacts",
        "save_credits",
        "save_notes",
        "save_orders",
        "save_quotes",
        "save_returns",
        "use_quotes",
    ];
    hot.extend(writes.map(|name| (name, many(row))));
    let lists = [
        "list_orders",
        "list_returns",
        "search_credits",
        "search_credits_ref",
        "search_orders",
        "search_orders_customer",
        "search_orders_ref",
        "search_returns",
        "search_returns_order",
        "search_returns_ref",
    ];
    hot.extend(lists.map(|name| (name, page())));
    hot
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_no_hot_statement_reads_a_whole_table() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(DbConfig::file("order", folder.path().join("order.db"))).await;
    let texts = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/sql/sqlite");
    refuse_scans_of_file(&db, &texts, &hot()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_no_hot_statement_reads_a_whole_table() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(stoa_testdb::server_config("order", folder.path())).await;
    for from in (1..ROWS).step_by(AT_ONCE) {
        for text in FILL {
            let some = json!({"from": from, "to": from + AT_ONCE - 1});
            db.write("test.fill", move |tx| {
                let some = some.clone();
                Box::pin(async move { tx.execute(text, &some).await })
            })
            .await
            .unwrap();
        }
    }
    db.write("test.analyze", |tx| {
        Box::pin(async move { tx.execute(ANALYZE, &()).await })
    })
    .await
    .unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/sql/postgres");
    refuse_scans(&db, &folder, &hot(), COLD).await;
}
