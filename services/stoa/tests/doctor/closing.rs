//! What was found in order is closed: a later visit costs what has happened since, an edit below a seal is found by a visit that
//! reads everything, an edit of a seal by every one.

use std::path::Path;

use serde_json::Value;
use stoa_testkit::Caller;

use crate::shop;
use crate::tamper::Database;

/// A visit to a suite that rests; what it says, and whether it is content.
fn visit(folder: &Path, arguments: &[&str]) -> (Value, bool) {
    let mut all = vec!["--quiesced"];
    all.extend(arguments);
    shop::doctor(folder, &all)
}

fn rows(said: &Value) -> i64 {
    let checks = said["checks"].as_array().unwrap().iter();
    checks.map(|check| check["rows"].as_i64().unwrap()).sum()
}

/// Sells, ships one, takes one back: the same each time.
async fn sell(staff: &Caller, name: &str, orders: usize) {
    for number in 0..orders {
        let channel = ["shop", "later"][number % 2];
        let reference = format!("{name}-{number}");
        let order = shop::order(staff, &reference, channel, "tok_approve").await;
        if number == 0 {
            let order = shop::ship(staff, order).await;
            shop::take_back(staff, &order).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_visit_costs_what_has_happened_since_the_last_one() {
    let (folder, _) = shop::fill().await;
    let folder = folder.path();
    let suite = shop::start(folder).await;
    let staff = suite.staff();
    shop::receive(&staff, "more", 10_000).await;
    let closed = |said: &Value| said["closed"].as_i64().unwrap();
    let mut costs = Vec::new();
    let mut all = Vec::new();
    for (round, before) in [("few", 4), ("many", 40)] {
        sell(&staff, &format!("{round}-before"), before).await;
        let (said, content) = visit(folder, &[]);
        assert!(content && said["full"] == true, "{said}");
        all.push(rows(&said));
        let (said, content) = visit(folder, &["--incremental"]);
        assert!(content && said["full"] == false, "{said}");
        let (idle, known) = (rows(&said), closed(&said));
        sell(&staff, &format!("{round}-since"), 5).await;
        let (said, content) = visit(folder, &["--incremental"]);
        assert!(content, "{said}");
        assert_eq!(closed(&said), known, "{said}");
        costs.push((idle, rows(&said)));
        let (said, content) = visit(folder, &["--incremental"]);
        assert!(content && closed(&said) == known + 5, "{said}");
    }
    let [(few_idle, few), (many_idle, many)] = costs[..] else {
        panic!("{costs:?}");
    };
    assert!(all[1] > all[0] * 2, "the shop has grown: {all:?}");
    assert_eq!(few_idle, many_idle, "nothing has happened");
    assert_eq!(few, many, "five orders cost five orders");
    assert!(few > few_idle, "and no less");
    suite.stop().await;
}

/// Statements on a database that nobody opened since all was found in order, by what must then be broken.
async fn edited(statements: &[(&str, &str)]) -> (tempfile::TempDir, stoa_testkit::Suite) {
    let (folder, _) = shop::fill().await;
    let suite = shop::start(folder.path()).await;
    let (said, content) = visit(folder.path(), &[]);
    assert!(content, "{said}");
    let (said, content) = visit(folder.path(), &["--incremental"]);
    assert!(content && said["closed"].as_i64().unwrap() > 0, "{said}");
    suite.stop().await;
    for (file, statement) in statements {
        let mut database = Database::open(folder.path(), file).await;
        database.run(statement).await;
        database.close().await;
    }
    let suite = shop::start(folder.path()).await;
    (folder, suite)
}

fn names(said: &Value) -> Vec<String> {
    let broken = shop::broken(said).into_iter();
    broken.map(|(name, _)| name).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_what_is_edited_below_the_seals_is_found_when_everything_is_read() {
    let edits = [
        (
            "inventory.db",
            "UPDATE inventory_movement SET on_hand_delta = on_hand_delta + 1 WHERE seq = 1",
        ),
        (
            "payment.db",
            "UPDATE ledger_entry SET amount = amount + 1 WHERE position = 1",
        ),
        (
            "order.db",
            "UPDATE event_log SET occurred_at = occurred_at - 1 WHERE seq = 1",
        ),
    ];
    let (folder, suite) = edited(&edits).await;
    let (said, content) = visit(folder.path(), &["--incremental"]);
    assert!(content, "nobody looked there: {said}");
    for full in [&["--full"][..], &[]] {
        let (said, _) = visit(folder.path(), full);
        let names = names(&said);
        for name in [
            "movements_equal_stock",
            "ledger_zero",
            "order_is_fold",
            "closing_rows",
        ] {
            assert!(names.iter().any(|it| it == name), "{name}: {said}");
        }
    }
    suite.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_an_edited_seal_is_found_by_every_visit_and_made_again_by_one_that_reads_everything()
{
    let edits = [
        (
            "inventory.db",
            "UPDATE inventory_closing SET on_hand = on_hand + 1 WHERE sku = 'mug'",
        ),
        (
            "payment.db",
            "UPDATE payment_closing SET amount = amount + 1 WHERE account = 'SALES'",
        ),
        (
            "order.db",
            "UPDATE order_closing SET subjects = subjects - 1",
        ),
    ];
    let (folder, suite) = edited(&edits).await;
    for arguments in [&["--incremental"][..], &["--full"], &["--full", "--reseal"]] {
        let (said, content) = visit(folder.path(), arguments);
        assert!(!content);
        assert_eq!(names(&said), ["closing_rows"], "{arguments:?}: {said}");
        let subjects = &shop::broken(&said)[0].1;
        assert_eq!(subjects.len(), 3, "{subjects:?}");
    }
    for arguments in [&["--full"][..], &["--incremental"]] {
        let (said, content) = visit(folder.path(), arguments);
        assert!(content, "{said}");
    }
    suite.stop().await;
}
