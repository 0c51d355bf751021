//! The work `workflow` runs from end to end: every workflow is finished, and durable on the way.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::process::Command;

#[test]
fn bare_workflows_are_finished_and_committed_step_by_step() {
    let outcome = Command::new(env!("CARGO_BIN_EXE_stoa-load"))
        .args([
            "workflow",
            "--under-way",
            "1",
            "--rounds",
            "1",
            "--seconds",
            "1",
            "--format",
            "json",
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&outcome.stdout);
    let last = said.lines().last().unwrap_or_default();
    let figures: serde_json::Value = serde_json::from_str(last)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&outcome.stderr)));
    assert_eq!(figures["failed"].as_f64(), Some(0.0), "{last}");
    // One alone shares its commits with nobody: accepted, three moves, the end.
    let commits = figures["commits_per_workflow"].as_f64().unwrap();
    assert!(commits >= 5.0, "{last}");
}
