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
use crate::retail::{self, DAY};

/// What only the run knows that read the files.
const OF_A_RUN: [&str; 3] = ["other_rows", "other_by_kind", "seconds"];

/// `stoa replay` with these arguments, to its end: the JSON on its last line.
fn replay(data: &Path, arguments: &[&str]) -> Value {
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

#[test]
fn the_independent_figures_are_the_written_ones() {
    let Some(folder) = retail::folder() else {
        return;
    };
    let file = folder.join(DAY);
    let figures = retail::figures(&file);
    let pounds = |minor: &Value| {
        let minor = minor.as_i64().unwrap();
        format!("{}.{:02}", minor / 100, minor % 100)
    };
    let number = |name: &str| figures[name].to_string();
    let other: i64 = retail::other_rows(&file)
        .as_object()
        .unwrap()
        .values()
        .map(|count| count.as_i64().unwrap())
        .sum();
    let written = retail::written(&folder, "2010-12-01 (the day)");
    let counted = [
        number("orders"),
        number("guest_orders"),
        number("lines"),
        number("units"),
        pounds(&figures["sales_minor"]),
        number("cancellations"),
        number("return_lines"),
        number("return_units"),
        pounds(&figures["refunds_minor"]),
        other.to_string(),
    ];
    // The first column is the rows of the file.
    assert_eq!(written[1..], counted);
    let written = retail::written(&folder, "the day");
    let counted = ["sales_minor", "refunds_minor", "linked_return_lines"].map(number);
    assert_eq!(written[..3], counted);
    assert_eq!(written[4], number("credit_lines"));
    assert_eq!(written[7], number("overridden_lines"));
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
    doctor(&binary(), &data);
    assert_eq!(traces(&suite).await, before, "nothing was done twice");
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
