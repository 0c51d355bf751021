//! `stoa chaos`: what it does to a deployment, and what it says in the end.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use stoa_testkit::{SuiteProcess, binary};

/// For how many seconds: `STOA_LONG_SECONDS`, or the least that still has kills in it.
#[expect(
    clippy::disallowed_methods,
    reason = "a test's own variable, not a setting of the suite"
)]
fn seconds() -> String {
    std::env::var("STOA_LONG_SECONDS").unwrap_or_else(|_| "15".to_owned())
}

fn chaos(data: &Path, arguments: &[&str]) -> Output {
    let databases = stoa_testkit::databases(data)
        .into_iter()
        .map(|(key, value)| {
            let name = key.to_uppercase().replace('.', "__");
            (format!("STOA_{name}"), value)
        });
    Command::new(binary())
        .args(["chaos", "--data"])
        .arg(data)
        .args(arguments)
        .envs(databases)
        .output()
        .unwrap()
}

fn json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    serde_json::from_str(last).unwrap_or_else(|_| {
        panic!(
            "no result: {text}{}",
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

fn injected(result: &Value, what: &str) -> u64 {
    result["injected"][what].as_u64().unwrap_or_default()
}

#[test]
fn both_engines_keep_every_answer_through_kills_and_silence() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("chaos.html");
    let span = seconds();
    let output = chaos(
        &folder.path().join("data"),
        &[
            "--seconds",
            &span,
            "--customers",
            "8",
            "--kill-every",
            "4",
            "--yes",
            "--format",
            "json",
            "--report",
            page.to_str().unwrap(),
        ],
    );
    let result = json(&output);
    assert_eq!(result["ok"], true, "{result:#}");
    assert!(output.status.success());
    assert!(result["promises"].as_u64().unwrap() > 0, "{result:#}");
    for what in [
        "suite killed",
        "call sent twice",
        "hung up before the answer",
    ] {
        assert!(injected(&result, what) > 0, "{what}: {result:#}");
    }
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("Everything held") && page.contains("<svg"));
}

#[test]
fn a_suite_that_runs_is_used_and_not_killed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut suite = SuiteProcess::start(&data);
    let before = suite.pid();
    let output = chaos(
        &data,
        &[
            "--seconds",
            "5",
            "--customers",
            "4",
            "--yes",
            "--format",
            "json",
        ],
    );
    let result = json(&output);
    assert_eq!(result["ok"], true, "{result:#}");
    assert_eq!(injected(&result, "suite killed"), 0);
    assert_eq!(suite.pid(), before);
    assert!(suite.terminate().success());
}

#[test]
fn nothing_begins_without_a_yes() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let output = chaos(&data, &["--seconds", "5"]);
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--yes"));
    assert!(!data.join("operator.token").exists());
}
