//! The time of day, moved forward by a test.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use stoa_types::{Clock, SystemClock, Timestamp};

/// The system's clock, ahead by as much as the test has moved it. It goes on by itself, so that what waits for the next
/// moment is not stopped.
#[derive(Clone, Debug, Default)]
pub struct TestClock {
    ahead: Arc<AtomicI64>,
}

impl TestClock {
    /// A clock that is off: so many seconds ahead of the true time, or, with a minus, behind it.
    #[must_use]
    pub fn off(seconds: i64) -> Self {
        Self {
            ahead: Arc::new(AtomicI64::new(seconds.saturating_mul(1_000_000))),
        }
    }

    /// Moves it forward, for everybody who has this clock.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.ahead.fetch_add(micros, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let ahead = self.ahead.load(Ordering::Relaxed);
        Timestamp::from_micros(SystemClock.now().micros() + ahead)
    }
}
