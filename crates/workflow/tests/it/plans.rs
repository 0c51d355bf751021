//! What the engine does for the statements of durable work: none reads the whole table, however much of it is done.

use std::path::Path;

use serde_json::{Value, json};
use stoa_store::Engine;
use stoa_testdb::plans::{refuse_scans, refuse_scans_of_file, scans};

use crate::bench::Bench;

/// 40,000 pieces of work, of which 800 go on and 8 are stuck, with three owners.
const FILL: [&str; 2] = [
    "INSERT INTO workflow (id, kind, version, subject, step, state, status, due_at, runner, fence, waiting_on, actor,
                           correlation_id, created_at, updated_at, finished_at)
     SELECT md5('w' || i)::uuid, 'checkout', 1, 'ord_' || i, 'hold', 'null',
         CASE WHEN i % 5000 = 0 THEN 'STUCK' WHEN i % 50 = 0 THEN 'LIVE' ELSE 'DONE' END, i, md5('r' || (i % 3))::uuid, 1,
         CASE WHEN i % 50 = 0 THEN 'pay_' || i END, 'guest', md5('w' || i)::uuid, i, i, CASE WHEN i % 50 <> 0 THEN i END
     FROM generate_series(($1::jsonb ->> 0)::bigint, ($1::jsonb ->> 1)::bigint) AS i",
    "ANALYZE workflow, workflow_runner",
];

/// The table of runners has a row per process, an operator's list of what is done is seldom asked for.
const COLD: &[&str] = &["adopt", "bury", "leave", "list", "register", "renew"];

/// Thirty-two of something.
fn many(one: impl Fn(u32) -> Value) -> Value {
    (1..=32).map(one).collect()
}

fn id(number: u32) -> String {
    format!("{number:032x}")
}

fn hot() -> Vec<(&'static str, Value)> {
    let fenced = |n: u32| json!({"id": id(n), "fence": 1, "step": "serve", "state": "null"});
    let settled = |n: u32| json!({"id": id(n), "fence": 1, "woken": 0, "status": "LIVE", "due_at": 1, "now": 1, "attempt": 0});
    let runner = id(1);
    vec![
        ("advance", many(fenced)),
        ("census", json!({})),
        (
            "due",
            json!({"now": 1, "ahead": 1_000_000, "runner": runner, "limit": 1_024}),
        ),
        ("finish", many(fenced)),
        ("insert", many(|n| json!({"id": id(n)}))),
        ("known", many(|n| json!(id(n)))),
        ("list_live", json!({"after": "", "limit": 50})),
        (
            "list_subject",
            json!({"subject": "ord_7", "after": "", "limit": 50}),
        ),
        ("load", json!({"id": id(1), "runner": runner})),
        ("prunable", json!({"before": 5})),
        ("prune", json!({"before": 5, "limit": 500})),
        ("retry", many(|n| json!(id(n)))),
        ("settle", many(settled)),
        ("show", json!({"id": id(1)})),
        ("wake", many(|n| json!(format!("ord_{n}")))),
    ]
}

#[tokio::test]
async fn no_statement_reads_the_whole_table() {
    let bench = Bench::new().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sql");
    if bench.db.engine() == Engine::Sqlite {
        return refuse_scans_of_file(&bench.db, &folder.join("sqlite"), &hot()).await;
    }
    // In pieces: no transaction may take long.
    for text in FILL {
        for begin in (0..40000).step_by(4000) {
            let part = [begin + 1, begin + 4000];
            bench
                .write(move |tx| Box::pin(async move { tx.execute(text, &part).await }))
                .await;
        }
    }
    let folder = folder.join("postgres");
    refuse_scans(&bench.db, &folder, &hot(), COLD).await;
    // What each renewal asks: whose work lives, without reading that work.
    let adopt = std::fs::read_to_string(folder.join("adopt.sql")).unwrap();
    let read = scans(&bench.db, &adopt, &json!({"runner": id(1)})).await;
    let of_work = |table: &&String| !table.starts_with("workflow_runner");
    assert!(read.iter().find(of_work).is_none(), "{read:?}");
}
