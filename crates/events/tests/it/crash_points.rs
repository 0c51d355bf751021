//! The process dies at each boundary between the log and its listeners, before and after; the next one goes on, and
//! nothing is lost or heard twice.
//!
//! A case is two processes on one folder, both this test binary: the first dies, and its exit status says so.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use stoa_events::{EventLog, Mode, Rebuild, RebuildState};
use stoa_types::crash::EXIT_STATUS;
use tokio::task::JoinHandle;

use crate::rebuilding::{Totals, counted, ended, totals};
use crate::support::{Pair, Scribe, all, anna};

const LISTENERS: [(&str, Mode); 3] = [
    ("any", Mode::Any),
    ("latest", Mode::Latest),
    ("strict", Mode::Strict),
];

/// Appends what is not there yet, and publishes all of it; the relay still runs.
async fn scenario(pair: &Pair) -> JoinHandle<()> {
    for (name, mode) in LISTENERS {
        pair.listen(&Scribe::new(name, mode));
    }
    let lag = EventLog::lag(&pair.source).await.unwrap();
    if lag.head == 0 && lag.waiting == 0 {
        pair.append("a", &[1, 2]).await.unwrap();
    }
    let relay = pair.relay();
    pair.published().await;
    relay
}

#[tokio::test]
#[ignore = "the process that dies in the tests below"]
async fn child() {
    let relay = scenario(&Pair::at(Path::new(".")).await).await;
    // What is published may be seen a moment before the boundary behind it is passed.
    let _ended = tokio::time::timeout(Duration::from_secs(30), relay).await;
}

/// Counts what is published, and then counts anew; whoever does so still runs.
async fn rebuild(pair: &Pair) -> JoinHandle<()> {
    let (subscription, keeper) = counted(pair, Totals::new(Mode::Any));
    let lag = EventLog::lag(&pair.source).await.unwrap();
    let relay = pair.relay();
    if lag.head == 0 && lag.waiting == 0 {
        pair.append("a", &[1, 2]).await.unwrap();
        pair.published().await;
    }
    // The one that the process before has begun goes on.
    if Rebuild::all(&pair.listener).await.unwrap().is_empty() {
        let ctx = anna("a test");
        let begun = pair.operator.rebuild(&ctx, &subscription).await;
        begun.unwrap();
    }
    assert_eq!(ended(pair).await.state, RebuildState::Done);
    pair.published().await;
    relay.abort();
    keeper
}

#[tokio::test]
#[ignore = "the process that dies in the test of the swap"]
async fn rebuilding_child() {
    let keeper = rebuild(&Pair::at(Path::new(".")).await).await;
    let _ended = tokio::time::timeout(Duration::from_secs(30), keeper).await;
}

#[tokio::test]
async fn at_the_swap_of_a_projection() {
    for side in ["before", "after"] {
        let folder = tempfile::tempdir().unwrap();
        let point = format!("events.rebuild.swapped:{side}:1");
        dies(folder.path(), "crash_points::rebuilding_child", &point);
        let pair = Pair::at(folder.path()).await;
        rebuild(&pair).await.abort();
        let expected = [("a".to_owned(), 2)];
        assert_eq!(totals(&pair.listener).await, expected, "{point}");
    }
}

/// Runs a test of this binary, which dies at this point.
fn dies(folder: &Path, test: &str, point: &str) {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored"])
        .current_dir(folder)
        .env("STOA_CRASH_AT", point)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(EXIT_STATUS), "{point}");
}

async fn dies_at(boundary: &str, times: u32) {
    for side in ["before", "after"] {
        for nth in 1..=times {
            let folder = tempfile::tempdir().unwrap();
            let point = format!("{boundary}:{side}:{nth}");
            dies(folder.path(), "crash_points::child", &point);
            let pair = Pair::at(folder.path()).await;
            scenario(&pair).await.abort();
            for (name, _) in LISTENERS {
                let heard = pair.heard(name).await;
                assert_eq!(heard, all(&[("a", 1), ("a", 2)]), "{point} {name}");
            }
        }
    }
}

/// The first mark gives the positions, the second says that all have heard.
#[tokio::test]
async fn at_a_mark_of_the_relay() {
    dies_at("events.relay.marked", 2).await;
}

/// Each of the three listeners has a commit of its own.
#[tokio::test]
async fn at_the_commit_of_a_listener() {
    dies_at("events.consumer.committed", 3).await;
}
