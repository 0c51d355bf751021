//! `orders`: how many durable orders a second, how long each takes, and what it costs.

mod baseline;
mod call;
mod costs;

use std::time::Duration;

use anyhow::Result;

use crate::bench::{Bench, Engine};
use crate::figures::{Figures, float, per};
use crate::load::Outcome;
use crate::open_loop::{self, Load};
use crate::report::{Chart, Report};
use crate::search::{self, Found, Trial};
use crate::shop;
use crate::suite::Suite;

use baseline::Baselines;
pub(super) use call::Order;

/// What is offered before anything is measured: databases have files, plans and caches then.
const WARM_UP: Duration = Duration::from_secs(4);
const WARM_UP_RATE: u32 = 50;

/// The options of `orders`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Orders {
    /// Lines of an order
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=200))]
    lines: u32,
    /// Orders that arrive per second; without it the highest rate is searched that keeps p99 at 100 ms or less
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    rate: Option<u32>,
    /// Stop the suite's process for so many milliseconds in the middle of each round, to see that the latencies show it
    #[arg(long, default_value_t = 0)]
    plant_pause_ms: u64,
}

impl Orders {
    pub(crate) fn run(&self, bench: &Bench) -> Result<Report> {
        let suite = bench.suite()?.start()?;
        shop::open(bench, &suite)?;
        let order = Order::of(&suite, self.lines);
        let warm_up = Load {
            rate: self.rate.unwrap_or(WARM_UP_RATE).min(WARM_UP_RATE),
            span: WARM_UP,
        };
        open_loop::run(&order, warm_up)?;
        let found = match self.rate {
            Some(rate) => Found {
                rate,
                trials: Vec::new(),
            },
            None => search::highest(|rate, span| {
                let outcome = open_loop::run(&order, Load { rate, span })?;
                Ok(Trial::of(rate, &outcome))
            })?,
        };
        let baselines = match bench.engine() {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Baselines::of(bench, &suite, &order)?),
        };
        let load = Load {
            rate: found.rate,
            span: bench.span(),
        };
        let mut latency = Outcome::empty()?;
        let figures = bench.rounds(|_| {
            let before = suite.reading()?;
            let outcome = self.paused(&suite, || open_loop::run(&order, load))?;
            let after = suite.reading()?;
            let mut figures = rates(&outcome)
                .joined(costs::of(&outcome, &after.since(&before)))
                .with("rss_mb", float(suite.peak_rss()?) / 1_000_000.0);
            if let Some(baselines) = &baselines {
                figures = figures.joined(compared(baselines, &outcome, bench)?);
            }
            latency.add(outcome)?;
            Ok(figures)
        })?;
        suite.stop()?;
        let figures = Figures::new()
            .with("engine", bench.engine().name())
            .with("lines", self.lines)
            .with("offered_per_s", found.rate)
            .joined(figures);
        let by_thread = costs::by_thread(&figures);
        let mut report = Report::new("orders", figures)
            .latency("a quote and its order", latency.latency)
            .chart(by_thread);
        if !found.trials.is_empty() {
            report = report.chart(over_rate(&found));
        }
        Ok(report)
    }

    /// Does `work`, and stops the suite in the middle of it, if that was asked for.
    fn paused(&self, suite: &Suite, work: impl FnOnce() -> Result<Outcome>) -> Result<Outcome> {
        if self.plant_pause_ms == 0 {
            return work();
        }
        std::thread::scope(|scope| {
            let pause = scope.spawn(|| {
                std::thread::sleep(Duration::from_secs(1));
                suite.pause(Duration::from_millis(self.plant_pause_ms))
            });
            let outcome = work()?;
            match pause.join() {
                Ok(paused) => paused.map(|()| outcome),
                Err(_) => anyhow::bail!("the pause panicked"),
            }
        })
    }
}

/// How fast one round was.
fn rates(outcome: &Outcome) -> Figures {
    if let Some(failure) = &outcome.first_failure {
        eprintln!("{} orders failed, the first: {failure}", outcome.failed);
    }
    Figures::new()
        .with("orders_per_s", outcome.per_second())
        .with("failed", outcome.failed)
        .with("late_starts", outcome.late_starts)
        .with("p50_ms", outcome.quantile_ms(0.5))
        .with("p99_ms", outcome.quantile_ms(0.99))
        .with("max_ms", outcome.quantile_ms(1.0))
}

/// The baselines of one round, just after the suite's own run, and what the suite did to them.
fn compared(baselines: &Baselines, outcome: &Outcome, bench: &Bench) -> Result<Figures> {
    let seconds = bench.span().as_secs().max(1);
    let mut figures = Figures::new();
    for (rate, ratio, baseline) in [
        ("sql_baseline", "ratio", &baselines.stepwise),
        ("sql_kind_baseline", "kind_ratio", &baselines.kind),
    ] {
        let per_second = baseline.per_second(seconds)?;
        figures = figures
            .with(format!("{rate}_per_s"), per_second)
            .with(ratio, per(outcome.per_second(), per_second))
            .with(format!("{rate}_connections"), baseline.connections)
            .with(format!("{rate}_commits"), baseline.commits)
            .with(format!("{rate}_statements"), baseline.statements);
    }
    Ok(figures)
}

/// p99 over the rate, as the search saw it.
fn over_rate(found: &Found) -> Chart {
    let point = |trial: &Trial| (f64::from(trial.rate), trial.p99_ms);
    Chart::Line {
        title: "Latency over rate".to_owned(),
        x: "orders offered per second".to_owned(),
        y: "p99 in ms".to_owned(),
        points: found.trials.iter().map(point).collect(),
    }
}
