//! `growth`: what an order costs in a large shop, against a small one.
//!
//! Two suites, each with its shop and its stored orders, take orders in turn at the same low rate. The stored orders are rows of
//! real ones, multiplied in the files while the suite is down; the doctor must find nothing wrong with them.
//!
//! | file | answers |
//! |---|---|
//! | `fill` | how does a suite come to have so many orders |
//! | `multiply` | which rows does an order leave behind, and how are they written again under other keys |
//! | `rewrite` | where in a value do keys stand, and what becomes of them |

mod fill;
mod multiply;
mod rewrite;

use std::time::Duration;

use anyhow::Result;

use self::fill::Filled;
use super::orders::Order;
use crate::bench::{Bench, Engine};
use crate::figures::{Figures, float, per};
use crate::load::Outcome;
use crate::open_loop::{self, Load};
use crate::report::Report;

/// Orders and products that are stored, with a scale of 1.
const SMALL: (f64, usize) = (10_000.0, 1_000);
const LARGE: (f64, usize) = (1_000_000.0, 10_000);

/// Lines of an order.
const LINES: u32 = 2;

/// How long each is warmed up: a large file's pages must be read once.
const WARM_UP: Duration = Duration::from_secs(10);

/// The options of `growth`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Growth {
    /// The part of the stored orders, of 1,000,000 and of 10,000: 0.1 is a tenth of each; the whole takes some 20 GB
    #[arg(long, default_value_t = 1.0, value_parser = scale)]
    scale: f64,
    /// Orders that arrive per second while it is measured
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rate: u32,
}

fn scale(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(scale) if (0.001..=10.0).contains(&scale) => Ok(scale),
        _ => Err("must be a number from 0.001 to 10".to_owned()),
    }
}

impl Growth {
    pub(crate) fn run(&self, bench: &Bench) -> Result<Report> {
        if bench.engine() == Engine::Postgres {
            let figures = Figures::new().with("skipped", "orders are multiplied in files alone");
            return Ok(Report::new("growth", figures));
        }
        let [small, large] = [SMALL, LARGE]
            .map(|(orders, products)| fill::suite(bench, orders * self.scale, products));
        let (small, large) = (small?, large?);
        let load = Load {
            rate: self.rate,
            span: bench.span(),
        };
        let mut latencies = [Outcome::empty()?, Outcome::empty()?];
        for side in [&small, &large] {
            let warm_up = Load {
                span: WARM_UP,
                ..load
            };
            open_loop::run(&Order::among(&side.suite, LINES, side.products), warm_up)?;
        }
        let figures = bench.rounds(|round| {
            // Who goes first has the quieter disk, or the louder: they take turns.
            let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
            let mut taken = [Taken::default(); 2];
            for side in order {
                let filled = if side == 0 { &small } else { &large };
                let (outcome, cpu_us) = orders(filled, load)?;
                if let (Some(taken), Some(latency)) = (taken.get_mut(side), latencies.get_mut(side))
                {
                    *taken = Taken::of(&outcome, cpu_us);
                    latency.add(outcome)?;
                }
            }
            let [small, large] = taken;
            Ok(figures(&small, &large))
        })?;
        let figures = Figures::new()
            .with("engine", bench.engine().name())
            .with("scale", self.scale)
            .with("offered_per_s", self.rate)
            .joined(small.figures("small"))
            .joined(large.figures("large"))
            .joined(figures);
        let mut report = Report::new("growth", figures);
        for (name, outcome) in ["small", "large"].into_iter().zip(latencies) {
            report = report.latency(format!("an order in the {name} shop"), outcome.latency);
        }
        small.suite.stop()?;
        large.suite.stop()?;
        Ok(report)
    }
}

/// Lets orders arrive; gives what came of them, and the processor time of the suite for each in microseconds.
fn orders(filled: &Filled, load: Load) -> Result<(Outcome, f64)> {
    let order = Order::among(&filled.suite, LINES, filled.products);
    let before = filled.suite.reading()?;
    let outcome = open_loop::run(&order, load)?;
    let after = filled.suite.reading()?;
    if let Some(failure) = &outcome.first_failure {
        eprintln!("{} orders failed, the first: {failure}", outcome.failed);
    }
    let cpu_us = per(after.since(&before).suite_cpu_us(), float(outcome.done));
    Ok((outcome, cpu_us))
}

/// What an order took in one round.
#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    suite_cpu_us: f64,
    p50_ms: f64,
    p99_ms: f64,
}

impl Taken {
    fn of(outcome: &Outcome, suite_cpu_us: f64) -> Self {
        Self {
            suite_cpu_us,
            p50_ms: outcome.quantile_ms(0.5),
            p99_ms: outcome.quantile_ms(0.99),
        }
    }
}

fn figures(small: &Taken, large: &Taken) -> Figures {
    Figures::new()
        .with("small_suite_cpu_us_per_order", small.suite_cpu_us)
        .with("large_suite_cpu_us_per_order", large.suite_cpu_us)
        .with("cpu_ratio", per(large.suite_cpu_us, small.suite_cpu_us))
        .with("small_p50_ms", small.p50_ms)
        .with("large_p50_ms", large.p50_ms)
        .with("latency_ratio", per(large.p50_ms, small.p50_ms))
        .with("small_p99_ms", small.p99_ms)
        .with("large_p99_ms", large.p99_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_is_a_number_within_reason() {
        assert_eq!(scale("0.1"), Ok(0.1));
        assert!(scale("0").is_err());
        assert!(scale("much").is_err());
    }

    #[test]
    fn a_ratio_is_large_over_small() {
        let taken = |suite_cpu_us, p50_ms| Taken {
            suite_cpu_us,
            p50_ms,
            p99_ms: 1.0,
        };
        let figures = figures(&taken(1_000.0, 10.0), &taken(1_100.0, 9.0));
        assert!((figures.number("cpu_ratio").unwrap() - 1.1).abs() < 1e-9);
        assert!((figures.number("latency_ratio").unwrap() - 0.9).abs() < 1e-9);
    }
}
