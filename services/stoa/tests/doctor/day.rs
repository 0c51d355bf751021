//! A day of a real shop, replayed: with all of its stock, and with too little.

use std::path::{Path, PathBuf};

use crate::shop;

const DAY: &str = "online-retail-2010-12-01.csv";

/// The day's file: in `STOA_RETAIL`, else where the workspace expects it. Absent, the test says so and is skipped; in CI it
/// fails.
#[expect(
    clippy::disallowed_methods,
    reason = "a test's own variables, not settings of the suite"
)]
fn day() -> Option<PathBuf> {
    let named = std::env::var_os("STOA_RETAIL").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        here.join("../../../shared/data/online-retail")
    });
    let file = folder.join(DAY);
    if file.is_file() {
        return Some(file);
    }
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!ci, "{} is missing", file.display());
    eprintln!("skipped: {} is missing", file.display());
    None
}

async fn replay(share: &str) -> Option<(i64, i64)> {
    let day = day()?;
    let folder = tempfile::tempdir().unwrap();
    let suite = shop::start(folder.path()).await;
    let arguments = [
        "replay",
        "--stock-share",
        share,
        "--format",
        "json",
        day.to_str().unwrap(),
    ];
    let output = shop::stoa(folder.path(), &arguments);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let report: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let (said, content) = shop::doctor(folder.path(), &["--quiesced"]);
    assert!(content, "{said}");
    for check in said["checks"].as_array().unwrap() {
        assert!(check["examined"].as_i64().unwrap() > 0, "{check}");
        assert_eq!(check["in_flight"], 0, "{check}");
    }
    suite.stop().await;
    let count = |name: &str| report[name].as_i64().unwrap();
    Some((count("orders"), count("refused_orders")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_the_day_all_holds_and_nothing_is_unexamined() {
    if let Some((orders, refused)) = replay("1.0").await {
        assert_eq!((orders, refused), (127, 0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn with_too_little_stock_orders_are_refused_and_all_holds() {
    if let Some((orders, refused)) = replay("0.9").await {
        assert!(refused > 0, "{refused}");
        assert_eq!(orders + refused, 127);
    }
}
