//! `tracing`: what it costs to trace one order in a hundred: as many orders as can be taken, with and without, in turn.
//!
//! | file | answers |
//! |---|---|
//! | `collector` | where do the spans go |

mod collector;

use anyhow::{Result, ensure};

use self::collector::Collector;
use super::orders::Order;
use crate::bench::Bench;
use crate::closed_loop;
use crate::figures::{Figures, float, per};
use crate::report::Report;
use crate::shop;
use crate::suite::Suite;

/// Guests that order at once, each again when he has his order: enough for full batches.
const CALLERS: u64 = 64;

/// Lines of an order.
const LINES: u32 = 2;

/// The options of `tracing`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Tracing {
    /// The share of orders that is traced, 0 to 1
    #[arg(long, default_value_t = 0.01, value_parser = share)]
    ratio: f64,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(ratio),
        _ => Err("must be a number from 0 to 1".to_owned()),
    }
}

impl Tracing {
    pub(crate) fn run(&self, bench: &Bench) -> Result<Report> {
        let collector = Collector::start()?;
        let off = bench.suite()?.start()?;
        let on = bench
            .suite()?
            .set("STOA_TELEMETRY__OTLP", &collector.uri())
            .set("STOA_TELEMETRY__RATIO", &self.ratio.to_string())
            .start()?;
        for suite in [&off, &on] {
            shop::open(bench, suite)?;
            orders(bench, suite)?;
        }
        let figures = bench.rounds(|round| {
            // Who goes first has the quieter disk, or the louder: they take turns.
            let (with, without) = if round % 2 == 0 {
                let with = orders(bench, &on)?;
                (with, orders(bench, &off)?)
            } else {
                let without = orders(bench, &off)?;
                (orders(bench, &on)?, without)
            };
            Ok(figures(&with, &without))
        })?;
        on.stop()?;
        off.stop()?;
        let (exports, bytes) = collector.received();
        ensure!(
            exports > 0,
            "no span reached the collector: nothing was traced"
        );
        let figures = Figures::new()
            .with("engine", bench.engine().name())
            .with("sampled", self.ratio)
            .with("callers", CALLERS)
            .joined(figures)
            .with("exports", exports)
            .with("exported_bytes", bytes);
        Ok(Report::new("tracing", figures))
    }
}

/// What a suite took.
#[derive(Clone, Copy, Debug)]
struct Taken {
    per_s: f64,
    p99_ms: f64,
    suite_cpu_us: f64,
}

fn orders(bench: &Bench, suite: &Suite) -> Result<Taken> {
    let before = suite.reading()?;
    let outcome = closed_loop::run(&Order::of(suite, LINES), CALLERS, bench.span())?;
    let after = suite.reading()?;
    if let Some(failure) = &outcome.first_failure {
        eprintln!("{} orders failed, the first: {failure}", outcome.failed);
    }
    let cpu_us = after.since(&before).suite_cpu_us();
    Ok(Taken {
        per_s: outcome.per_second(),
        p99_ms: outcome.quantile_ms(0.99),
        suite_cpu_us: per(cpu_us, float(outcome.done)),
    })
}

fn figures(on: &Taken, off: &Taken) -> Figures {
    Figures::new()
        .with("orders_per_s", on.per_s)
        .with("orders_per_s_without", off.per_s)
        .with("ratio", per(on.per_s, off.per_s))
        .with("p99_ms", on.p99_ms)
        .with("p99_ms_without", off.p99_ms)
        .with("suite_cpu_us_per_order", on.suite_cpu_us)
        .with("suite_cpu_us_per_order_without", off.suite_cpu_us)
        .with("cpu_ratio", per(on.suite_cpu_us, off.suite_cpu_us))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_number_from_nothing_to_all() {
        assert_eq!(share("0.01"), Ok(0.01));
        assert!(share("1.5").is_err());
        assert!(share("some").is_err());
    }

    #[test]
    fn the_ratio_is_with_over_without() {
        let taken = |per_s, suite_cpu_us| Taken {
            per_s,
            p99_ms: 1.0,
            suite_cpu_us,
        };
        let figures = figures(&taken(95.0, 1_100.0), &taken(100.0, 1_000.0));
        assert!((figures.number("ratio").unwrap() - 0.95).abs() < 1e-9);
        assert!((figures.number("cpu_ratio").unwrap() - 1.1).abs() < 1e-9);
    }
}
