//! `idle`: what a suite costs of which nobody wants anything.

use std::time::Duration;

use anyhow::Result;

use crate::bench::Bench;
use crate::figures::{Figures, float, per};
use crate::report::Report;
use crate::shop;
use crate::suite::Suite;

/// What a start, or an opened shop, leaves to be done is done by then.
const SETTLE: Duration = Duration::from_secs(5);

/// The work's options: none.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Idle {}

impl Idle {
    pub(crate) fn run(&self, bench: &Bench) -> Result<Report> {
        let suite = bench.suite()?.start()?;
        shop::open(bench, &suite)?;
        let figures = bench.rounds(|_| measure(&suite, bench.span()))?;
        suite.stop()?;
        let figures = Figures::new()
            .with("engine", bench.engine().name())
            .joined(figures);
        Ok(Report::new("idle", figures))
    }
}

/// Watches it for a while: its share of one core in per cent, and its memory.
pub(super) fn measure(suite: &Suite, span: Duration) -> Result<Figures> {
    std::thread::sleep(SETTLE);
    let before = suite.reading()?;
    std::thread::sleep(span);
    let after = suite.reading()?;
    let between = after.since(&before);
    let share = |cpu_us: f64| per(cpu_us, between.took().as_secs_f64() * 10_000.0);
    Ok(Figures::new()
        .with("cpu_percent_of_a_core", share(between.suite_cpu_us()))
        .with(
            "provider_cpu_percent_of_a_core",
            share(between.provider_cpu_us()),
        )
        .with("commits", between.grown("stoa_store_commits_total"))
        .with("rss_mb", float(suite.rss()?) / 1_000_000.0)
        .with("peak_rss_mb", float(suite.peak_rss()?) / 1_000_000.0))
}
