//! The operator's tools, from outside the process.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;
use stoa_api::catalog::v1::ListProductsRequest;
use stoa_testkit::{SuiteProcess, binary};
use stoa_types::Timestamp;

fn stoa(arguments: &[&str]) -> Output {
    Command::new(binary()).args(arguments).output().unwrap()
}

/// The JSON object on the last line of stdout.
fn json(output: &Output) -> Value {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_shop_is_filled_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let suite = SuiteProcess::start(&data);
    let path = data.to_str().unwrap();
    let first = json(&stoa(&["seed", "--data", path, "--format", "json"]));
    assert_eq!(first["products"], 60);
    assert!(first["units"].is_i64());
    // Again, by address and token instead of the folder.
    let grpc = suite.addresses().grpc.to_string();
    let token = data.join("operator.token");
    let by_address = ["--grpc", &grpc, "--token-file", token.to_str().unwrap()];
    let mut again = vec!["seed", "--format", "json"];
    again.extend(by_address);
    assert_eq!(json(&stoa(&again)), first);

    let mut request = ListProductsRequest {
        page_size: 50,
        ..ListProductsRequest::default()
    };
    let mut products = 0;
    loop {
        let page = suite.nobody().call(request.clone()).await.unwrap();
        products += page.products.len();
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(products, 60);
}

#[test]
fn durable_work_is_listed_shown_and_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let _suite = SuiteProcess::start(&data);
    let path = data.to_str().unwrap();
    let listed = json(&stoa(&[
        "workflow", "list", "--data", path, "--format", "json",
    ]));
    // The sweep over the provider's own list is always there.
    let sweep = listed["workflows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["kind"] == "payment.sweep")
        .expect("the sweep");
    let id = sweep["workflow_id"].as_str().unwrap();
    let shown = json(&stoa(&[
        "workflow", "show", id, "--data", path, "--format", "json",
    ]));
    assert_eq!(shown["service"], "payment");
    assert!(shown["attempt"].is_i64());
    let retried = json(&stoa(&[
        "workflow", "retry", id, "--data", path, "--format", "json",
    ]));
    assert_eq!(retried["workflow_id"], id);
    let missing = "wf_01jd6xq7y2e3p8v5k9t4m6s0ab";
    let missing = stoa(&["workflow", "show", missing, "--data", path]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("WORKFLOW_NOT_FOUND"));
}

#[test]
fn what_the_staff_did_is_listed_the_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let _suite = SuiteProcess::start(&data);
    let path = data.to_str().unwrap();
    json(&stoa(&["seed", "--data", path, "--format", "json"]));
    let list = |more: &[&str]| {
        let asked = [&["audit", "list", "--data", path][..], more].concat();
        json(&stoa(&[&asked[..], &["--format", "json"]].concat()))
    };
    let all = list(&["--limit", "5000"]);
    let entries = all["entries"].as_array().unwrap();
    assert!(entries.len() > 3 && all["more"] == false, "{all}");
    assert!(entries.iter().all(|it| it["actor"] == "staff:operator"));
    assert!(entries.iter().all(|it| it["outcome"] == "DONE"));
    let time = |it: &Value| it["time"].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert!(entries.iter().rev().is_sorted_by_key(time), "{all}");
    let two = list(&["--limit", "2"]);
    assert_eq!((&two["count"], &two["more"]), (&2.into(), &true.into()));
    assert_eq!(two["entries"].as_array().unwrap(), &entries[..2]);
    let one = &entries[3];
    let [service, subject] = ["service", "subject"].map(|name| one[name].as_str().unwrap());
    let about = list(&["--service", service, "--subject", subject]);
    assert!(
        about["entries"].as_array().unwrap().contains(one),
        "{about}"
    );
    assert_eq!(list(&["--actor", "staff:nobody"])["count"], 0);

    let text = stoa(&["audit", "list", "--limit", "1", "--data", path]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(
        text.contains("ACTION") && text.contains("there are older ones"),
        "{text}"
    );
    let refused = stoa(&["audit", "list", "--service", "none", "--data", path]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("SERVICE_NOT_FOUND"), "{said}");
}

#[test]
fn when_the_suite_is_gone_a_tool_waits_and_says_to_run_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut suite = SuiteProcess::start(&data);
    suite.kill();
    let began = Instant::now();
    let gone = stoa(&["workflow", "list", "--data", data.to_str().unwrap()]);
    let took = began.elapsed();
    assert_eq!(gone.status.code(), Some(75));
    assert!(
        took >= Duration::from_secs(5) && took < Duration::from_secs(12),
        "{took:?}"
    );
    let said = String::from_utf8_lossy(&gone.stderr);
    assert!(said.contains("run this command again"), "{said}");
}

#[test]
fn a_tool_goes_on_with_a_suite_that_comes_back_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut suite = SuiteProcess::start(&data);
    suite.kill();
    let mut tool = Command::new(binary());
    let tool = tool.args(["workflow", "list", "--data", data.to_str().unwrap()]);
    let mut running = tool.spawn().unwrap();
    // New ports: the tool reads the folder again.
    suite.restart();
    assert!(running.wait().unwrap().success());
}
