//! A shop in which nothing is broken, and a doctor who finds nobody.

use serde_json::Value;
use stoa_testkit::Caller;

use crate::shop;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_clean_shop_passes_and_every_check_has_something_to_examine() {
    let (folder, _) = shop::fill().await;
    let suite = shop::start(folder.path()).await;
    for arguments in [&[][..], &["--quiesced"]] {
        let (said, content) = shop::doctor(folder.path(), arguments);
        assert!(content, "{said}");
        for check in said["checks"].as_array().unwrap() {
            assert!(check["examined"].as_i64().unwrap() > 0, "{check}");
        }
    }
    let text = shop::stoa(folder.path(), &["doctor"]).stdout;
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("checks hold."), "{text}");
    assert!(text.lines().count() < 40, "one screen: {text}");
    suite.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_check_stands_in_the_help_and_in_the_guide() {
    let folder = tempfile::tempdir().unwrap();
    let suite = shop::start(folder.path()).await;
    let (said, content) = shop::doctor(folder.path(), &[]);
    assert!(content, "an empty suite is healthy: {said}");
    let help = shop::stoa(folder.path(), &["doctor", "--help"]).stdout;
    let help = String::from_utf8(help).unwrap();
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guides/doctor.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    for check in said["checks"].as_array().unwrap() {
        let name = check["name"].as_str().unwrap();
        assert!(help.contains(name), "{name} is missing in: {help}");
        assert!(guide.contains(&format!("`{name}`")), "{name} has no line");
    }
    let text = shop::stoa(folder.path(), &["doctor"]).stdout;
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("nothing to examine"), "{text}");
    suite.stop().await;
}

/// Orders that come while the doctor looks are in flight or agree; they are never called broken.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_shop_that_sells_meanwhile_is_healthy() {
    let (folder, _) = shop::fill().await;
    let suite = shop::start(folder.path()).await;
    let staff: Caller = suite.staff();
    let sell = async {
        for number in 0..40 {
            let reference = format!("busy-{number}");
            let channel = ["shop", "later"][number % 2];
            let token = ["tok_approve", "tok_decline", "tok_slow"][number % 3];
            shop::order(&staff, &reference, channel, token).await;
        }
    };
    let look = async {
        for _ in 0..8 {
            let (said, content) = shop::doctor(folder.path(), &[]);
            assert!(content, "{said}");
            tokio::task::yield_now().await;
        }
    };
    let ((), ()) = futures::join!(sell, look);
    let (said, content) = shop::doctor(folder.path(), &["--quiesced"]);
    assert!(content, "{said}");
    suite.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_doctor_who_finds_nobody_says_to_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let suite = shop::start(folder.path()).await;
    suite.stop().await;
    let output = shop::stoa(folder.path(), &["doctor", "--format", "json"]);
    assert_eq!(output.status.code(), Some(75));
    assert!(serde_json::from_slice::<Value>(&output.stdout).is_err());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("again"), "{said}");
}
