//! `soak`: a long time at half load. Does anything grow that should not?
//!
//! | file | answers |
//! |---|---|
//! | `sample` | what is looked at every few seconds |
//! | `verdict` | is it flat, and do the files grow by what is written into them |

mod sample;
mod verdict;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use self::sample::Sample;
use self::verdict::Verdict;
use super::orders::Order;
use crate::bench::Bench;
use crate::disk;
use crate::figures::{Figures, float};
use crate::load::Outcome;
use crate::open_loop::{self, Load};
use crate::report::{Chart, Report};
use crate::search::{self, Trial};
use crate::shop;
use crate::suite::Suite;

/// Lines of an order.
const LINES: u32 = 2;

/// What is offered before anything is searched or sampled.
const WARM_UP: Load = Load {
    rate: 50,
    span: Duration::from_secs(4),
};

/// Samples in the report; of more of them each so-manieth.
const REPORTED: usize = 60;

/// The options of `soak`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Soak {
    /// For how many minutes
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=10_080))]
    minutes: u64,
    /// Orders that arrive per second; without it half of the highest rate that keeps p99 at 100 ms or less
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    rate: Option<u32>,
    /// Seconds between two samples
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    every: u64,
}

impl Soak {
    pub(crate) fn run(&self, bench: &Bench) -> Result<Report> {
        let suite = bench.suite()?.start()?;
        shop::open(bench, &suite)?;
        let order = Order::of(&suite, LINES);
        open_loop::run(&order, WARM_UP)?;
        let rate = match self.rate {
            Some(rate) => rate,
            None => {
                let found = search::highest(|rate, span| {
                    let outcome = open_loop::run(&order, Load { rate, span })?;
                    Ok(Trial::of(rate, &outcome))
                })?;
                (found.rate / 2).max(1)
            }
        };
        let fsyncs = disk::fsyncs_per_second(bench.folder())?;
        let span = Duration::from_secs(self.minutes * 60);
        eprintln!("{rate} orders/s for {} minutes", self.minutes);
        let before = suite.reading()?;
        let load = Load { rate, span };
        let (outcome, samples) = self.sampled(&suite, || open_loop::run(&order, load))?;
        let after = suite.reading()?;
        suite.stop()?;
        if let Some(failure) = &outcome.first_failure {
            eprintln!("{} orders failed, the first: {failure}", outcome.failed);
        }
        let verdict = Verdict::of(&samples);
        let orders = float(outcome.done).max(1.0);
        let figures = Figures::new()
            .with("engine", bench.engine().name())
            .with("minutes", self.minutes)
            .with("offered_per_s", rate)
            .with("orders_per_s", outcome.per_second())
            .with("failed", outcome.failed)
            .with("p50_ms", outcome.quantile_ms(0.5))
            .with("p99_ms", outcome.quantile_ms(0.99))
            .with("max_ms", outcome.quantile_ms(1.0))
            .with(
                "suite_cpu_us_per_order",
                after.since(&before).suite_cpu_us() / orders,
            )
            .joined(verdict.figures())
            .with("fsyncs_per_s", fsyncs)
            .with("samples", rows(&samples));
        let charts = Sample::SERIES.iter().map(|(name, of)| Chart::Line {
            title: (*name).to_owned(),
            x: "seconds".to_owned(),
            y: (*name).to_owned(),
            points: samples.iter().map(|it| (it.at_s, of(it))).collect(),
        });
        let report = Report::new("soak", figures).latency("a quote and its order", outcome.latency);
        Ok(charts.fold(report, Report::chart))
    }

    /// Does `work`, and looks at the suite every few seconds meanwhile.
    fn sampled(
        &self,
        suite: &Suite,
        work: impl FnOnce() -> Result<Outcome>,
    ) -> Result<(Outcome, Vec<Sample>)> {
        let every = Duration::from_secs(self.every);
        let over = AtomicBool::new(false);
        let (over, started) = (&over, Instant::now());
        thread::scope(|scope| {
            let looking = scope.spawn(move || {
                let mut samples = Vec::new();
                for number in 0.. {
                    let moment = started + every * number;
                    // Parked, so that the end of the work is heard at once.
                    while let Some(rest) = moment.checked_duration_since(Instant::now()) {
                        if over.load(Ordering::Acquire) {
                            return Ok(samples);
                        }
                        thread::park_timeout(rest);
                    }
                    if over.load(Ordering::Acquire) {
                        break;
                    }
                    samples.push(Sample::take(suite, started.elapsed())?);
                }
                Ok::<_, anyhow::Error>(samples)
            });
            let outcome = work();
            over.store(true, Ordering::Release);
            looking.thread().unpark();
            match looking.join() {
                Ok(samples) => Ok((outcome?, samples?)),
                Err(_) => bail!("the thread that takes samples panicked"),
            }
        })
    }
}

/// The samples as figures, not too many.
fn rows(samples: &[Sample]) -> Vec<Figures> {
    let step = samples.len().div_ceil(REPORTED).max(1);
    let row = |sample: &Sample| {
        let figures = Figures::new().with("at_s", sample.at_s);
        let series = Sample::SERIES.iter();
        series.fold(figures, |figures, (name, of)| {
            figures.with(*name, of(sample))
        })
    };
    samples.iter().step_by(step).map(row).collect()
}
