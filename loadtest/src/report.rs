//! What is printed: a table for a person, or one JSON object on the last line.

use std::io::{self, Write};

use anyhow::Result;
use serde::Serialize;

use crate::open_loop::{Load, Outcome};
use crate::suite::Reading;

/// How the result is printed.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub(crate) enum Format {
    /// For a person.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

/// The figures of one run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    work: &'static str,
    lines: u32,
    offered_per_s: u32,
    orders_per_s: f64,
    failed: u64,
    late_starts: u64,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    /// Suite and client; the provider's stand-in apart.
    cpu_us_per_order: f64,
    suite_cpu_us_per_order: f64,
    client_cpu_us_per_order: f64,
    provider_cpu_us_per_order: f64,
    commits_per_order: f64,
    mean_batch: f64,
    fsyncs_per_s: u64,
    rss_mb: f64,
}

#[expect(
    clippy::as_conversions,
    reason = "figures for people: fifty-two bits are plenty"
)]
fn float(count: u64) -> f64 {
    count as f64
}

fn per(amount: f64, count: f64) -> f64 {
    let ratio = if count > 0.0 { amount / count } else { 0.0 };
    (ratio * 100.0).round() / 100.0
}

impl Report {
    pub(crate) fn new(
        load: &Load,
        outcome: &Outcome,
        before: &Reading,
        after: &Reading,
        fsyncs_per_s: u64,
    ) -> Self {
        let orders = float(outcome.confirmed);
        let suite = float(after.suite_cpu_us - before.suite_cpu_us);
        let client = float(after.client_cpu_us - before.client_cpu_us);
        let provider = float(after.provider_cpu_us.saturating_sub(before.provider_cpu_us));
        let ms = |quantile: f64| per(float(outcome.latency.value_at_quantile(quantile)), 1_000.0);
        if let Some(failure) = &outcome.first_failure {
            eprintln!("{} orders failed, the first: {failure}", outcome.failed);
        }
        Self {
            work: "orders",
            lines: load.lines,
            offered_per_s: load.rate,
            orders_per_s: per(orders, outcome.took.as_secs_f64()),
            failed: outcome.failed,
            late_starts: outcome.late_starts,
            p50_ms: ms(0.5),
            p99_ms: ms(0.99),
            max_ms: ms(1.0),
            cpu_us_per_order: per(suite + client, orders),
            suite_cpu_us_per_order: per(suite, orders),
            client_cpu_us_per_order: per(client, orders),
            provider_cpu_us_per_order: per(provider, orders),
            commits_per_order: per(after.commits - before.commits, orders),
            mean_batch: per(
                after.commands - before.commands,
                after.batches - before.batches,
            ),
            fsyncs_per_s,
            rss_mb: per(float(after.peak_rss_bytes), 1_000_000.0),
        }
    }

    pub(crate) fn print(&self, format: Format) -> Result<()> {
        let mut out = io::stdout().lock();
        let value = serde_json::to_value(self)?;
        if let (Format::Text, Some(figures)) = (format, value.as_object()) {
            for (name, figure) in figures {
                writeln!(out, "{name:26} {figure}")?;
            }
            return Ok(());
        }
        writeln!(out, "{value}")?;
        Ok(())
    }
}
