//! `stoa doctor --watch`: what ends it, with which status, and what its page says meanwhile.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use stoa_testkit::eventually_blocking;

use crate::load;
use crate::shop::{self, Shop};
use crate::tamper::{Database, hex_of};

/// A watch in a process of its own.
pub(crate) struct Watch {
    child: Child,
    /// Where its figures are.
    page: String,
}

/// How a watch ended.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: Option<i32>,
    /// What it said after each visit.
    pub(crate) visits: Vec<Value>,
    said: String,
}

impl Watch {
    /// Starts one on a folder, with figures on a free port.
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_stoa"))
            .args([
                "doctor",
                "--watch",
                "--format",
                "json",
                "--admin",
                "127.0.0.1:0",
            ])
            .args(arguments)
            .arg("--data")
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let errors = child.stderr.as_mut().unwrap();
        // One byte at a time, so that what follows stays in the pipe.
        let mut byte = [0];
        while errors.read(&mut byte).unwrap() == 1 && byte != *b"\n" {
            line.push(char::from(byte[0]));
        }
        let page = line.trim().strip_prefix("metrics at http://").unwrap();
        Self {
            page: page.strip_suffix("/metrics").unwrap().to_owned(),
            child,
        }
    }

    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends SIGINT.
    pub(crate) fn interrupt(&self) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end.
    pub(crate) fn ended(self) -> Seen {
        let output = tokio::task::block_in_place(|| self.child.wait_with_output().unwrap());
        let lines = BufReader::new(output.stdout.as_slice()).lines();
        let visits = lines.map_while(Result::ok);
        Seen {
            status: output.status.code(),
            visits: visits
                .filter_map(|line| serde_json::from_str(&line).ok())
                .collect(),
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The page of its figures.
    fn figures(&self) -> String {
        let mut stream = TcpStream::connect(&self.page).unwrap();
        let ask = "GET /metrics HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n";
        stream.write_all(ask.as_bytes()).unwrap();
        let mut page = String::new();
        stream.read_to_string(&mut page).unwrap();
        assert!(page.starts_with("HTTP/1.1 200 OK"), "{page}");
        page
    }

    /// Waits until its page has this line.
    fn shows(&self, line: &str) {
        tokio::task::block_in_place(|| {
            eventually_blocking(line, || {
                let page = self.figures();
                page.lines().any(|it| it == line).then_some(())
            });
        });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_watch_of_a_healthy_shop_ends_when_it_is_interrupted() {
    let (folder, _) = shop::fill().await;
    let suite = shop::start(folder.path()).await;
    let watch = Watch::start(folder.path(), &["--every", "100ms"]);
    watch.shows("stoa_doctor_up 1");
    watch.shows("stoa_doctor_violations{check=\"orders_vs_stock\"} 0");
    watch.shows("stoa_doctor_visits_total{outcome=\"broken\"} 0");
    assert!(
        watch
            .figures()
            .contains("stoa_doctor_last_ok_timestamp_seconds 1")
    );
    watch.interrupt();
    let seen = watch.ended();
    assert_eq!(seen.status, Some(0), "{seen:?}");
    assert!(
        seen.visits.iter().all(|visit| visit["ok"] == true),
        "{seen:?}"
    );
    suite.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_suite_that_stays_away_ends_the_watch() {
    let (folder, _) = shop::fill().await;
    let suite = shop::start(folder.path()).await;
    let watch = Watch::start(folder.path(), &["--every", "100ms", "--patience", "1s"]);
    watch.shows("stoa_doctor_up 1");
    suite.stop().await;
    let seen = watch.ended();
    assert_eq!(seen.status, Some(75), "{seen:?}");
    assert!(seen.said.contains("again"), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_one_that_keeps_going_keeps_what_is_broken_in_its_figures() {
    let (folder, shop) = shop::fill().await;
    let suite = shop::start(folder.path()).await;
    let watch = Watch::start(folder.path(), &["--every", "100ms", "--keep-going"]);
    watch.shows("stoa_doctor_violations{check=\"workflows_at_rest\"} 0");
    let mut database = Database::open(folder.path(), "order.db").await;
    database.run(&crate::breaks::stuck(&shop.open)).await;
    database.close().await;
    watch.shows("stoa_doctor_violations{check=\"workflows_at_rest\"} 1");
    watch.interrupt();
    let seen = watch.ended();
    assert_eq!(seen.status, Some(1), "{seen:?}");
    suite.stop().await;
}

/// What is broken while everything is sold, of what nobody sells, and which check must say so.
const INJECTED: [(&str, Injection, &str); 5] = [
    (
        "inventory.db",
        |_| "UPDATE inventory_level SET on_hand = on_hand + 1 WHERE sku = 'mug'".to_owned(),
        "movements_equal_stock",
    ),
    (
        "pricing.db",
        |_| {
            let book = "x'01900000000070008000000000000001'";
            format!("INSERT INTO pricing_book (id, currency, created_at) VALUES ({book}, 'EUR', 1)")
        },
        "books_have_channels",
    ),
    (
        "payment.db",
        |shop| {
            let order = hex_of(&shop.reserved);
            format!(
                "UPDATE payment SET amount = amount - 1, version = version + 1 WHERE order_id = x'{order}'"
            )
        },
        "payments_within_allowed",
    ),
    (
        "inventory.db",
        |shop| {
            let owner = hex_of(&shop.open);
            format!(
                "UPDATE inventory_hold SET state = 'RELEASED', version = version + 1 WHERE owner = x'{owner}'"
            )
        },
        "orders_vs_stock",
    ),
    (
        "order.db",
        |shop| crate::breaks::stuck(&shop.open),
        "workflows_at_rest",
    ),
];

type Injection = fn(&Shop) -> String;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_what_breaks_under_load_is_found() {
    for (number, (file, statement, check)) in INJECTED.into_iter().enumerate() {
        let (folder, shop) = shop::fill().await;
        let suite = shop::start(folder.path()).await;
        let (_, seen) = load::during(&suite.staff(), &format!("inject-{number}"), async {
            let watch = Watch::start(folder.path(), &["--every", "100ms", "--full-every", "1h"]);
            watch.shows("stoa_doctor_visits_total{outcome=\"healthy\"} 2");
            let mut database = Database::open(folder.path(), file).await;
            database.run(&statement(&shop)).await;
            database.close().await;
            watch.ended()
        })
        .await;
        assert_eq!(seen.status, Some(1), "{check}: {seen:?}");
        let last = seen.visits.last().unwrap();
        let broken = shop::broken(last);
        assert!(
            broken.iter().any(|(name, _)| name == check),
            "{check}: {broken:?}"
        );
        suite.stop().await;
    }
}
