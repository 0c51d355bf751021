//! `stoa top` beside a running suite: its figures move when orders are placed, and it says so when the suite is gone.

use std::fs;
use std::io::{BufRead, BufReader, Lines, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use stoa_api::order::v1::OrderState;
use stoa_testkit::{SuiteProcess, binary};

use crate::shop::{place, quote};

/// `stoa top`, as long as somebody reads it. Dropped, it is killed.
struct Top {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Top {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(binary())
            .args(["top", "--every", "0.2", "--format", "json"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next figures.
    fn next(&mut self) -> Value {
        let line = self.lines.next().expect("another line").unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Top {
    fn drop(&mut self) {
        // It may have ended.
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

fn seeded(data: &Path) {
    let mut seed = Command::new(binary());
    let seed = seed.args(["seed", "--data", data.to_str().unwrap()]);
    assert!(seed.output().unwrap().status.success());
}

/// The one of a list that is called so.
fn named<'a>(figures: &'a Value, list: &str, by: &str, name: &str) -> &'a Value {
    let rows = figures[list].as_array().unwrap();
    let found = rows.iter().find(|row| row[by] == name);
    found.unwrap_or_else(|| panic!("no {name} in {list}: {figures}"))
}

/// How many of something there were while these figures were taken.
fn count(figures: &Value, rate: &Value) -> f64 {
    rate.as_f64().unwrap_or(0.0) * figures["seconds"].as_f64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn its_figures_move_when_orders_are_placed() {
    const ORDERS: usize = 3;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let suite = SuiteProcess::start(&data);
    seeded(&data);
    let mut top = Top::start(&["--data", data.to_str().unwrap()]);
    // It has read the page once more than it has printed lines.
    let mut figures = top.next();
    for _ in 0..ORDERS {
        let ann = suite.guest("ann");
        let quoted = ann.call(quote("shop", &[("TWINE", 1)])).await.unwrap();
        let quote_id = quoted.quote.unwrap().quote_id;
        let placed = ann.call(place(&quote_id, "tok_approve")).await.unwrap();
        assert_eq!(placed.order.unwrap().state(), OrderState::Confirmed);
    }
    let (mut orders, mut calls, mut commits, mut runs) = (0.0, 0.0, 0.0, 0.0);
    let (mut latencies, mut batches) = (false, false);
    let wanted = f64::from(u32::try_from(ORDERS).unwrap());
    // An order is a quote and the call that places it. What one figure tells another may tell an interval later.
    while !(orders > wanted - 0.01
        && calls > 2.0 * wanted - 0.01
        && commits > 0.9
        && runs > 0.9
        && latencies
        && batches)
    {
        figures = top.next();
        orders += count(&figures, &figures["orders_per_s"]["CONFIRMED"]);
        let order = named(&figures, "services", "service", "order");
        calls += count(&figures, &order["calls_per_s"]);
        commits += count(&figures, &order["commits_per_s"]);
        let (p50, p99) = (order["p50_ms"].as_f64(), order["p99_ms"].as_f64());
        latencies |= p50 > Some(0.0) && p99 >= p50;
        batches |= order["mean_batch"].as_f64() >= Some(1.0);
        let workflows = figures["workflows"].as_array().unwrap();
        runs += workflows
            .iter()
            .map(|kind| count(&figures, &kind["runs_per_s"]))
            .sum::<f64>();
    }
    // Nothing is counted twice.
    assert!(orders < wanted + 0.01, "{orders}");
    assert!(calls < 2.0 * wanted + 0.01, "{calls}");
    assert!(figures["process"]["resident_bytes"].as_f64() > Some(1e6));
    assert!(figures["process"]["threads"].as_f64() >= Some(1.0));
    let stock = named(&figures, "consumers", "consumer", "catalog.stock");
    assert_eq!(stock["poison"], 0);
    assert!(named(&figures, "logs", "service", "order")["waiting"].is_number());
}

#[test]
fn an_admin_port_alone_tells_all_but_the_consumers() {
    let folder = tempfile::tempdir().unwrap();
    let suite = SuiteProcess::start(&folder.path().join("data"));
    let admin = address(&suite);
    let top = |more: &[&str]| {
        let mut top = Command::new(binary());
        top.args(["top", "--every", "0.1", "--once", "--admin", &admin]);
        let done = top.args(more).output().unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        String::from_utf8(done.stdout).unwrap()
    };
    let json = top(&["--format", "json"]);
    let figures: Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
    assert_eq!(figures["address"], admin.as_str());
    assert_eq!(figures["process_name"], "stoa");
    assert!(figures["consumers"].is_null());
    let services = figures["services"].as_array().unwrap();
    assert!(services.len() >= 5, "{figures}");
    // No terminal: a block of text.
    let text = top(&[]);
    for heading in ["SERVICE", "WORKFLOW", "EVENTS OF", "resident"] {
        assert!(text.contains(heading), "{text}");
    }
    assert!(!text.contains('\u{1b}'), "{text}");
    // The port of REST is none.
    let rest = suite.addresses().http.to_string();
    let other = Command::new(binary())
        .args(["top", "--once", "--admin", &rest])
        .output()
        .unwrap();
    assert_eq!(other.status.code(), Some(70));
    let said = String::from_utf8_lossy(&other.stderr);
    assert!(said.contains("admin port"), "{said}");
}

#[test]
fn when_the_suite_is_gone_it_waits_and_says_to_run_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut suite = SuiteProcess::start(&data);
    let mut top = Top::start(&["--data", data.to_str().unwrap()]);
    top.next();
    suite.kill();
    let began = Instant::now();
    let status = top.child.wait().unwrap();
    assert_eq!(status.code(), Some(75));
    assert!(began.elapsed() >= Duration::from_secs(4));
    let mut said = String::new();
    let mut errors = top.child.stderr.take().unwrap();
    errors.read_to_string(&mut said).unwrap();
    assert!(said.contains("run this command again"), "{said}");
}

#[test]
fn it_goes_on_with_a_suite_that_came_back_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mut first = SuiteProcess::start(&at("first"));
    let second = SuiteProcess::start(&at("second"));
    // A folder whose suite is the first one, then the second one: as after a restart, without the time that it takes.
    let watched = at("watched");
    fs::create_dir(&watched).unwrap();
    let is_now = |name: &str| {
        for file in ["operator.token", "addresses.json"] {
            let new = watched.join(format!("{file}.new"));
            fs::copy(at(name).join(file), &new).unwrap();
            fs::rename(new, watched.join(file)).unwrap();
        }
    };
    is_now("first");
    let mut top = Top::start(&["--data", watched.to_str().unwrap()]);
    assert_eq!(top.next()["address"], address(&first).as_str());
    is_now("second");
    first.kill();
    loop {
        // What is counted anew is never less than nothing.
        let figures = top.next();
        assert!(figures["process"]["cpu_cores"].as_f64() >= Some(0.0));
        if figures["address"] == address(&second).as_str() {
            break;
        }
    }
}

fn address(suite: &SuiteProcess) -> String {
    suite.addresses().admin.to_string()
}
