//! What arrives, and what came of it: the same for every work, however its calls arrive.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};
use hdrhistogram::Histogram;

/// One kind of call. Each thread of the load has a client of its own, on a runtime of its own.
pub(crate) trait Call: Send + Sync + 'static {
    /// What the calls of one thread share: its connections, what it has prepared.
    type Client: 'static;

    /// Makes the client of one thread; runs on that thread's runtime.
    async fn client(&self) -> Result<Self::Client>;

    /// Does call `number` (0, 1, 2, .. over all threads of a run); an error is what went wrong, for a person.
    fn call(client: &Rc<Self::Client>, number: u64) -> impl Future<Output = Result<(), String>>;
}

/// What came of a run.
pub(crate) struct Outcome {
    /// Latencies in microseconds, of calls that did what they should.
    pub(crate) latency: Histogram<u64>,
    pub(crate) done: u64,
    pub(crate) failed: u64,
    /// Calls that the load itself began more than 10 ms after they were meant to begin.
    pub(crate) late_starts: u64,
    /// From the first arrival to the last answer.
    pub(crate) took: Duration,
    /// The first failure, for a person to read.
    pub(crate) first_failure: Option<String>,
}

impl Outcome {
    pub(crate) fn empty() -> Result<Self> {
        Ok(Self {
            latency: Histogram::new_with_bounds(1, 120_000_000, 3)
                .context("the histogram has bad bounds")?,
            done: 0,
            failed: 0,
            late_starts: 0,
            took: Duration::ZERO,
            first_failure: None,
        })
    }

    /// One call came back.
    pub(crate) fn record(&mut self, outcome: Result<(), String>, took: Duration) {
        match outcome {
            Ok(()) => {
                self.done += 1;
                let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
                self.latency.saturating_record(micros);
            }
            Err(failure) => {
                self.failed += 1;
                self.first_failure.get_or_insert(failure);
            }
        }
    }

    /// Adds what another thread saw of the same run.
    pub(crate) fn add(&mut self, other: Self) -> Result<()> {
        self.latency
            .add(&other.latency)
            .context("two histograms of different bounds")?;
        self.done += other.done;
        self.failed += other.failed;
        self.late_starts += other.late_starts;
        self.took = self.took.max(other.took);
        if self.first_failure.is_none() {
            self.first_failure = other.first_failure;
        }
        Ok(())
    }

    /// Calls done per second, until the last answer.
    pub(crate) fn per_second(&self) -> f64 {
        crate::figures::per(crate::figures::float(self.done), self.took.as_secs_f64())
    }

    /// A latency in milliseconds: 0.5 is the median, 0.99 is p99, 1.0 the slowest.
    pub(crate) fn quantile_ms(&self, quantile: f64) -> f64 {
        crate::figures::float(self.latency.value_at_quantile(quantile)) / 1_000.0
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcome")
            .field("done", &self.done)
            .field("failed", &self.failed)
            .field("took", &self.took)
            .finish_non_exhaustive()
    }
}
