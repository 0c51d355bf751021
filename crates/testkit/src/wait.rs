//! Waiting for what will be true soon.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How long anything may take in a test.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The pause between two looks.
const LOOK: Duration = Duration::from_millis(10);

/// Asks again and again until there is an answer, at most for [`PATIENCE`].
///
/// # Panics
/// When there is none: says what was waited for.
pub async fn eventually<T, F>(what: &str, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < until, "waited in vain for {what}");
        sleep(LOOK).await;
    }
}

/// As [`eventually`], for tests without a runtime.
///
/// # Panics
/// When there is no answer in time.
pub fn eventually_blocking<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let until = std::time::Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(
            std::time::Instant::now() < until,
            "waited in vain for {what}"
        );
        std::thread::sleep(LOOK);
    }
}
