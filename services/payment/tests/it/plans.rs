//! What the engine does for the statements of payment: none that is hot reads a whole table.

use std::path::Path;

use serde_json::{Value, json};
use stoa_store::Engine;
use stoa_testdb::plans::{refuse_scans, refuse_scans_of_file, scans};

use crate::harness::{block_on, world};

/// 20,000 payments that were taken, and 50 whose capture is not known.
const FILL: [&str; 5] = [
    "INSERT INTO payment (id, kind, order_id, channel_id, owner, currency, amount, state, authorize_pending, authorized,
         authorized_excess, capture_pending, captured, void_pending, voided, captured_excess, refund_pending, refunded,
         refunded_excess, credit_pending, credited, credited_excess, provider, decline_code, create_key, version,
         event_version, created_at, updated_at)
     SELECT md5('p' || i)::uuid, 'PAYMENT', md5('o' || i)::uuid, md5('c')::uuid, 'owner-' || i % 5000, 'GBP', 100, 'CAPTURED',
         0, 100, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'sandbox', '', 'k' || i, 1, 1, i, i
     FROM generate_series(1, 20000) AS i",
    "INSERT INTO operation (id, payment_id, kind, state, amount, create_key, provider_id, failure_code, attempts, abandoned,
         late, actor, correlation_id, created_at, updated_at)
     SELECT md5('a' || i)::uuid, md5('p' || i)::uuid, 'AUTHORIZE', 'SUCCEEDED', 100, 'a' || i, 'auth_' || i, '', 1, 0, 0, 'order',
         md5('x')::uuid, i, i
     FROM generate_series(1, 20000) AS i",
    "INSERT INTO operation (id, payment_id, kind, state, amount, create_key, provider_id, failure_code, attempts, abandoned,
         late, actor, correlation_id, created_at, updated_at)
     SELECT md5('c' || i)::uuid, md5('p' || i)::uuid, 'CAPTURE', CASE WHEN i <= 50 THEN 'PENDING' ELSE 'SUCCEEDED' END, 100,
         'c' || i, 'cap_' || i, '', 1, 0, 0, 'order', md5('x')::uuid, i, i
     FROM generate_series(1, 20000) AS i",
    "INSERT INTO ledger_entry (position, operation_id, payment_id, account, currency, amount, created_at)
     SELECT i, md5('c' || i)::uuid, md5('p' || i)::uuid, 'SALES', 'GBP', -100, i FROM generate_series(1, 20000) AS i",
    "ANALYZE payment, operation, ledger_entry",
];

/// What the doctor and the staff ask, and what is asked of tables of one row, or of as many as a quarter of an hour brings.
const COLD: &[&str] = &[
    "audit_counts_of",
    "audit_excess",
    "audit_explained",
    "audit_ids",
    "audit_known",
    "audit_lapsed",
    "audit_ledger_complete",
    "audit_ledger_zero",
    "audit_open_ids",
    "audit_succeeded",
    "audit_succeeded_of",
    "audit_sums",
    "close_payments",
    "closing_drop",
    "closing_entries",
    "closing_load",
    "closing_lock",
    "closing_payments",
    "closing_save",
    "closing_sums",
    "fact_credits",
    "fact_orders",
    "forget_events",
    "hear_events",
    "insert_ledger",
    "ledger_balances",
    "list_ledger",
    "list_payments",
    "save_discrepancies",
    "sweep_advance",
    "sweep_cursor",
    "sweep_install",
];

/// Thirty-two of something.
fn many(one: impl Fn(u32) -> Value) -> Value {
    (1..=32).map(one).collect()
}

fn hot() -> Vec<(&'static str, Value)> {
    let id = |n: u32| format!("{n:032x}");
    let ids = many(|n| json!(id(n)));
    let keys = many(|n| json!(format!("k{n}")));
    let wanted = json!({ "payments": ids, "operations": ids, "keys": keys });
    let page = |name: &str, value: &str| json!({ "before": id(9), name: value, "limit": 51 });
    vec![
        ("get_payment", json!(id(1))),
        ("insert_operations", many(|n| json!([id(n), id(n)]))),
        ("insert_payments", many(|n| json!([id(n), "PAYMENT"]))),
        ("known_operations", json!({ "ids": ids, "keys": keys })),
        (
            "list_operations",
            json!({ "payment": id(1), "after": "", "limit": 51 }),
        ),
        ("list_order_payments", page("order_id", &id(1))),
        ("list_own_payments", page("owner", "owner-7")),
        (
            "list_payment_ledger",
            json!({ "payment": id(1), "after": 0, "limit": 51 }),
        ),
        ("load_operations", wanted.clone()),
        ("load_payments", wanted.clone()),
        ("lock_payments", wanted),
        (
            "payments_of_subjects",
            json!({ "orders": ids, "credits": [] }),
        ),
        ("stale_operations", json!(1_000)),
        ("update_operations", many(|n| json!([id(n), "SUCCEEDED"]))),
        ("update_payments", many(|n| json!([id(n), "CAPTURED"]))),
    ]
}

#[test]
fn no_hot_statement_reads_a_whole_table() {
    block_on(async {
        let world = world();
        let db = &world.payment.db;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/sql");
        if db.engine() == Engine::Sqlite {
            return refuse_scans_of_file(db, &folder.join("sqlite"), &hot()).await;
        }
        for text in FILL {
            let filled = db.write("tests.fill", move |tx| {
                Box::pin(async move { tx.execute(text, &()).await })
            });
            filled.await.unwrap();
        }
        let folder = folder.join("postgres");
        refuse_scans(db, &folder, &hot(), COLD).await;
        // The ledger's turn is a table of one row.
        let ledger = std::fs::read_to_string(folder.join("insert_ledger.sql")).unwrap();
        for scan in scans(db, &ledger, &json!([])).await {
            assert!(scan.starts_with("ledger_turn "), "{scan}");
        }
    });
}
