//! What the engine does for the statements of pricing: none that is hot reads a whole table.

use std::path::Path;

use serde_json::{Value, json};
use stoa_store::Engine;
use stoa_testdb::plans::{refuse_scans, refuse_scans_of_file};

use crate::harness::Suite;

/// 20,000 books with a channel each; the prices are those of two books.
const FILL: [&str; 4] = [
    "INSERT INTO pricing_book SELECT md5('b' || i)::uuid, 'GBP', 1
     FROM generate_series(($1::jsonb ->> 0)::bigint, ($1::jsonb ->> 1)::bigint) AS i",
    "INSERT INTO pricing_channel
     SELECT md5('c' || i)::uuid, 'code-' || i, 'Shop', 'GBP', '', true, md5('b' || i)::uuid, 'AT_ONCE', 'PRIORITY', 1, 1, 1, 1
     FROM generate_series(($1::jsonb ->> 0)::bigint, ($1::jsonb ->> 1)::bigint) AS i",
    "INSERT INTO pricing_price
     SELECT md5('b' || (i % 2 + 1))::uuid, 'SKU-' || i, 'GBP', q, 1, md5('p' || i || '-' || q)::uuid, 1, 1, 1, 1
     FROM generate_series(($1::jsonb ->> 0)::bigint, ($1::jsonb ->> 1)::bigint) AS i, generate_series(1, 2) AS q",
    "ANALYZE pricing_book, pricing_channel, pricing_price",
];

/// What the doctor asks.
const COLD: &[&str] = &["audit_books", "audit_prices"];

/// Thirty-two of something.
fn many(one: impl Fn(u32) -> Value) -> Value {
    (1..=32).map(one).collect()
}

fn hot() -> Vec<(&'static str, Value)> {
    let id = |n: u32| format!("{n:032x}");
    let ids = many(|n| json!(id(n)));
    let key = |n: u32| {
        json!({
            "book_id": id(1), "sku": format!("SKU-{n}"), "currency": "GBP", "from_quantity": 1, "start_at": 1, "id": id(n),
            "micros": 1, "version": 2, "created_at": 1, "updated_at": 1,
        })
    };
    let lines = many(|n| json!({"s": format!("SKU-{n}"), "q": 1}));
    vec![
        (
            "basket_price",
            json!({"id": null, "code": "code-1", "at": 5, "lines": lines}),
        ),
        ("books_find", ids.clone()),
        ("books_save", many(|n| json!({"id": id(n)}))),
        ("channels_find", json!({"ids": ids, "codes": ["code-1"]})),
        ("channels_save", many(|n| json!({"id": id(n)}))),
        ("prices_find", many(key)),
        ("prices_load", many(key)),
        ("prices_save", many(key)),
    ]
}

#[tokio::test]
async fn no_hot_statement_reads_a_whole_table() {
    let suite = Suite::start().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/sql");
    if suite.db.engine() == Engine::Sqlite {
        return refuse_scans_of_file(&suite.db, &folder.join("sqlite"), &hot()).await;
    }
    // In pieces: no transaction may take long.
    for text in FILL {
        for begin in (0..20000).step_by(2000) {
            let part = [begin + 1, begin + 2000];
            suite
                .db
                .write("test.fill", move |tx| {
                    Box::pin(async move { tx.execute(text, &part).await })
                })
                .await
                .unwrap();
        }
    }
    refuse_scans(&suite.db, &folder.join("postgres"), &hot(), COLD).await;
}
