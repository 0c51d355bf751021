//! The highest rate that keeps p99 in bounds: doubled while it holds, halved in between, then tried for long.

use std::time::Duration;

use anyhow::Result;

use crate::load::Outcome;

/// The bound of p99, in milliseconds.
pub(crate) const P99_MS: f64 = 100.0;

/// How long one rate is tried.
const TRY: Duration = Duration::from_secs(5);

/// How long the rate that was found is tried before it is believed: a queue that grows slowly shows only then.
const PROOF: Duration = Duration::from_secs(20);

/// The search ends when it knows the rate to a twentieth.
const CLOSE: u32 = 20;

/// What is offered first.
const FIRST: u32 = 100;

/// What a rate led to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Trial {
    /// Calls offered per second.
    pub(crate) rate: u32,
    /// p99 in milliseconds.
    pub(crate) p99_ms: f64,
    /// Whether all were answered, in bounds, and as fast as they came.
    pub(crate) holds: bool,
}

impl Trial {
    /// Of a run at `rate`.
    pub(crate) fn of(rate: u32, outcome: &Outcome) -> Self {
        let p99_ms = outcome.quantile_ms(0.99);
        let holds = outcome.failed == 0 && outcome.done > 0 && p99_ms <= P99_MS;
        eprintln!(
            "{rate}/s: p99 {p99_ms:.0} ms, {} failed{}",
            outcome.failed,
            outcome
                .first_failure
                .as_ref()
                .map(|failure| format!(" ({failure})"))
                .unwrap_or_default()
        );
        Self {
            rate,
            p99_ms,
            holds,
        }
    }
}

/// What a search found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The highest rate that held, at least 1.
    pub(crate) rate: u32,
    /// Every rate that was tried, in order.
    pub(crate) trials: Vec<Trial>,
}

/// Finds it; `attempt` offers a rate for so long.
pub(crate) fn highest(mut attempt: impl FnMut(u32, Duration) -> Result<Trial>) -> Result<Found> {
    let mut trials = Vec::new();
    let (mut holds, mut breaks) = (0, None);
    let mut rate = FIRST;
    loop {
        let trial = attempt(rate, TRY)?;
        trials.push(trial);
        if trial.holds {
            holds = rate;
        } else {
            breaks = Some(rate);
        }
        rate = match breaks {
            None => rate * 2,
            Some(breaks) if breaks - holds <= (breaks / CLOSE).max(1) => break,
            Some(breaks) => holds.midpoint(breaks),
        };
    }
    let mut rate = holds.max(1);
    loop {
        let trial = attempt(rate, PROOF)?;
        trials.push(trial);
        if trial.holds || rate == 1 {
            return Ok(Found { rate, trials });
        }
        rate = (rate - (rate / CLOSE).max(1)).max(1);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// A service that is quick below its limit, and behind which a queue grows with time above it.
    fn curve(limit: u32) -> impl FnMut(u32, Duration) -> Result<Trial> {
        move |rate, span| {
            let surplus = f64::from(rate.saturating_sub(limit)) / f64::from(limit);
            let p99_ms = 5.0 + surplus * span.as_secs_f64() * 1_000.0;
            Ok(Trial {
                rate,
                p99_ms,
                holds: p99_ms <= P99_MS,
            })
        }
    }

    #[test]
    fn a_limit_is_found_to_a_twentieth_and_never_exceeded_in_the_long_run() {
        for limit in [1, 2, 7, 99, 100, 131, 700, 4_321] {
            let found = highest(curve(limit)).unwrap();
            let mut long = curve(limit);
            assert!(
                long(found.rate, PROOF).unwrap().holds,
                "{limit}: {}",
                found.rate
            );
            let least = f64::from(limit) * 0.90 - 1.0;
            assert!(f64::from(found.rate) >= least, "{limit}: {}", found.rate);
        }
    }

    #[test]
    fn a_rate_that_holds_only_for_a_short_while_is_stepped_down_from() {
        // A queue that takes 10 s to show: short trials hold up to 131, long ones up to 100.
        let found = highest(|rate, span| {
            let limit = if span > Duration::from_secs(10) {
                100
            } else {
                131
            };
            Ok(Trial {
                rate,
                p99_ms: if rate <= limit { 20.0 } else { 4_000.0 },
                holds: rate <= limit,
            })
        })
        .unwrap();
        assert!((94..=100).contains(&found.rate), "{}", found.rate);
        assert!(found.trials.last().unwrap().holds);
    }

    #[test]
    fn where_nothing_holds_one_a_second_is_what_is_left() {
        let found = highest(|rate, _| {
            Ok(Trial {
                rate,
                p99_ms: 900.0,
                holds: false,
            })
        })
        .unwrap();
        assert_eq!(found.rate, 1);
    }
}
