//! The highest rate that keeps p99 in bounds: doubled while it holds, then halved in between.

use std::time::Duration;

use anyhow::Result;

use crate::open_loop::{self, Load};
use crate::suite::Suite;

/// The bound of p99.
const P99: Duration = Duration::from_millis(100);

/// How long one rate is tried.
const TRY: Duration = Duration::from_secs(4);

/// The search ends when it knows the rate to a twentieth.
const CLOSE: u32 = 20;

/// Finds it.
pub(crate) async fn highest(suite: &Suite, load: &Load) -> Result<u32> {
    let (mut holds, mut breaks) = (0, None);
    let mut rate = 100;
    loop {
        let probe = Load {
            rate,
            span: TRY,
            ..load.clone()
        };
        let outcome = open_loop::run(suite, &probe).await?;
        let p99 = Duration::from_micros(outcome.latency.value_at_quantile(0.99));
        let held = outcome.failed == 0 && p99 <= P99;
        eprintln!(
            "{rate} orders/s: p99 {} ms, {} failed{}",
            p99.as_millis(),
            outcome.failed,
            outcome
                .first_failure
                .map(|failure| format!(" ({failure})"))
                .unwrap_or_default()
        );
        if held {
            holds = rate;
        } else {
            breaks = Some(rate);
        }
        rate = match breaks {
            None => rate * 2,
            Some(breaks) if breaks - holds <= (breaks / CLOSE).max(1) => return Ok(holds.max(1)),
            Some(breaks) => holds.midpoint(breaks),
        };
    }
}
