//! The shop's day, taken through a suite to which nothing happens: the figures are the true ones, nothing is done twice, and
//! nothing is sold that is not there.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use stoa_api::ops::v1::{GetInfoRequest, GetLogStateRequest};
use stoa_api::order::v1::{Order, OrderState, SearchOrdersRequest};
use stoa_testkit::{SuiteProcess, binary};
use tokio::task::block_in_place;

use crate::life::doctor;
use crate::retail::{self, DAY, NINE_MONTHS};

/// What only the run knows that read the files.
const OF_A_RUN: [&str; 3] = ["other_rows", "other_by_kind", "seconds"];

/// `stoa replay` with these arguments, to its end: the JSON on its last line.
pub(crate) fn replay(data: &Path, arguments: &[&str]) -> Value {
    let mut replay = Command::new(binary());
    replay
        .args(["replay", "--format", "json", "--data"])
        .arg(data)
        .args(arguments);
    let said = block_in_place(|| replay.output().unwrap());
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(
        said.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&said.stderr)
    );
    last_line(&text)
}

/// The object on the last line.
pub(crate) fn last_line(text: &str) -> Value {
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

/// A report without what only a run knows.
pub(crate) fn lasting(report: &Value) -> Value {
    let mut lasting = report.clone();
    for name in OF_A_RUN {
        lasting.as_object_mut().unwrap().remove(name);
    }
    lasting
}

/// How many rows each table of each service has, and how far its log is; what a service merely does (who runs, what it
/// remembers of calls) left out.
async fn traces(suite: &SuiteProcess) -> BTreeMap<String, i64> {
    let staff = suite.staff();
    let services = staff.call(GetInfoRequest {}).await.unwrap().services;
    let mut traces = BTreeMap::new();
    for service in services {
        let service = service.name;
        let request = GetLogStateRequest {
            service: service.clone(),
        };
        let log = staff.call(request).await.unwrap();
        traces.insert(format!("{service}: events"), log.written);
        let file = suite.data().join(format!("{service}.db"));
        let file = format!("sqlite://{}?mode=ro", file.display());
        let db = sqlx::SqlitePool::connect(&file).await.unwrap();
        let tables =
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&db).await.unwrap();
        for table in tables {
            let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM \"{table}\""));
            let rows: i64 = sqlx::query_scalar(count).fetch_one(&db).await.unwrap();
            traces.insert(format!("{service}.{table}"), rows);
        }
        db.close().await;
    }
    traces
}

/// The figures of a span as the README's rows of this name have them: (counts, minor units).
fn compare(folder: &Path, names: (&str, &str), figures: &Value) {
    let number = |name: &str| figures[name].to_string();
    let pence = |text: &str| text.replace('.', "");
    let counts = retail::written(folder, names.0).swap_remove(0);
    let name = names.0;
    // Rows of the file, and at the end other rows, are no figures of an order.
    assert_eq!(counts[1], number("orders"), "{name}");
    assert_eq!(counts[2], number("guest_orders"), "{name}");
    assert_eq!(counts[3], number("lines"), "{name}");
    assert_eq!(counts[4], number("units"), "{name}");
    assert_eq!(counts[6], number("cancellations"), "{name}");
    assert_eq!(counts[7], number("return_lines"), "{name}");
    assert_eq!(counts[8], number("return_units"), "{name}");
    assert_eq!(pence(&counts[9]), number("refunds_minor"), "{name}");
    let minor = retail::written(folder, names.1).pop().unwrap();
    assert_eq!(minor[0], number("sales_minor"), "{name}");
    assert_eq!(minor[1], number("refunds_minor"), "{name}");
    assert_eq!(minor[2], number("linked_return_lines"), "{name}");
    assert_eq!(minor[4], number("credit_lines"), "{name}");
    assert_eq!(minor[7], number("overridden_lines"), "{name}");
}

#[test]
fn the_independent_figures_are_the_written_ones() {
    let Some(folder) = retail::folder() else {
        return;
    };
    let day = retail::figures(&folder.join(DAY));
    compare(&folder, ("2010-12-01 (the day)", "the day"), &day);
    let all = retail::figures(&folder.join(NINE_MONTHS));
    compare(&folder, ("all nine", "all nine"), &all);
    let months = all["months"].as_array().unwrap();
    assert_eq!(months.len(), 9);
    for figures in months {
        let month = figures["month"].as_str().unwrap();
        compare(&folder, (month, month), figures);
    }
    let other = json!({ "stock_adjustment": 925, "zero_price": 872, "bad_debt": 3 });
    assert_eq!(retail::other_rows(&folder.join(NINE_MONTHS)), other);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_day_comes_to_the_true_figures_and_is_done_once() {
    let Some(retail) = retail::folder() else {
        return;
    };
    let file = retail.join(DAY);
    let path = file.to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let suite = SuiteProcess::start(&data);
    let first = replay(&data, &[path]);
    assert_eq!(lasting(&first), retail::figures(&file));
    assert_eq!(first["other_by_kind"], retail::other_rows(&file));
    assert_eq!(first["other_rows"], 10);
    assert!(first["seconds"].as_f64().unwrap() > 0.0);

    let health = doctor(&binary(), &data);
    for check in health["checks"].as_array().unwrap() {
        assert!(check["examined"].as_i64().unwrap() > 0, "{check}");
    }

    let before = traces(&suite).await;
    assert!(before["order: events"] > 700, "{before:?}");
    let again = replay(&data, &[path]);
    assert_eq!(lasting(&again), lasting(&first));
    let kept = replay(&data, &["--report"]);
    assert_eq!(kept, lasting(&first), "the report needs no files");
    assert_eq!(traces(&suite).await, before, "nothing was done twice");
    // He closes books in order, which leaves its trace.
    doctor(&binary(), &data);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes; with a release build: STOA_BIN=target/release/stoa cargo test -p stoa-tests --test crash -- --ignored"]
async fn the_nine_months_come_to_the_true_figures() {
    let Some(retail) = retail::folder() else {
        return;
    };
    let file = retail.join(NINE_MONTHS);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let _suite = SuiteProcess::start(&data);
    let report = replay(&data, &[file.to_str().unwrap()]);
    eprintln!("{} s", report["seconds"]);
    assert_eq!(lasting(&report), retail::figures(&file));
    assert_eq!(report["other_by_kind"], retail::other_rows(&file));
    doctor(&binary(), &data);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_too_little_stock_orders_are_refused_and_nothing_is_oversold() {
    let Some(retail) = retail::folder() else {
        return;
    };
    let file = retail.join(DAY);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let suite = SuiteProcess::start(&data);
    let report = replay(&data, &["--stock-share", "0.9", file.to_str().unwrap()]);
    let count = |name: &str| report[name].as_i64().unwrap();
    assert!(count("refused_orders") > 0, "{report}");
    let true_figures = retail::figures(&file);
    assert_eq!(
        json!(count("orders") + count("refused_orders")),
        true_figures["orders"]
    );
    doctor(&binary(), &data);

    let mut promised: BTreeMap<String, i64> = BTreeMap::new();
    let (mut orders, mut refused) = (0, 0);
    for order in retail_orders(&suite).await {
        if order.state() == OrderState::Canceled {
            refused += 1;
            continue;
        }
        orders += 1;
        for line in &order.lines {
            *promised.entry(line.sku.clone()).or_insert(0) += line.ordered;
        }
    }
    assert_eq!(
        (orders, refused),
        (count("orders"), count("refused_orders"))
    );
    for (sku, (sold, back)) in retail::goods(&file) {
        let promised = promised.get(&sku).copied().unwrap_or_default();
        let had = sold * 9 / 10 + back;
        assert!(promised <= had, "{sku}: {promised} of {had}");
    }
}

/// All orders of the replayed shop.
async fn retail_orders(suite: &SuiteProcess) -> Vec<Order> {
    let staff = suite.staff();
    let mut request = SearchOrdersRequest {
        channel: "retail".to_owned(),
        page_size: 1_000,
        ..SearchOrdersRequest::default()
    };
    let mut orders = Vec::new();
    loop {
        let page = staff.call(request.clone()).await.unwrap();
        orders.extend(page.orders);
        if page.next_page_token.is_empty() {
            return orders;
        }
        request.page_token = page.next_page_token;
    }
}
