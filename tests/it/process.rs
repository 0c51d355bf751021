//! The command as a process: how it starts and ends, and what survives.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use stoa_api::order::v1::{GetOrderRequest, OrderState};
use stoa_testkit::{SuiteProcess, binary, eventually};

use crate::shop::{place, quote};

/// Runs `stoa` to its end.
fn stoa(arguments: &[&str]) -> Output {
    Command::new(binary()).args(arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Something to sell, made by the tool.
fn seeded(data: &Path) {
    let seeded = stoa(&["seed", "--data", data.to_str().unwrap()]);
    assert!(seeded.status.success(), "{}", stderr(&seeded));
}

#[test]
fn it_starts_says_where_and_drains() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut suite = SuiteProcess::start(&data);
    let token = fs::metadata(data.join("operator.token")).unwrap();
    assert_eq!(token.permissions().mode() & 0o777, 0o600);
    assert_eq!(suite.terminate().code(), Some(0));
    let log = suite.log();
    assert!(log.contains(&suite.addresses().grpc.to_string()), "{log}");
    assert!(log.contains("Next, in a second terminal:"), "{log}");
    let (_, said) = log.split_once("Stoa is ready (").unwrap();
    let took: u64 = said.split_once(" ms)").unwrap().0.parse().unwrap();
    assert!(took < 2_000, "{took} ms");
    let kept = suite.token().to_owned();
    suite.restart();
    assert_eq!(suite.token(), kept);
}

#[test]
fn faults_of_a_start_have_a_status_each() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let suite = SuiteProcess::start(&data);
    let free = [
        "--grpc",
        "127.0.0.1:0",
        "--http",
        "127.0.0.1:0",
        "--admin",
        "127.0.0.1:0",
    ];
    let up = |data: &Path, more: &[&str]| {
        let data = data.to_str().unwrap();
        let mut arguments = vec!["up", "--data", data];
        arguments.extend(more);
        stoa(&arguments)
    };

    let locked = up(&data, &free);
    assert_eq!(locked.status.code(), Some(75), "{}", stderr(&locked));
    assert!(stderr(&locked).contains("another suite runs in"));

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut arguments = free;
    arguments[1] = &address;
    let port = up(&folder.path().join("other"), &arguments);
    assert_eq!(port.status.code(), Some(75), "{}", stderr(&port));
    assert!(stderr(&port).contains(&address));

    let file = folder.path().join("file");
    fs::write(&file, "no folder").unwrap();
    let not_a_folder = up(&file, &free);
    assert_eq!(
        not_a_folder.status.code(),
        Some(64),
        "{}",
        stderr(&not_a_folder)
    );

    let wrong = up(
        &folder.path().join("third"),
        &["--otlp", "nowhere", "--http", "127.0.0.1:0"],
    );
    assert_eq!(wrong.status.code(), Some(64), "{}", stderr(&wrong));
    assert!(
        stderr(&wrong).contains("telemetry.otlp"),
        "{}",
        stderr(&wrong)
    );
    assert_eq!(stoa(&["up", "--grpc", "here"]).status.code(), Some(64));
    assert_eq!(stoa(&["fly"]).status.code(), Some(64));
    assert_eq!(stoa(&["--version"]).status.code(), Some(0));
    drop(suite);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answered_order_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut suite = SuiteProcess::start(&data);
    seeded(&data);
    let mut orders = Vec::new();
    for _ in 0..3 {
        let ann = suite.guest("ann");
        let quoted = ann
            .call(quote("shop", &[("TWINE", 2)]))
            .await
            .unwrap()
            .quote
            .unwrap();
        let placed = ann
            .call(place(&quoted.quote_id, "tok_approve"))
            .await
            .unwrap();
        orders.push(placed.order.unwrap().order_id);
        assert_eq!(suite.kill().code(), None);
        suite.restart();
    }
    for order_id in orders {
        let ann = suite.guest("ann");
        eventually("the order to be confirmed", || async {
            let request = GetOrderRequest {
                order_id: order_id.clone(),
                ..GetOrderRequest::default()
            };
            let order = ann.call(request).await.unwrap().order.unwrap();
            (order.state() == OrderState::Confirmed).then_some(())
        })
        .await;
    }
}

/// The children of a process, by the kernel's own list.
fn children(pid: u32) -> Vec<u32> {
    let listed = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let mut all: Vec<u32> = threads
        .filter_map(|thread| fs::read_to_string(thread.unwrap().path().join("children")).ok())
        .chain(listed)
        .flat_map(|list| {
            list.split_whitespace()
                .map(|pid| pid.parse().unwrap())
                .collect::<Vec<u32>>()
        })
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_that_dies_is_started_again_and_never_outlives_the_suite() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut suite = SuiteProcess::start(&data);
    seeded(&data);
    let first = children(suite.pid());
    assert_eq!(first.len(), 1, "one sandbox");
    let killed = Command::new("kill")
        .args(["-KILL", &first[0].to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let again = eventually("another sandbox", || async {
        let now = children(suite.pid());
        (now.len() == 1 && now != first).then_some(now)
    })
    .await;
    // It has the same address and the same books: an order is paid.
    let ann = suite.guest("ann");
    let quoted = ann
        .call(quote("shop", &[("TWINE", 1)]))
        .await
        .unwrap()
        .quote
        .unwrap();
    let placed = ann
        .call(place(&quoted.quote_id, "tok_approve"))
        .await
        .unwrap();
    let order_id = placed.order.unwrap().order_id;
    eventually("the order to be confirmed", || async {
        let request = GetOrderRequest {
            order_id: order_id.clone(),
            ..GetOrderRequest::default()
        };
        let order = ann.call(request).await.unwrap().order.unwrap();
        (order.state() == OrderState::Confirmed).then_some(())
    })
    .await;
    suite.kill();
    eventually("the end of the sandbox", || async {
        (!Path::new(&format!("/proc/{}", again[0])).exists()).then_some(())
    })
    .await;
}

/// A sandbox that the test runs itself; its input is open as long as this lives.
struct Alone {
    child: Child,
    url: String,
}

impl Alone {
    fn start(data: &Path) -> Self {
        let mut child = Command::new(binary())
            .args(["sandbox", "--data", data.to_str().unwrap()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let said: serde_json::Value = serde_json::from_str(&line).unwrap();
        let url = format!("http://{}", said["address"].as_str().unwrap());
        Self { child, url }
    }

    /// Closes its input: it ends by itself.
    fn end(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_named_is_used_instead() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let sandbox = Alone::start(&folder.path().join("books"));
    let named = ["--provider", sandbox.url.as_str()];
    let mut suite = SuiteProcess::start_with(&binary(), &data, &named, &[]);
    assert_eq!(children(suite.pid()), Vec::<u32>::new());
    assert!(!data.join("sandbox").exists());
    seeded(&data);
    let ann = suite.guest("ann");
    let quoted = ann
        .call(quote("shop", &[("TWINE", 1)]))
        .await
        .unwrap()
        .quote
        .unwrap();
    let placed = ann
        .call(place(&quoted.quote_id, "tok_approve"))
        .await
        .unwrap();
    assert_eq!(placed.order.unwrap().state(), OrderState::Confirmed);
    assert_eq!(suite.terminate().code(), Some(0));
    sandbox.end();
}
