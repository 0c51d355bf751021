//! The process dies at each boundary between the log and its listeners, before and after; the next one goes on, and
//! nothing is lost or heard twice.
//!
//! A case is two processes on one folder, both this test binary: the first dies, and its exit status says so.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use stoa_events::{EventLog, Mode};
use stoa_types::crash::EXIT_STATUS;
use tokio::task::JoinHandle;

use crate::support::{Pair, Scribe, all};

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

async fn dies_at(boundary: &str, times: u32) {
    for side in ["before", "after"] {
        for nth in 1..=times {
            let folder = tempfile::tempdir().unwrap();
            let point = format!("{boundary}:{side}:{nth}");
            let status = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "crash_points::child", "--ignored"])
                .current_dir(folder.path())
                .env("STOA_CRASH_AT", &point)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .unwrap();
            assert_eq!(status.code(), Some(EXIT_STATUS), "{point}");
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
