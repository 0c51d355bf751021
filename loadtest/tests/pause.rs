//! A suite that stands still for 200 ms shows in the latencies: the load is an open loop.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::PathBuf;
use std::process::Command;

/// The suite's binary, built into the same folder as the load.
fn stoa() -> PathBuf {
    let load = PathBuf::from(env!("CARGO_BIN_EXE_stoa-load"));
    let stoa = load.with_file_name("stoa");
    if !stoa.exists() {
        panic!(
            "{} is missing: `cargo xtask test` builds it",
            stoa.display()
        );
    }
    stoa
}

#[test]
fn a_planted_pause_is_in_p99() {
    let outcome = Command::new(env!("CARGO_BIN_EXE_stoa-load"))
        .arg("--stoa")
        .arg(stoa())
        .args(["orders", "--rounds", "1", "--rate", "10", "--seconds", "10"])
        .args(["--plant-pause-ms", "500", "--format", "json"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&outcome.stdout);
    let last = said.lines().last().unwrap_or_default();
    let figures: serde_json::Value = serde_json::from_str(last)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&outcome.stderr)));
    // Five of the hundred orders were meant to start in the pause, and the slowest of them waited for all of it. A load
    // that waits for answers before it goes on would have one such order, and p99 would not know of it.
    let p99 = figures["p99_ms"].as_f64().unwrap();
    assert!(p99 >= 300.0, "{last}");
}
