//! A clock that is wrong: `STOA_CLOCK_OFFSET=<seconds>`, ahead of the true time or, with a minus, behind it.

use std::sync::OnceLock;
use std::time::Duration;

use crate::Timestamp;

/// What the clock of this process says when it is truly `now`.
#[expect(
    clippy::disallowed_methods,
    reason = "a test says what goes wrong before any configuration is read"
)]
pub(crate) fn as_the_clock_says(now: Timestamp) -> Timestamp {
    static OFFSET: OnceLock<i64> = OnceLock::new();
    let offset = *OFFSET.get_or_init(|| match std::env::var("STOA_CLOCK_OFFSET") {
        Ok(text) => text.parse().unwrap_or_else(|_| std::process::exit(64)),
        Err(_) => 0,
    });
    let span = Duration::from_secs(offset.unsigned_abs());
    if offset < 0 {
        now.minus(span)
    } else {
        now.plus(span)
    }
}
