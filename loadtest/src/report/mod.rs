//! What a work reports, and how it is shown: a table with histograms, one JSON object on one line, a page with charts.

mod chart;
mod page;
mod text;

use std::io::{self, Write};

use anyhow::Result;
use hdrhistogram::Histogram;

use crate::figures::Figures;

pub(crate) use chart::Chart;
pub(crate) use page::page;

/// How the result is printed.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub(crate) enum Format {
    /// For a person: a table, and latencies as a histogram.
    #[default]
    Text,
    /// One JSON object per work, each on a line of its own.
    Json,
}

/// What a work found.
#[derive(Debug)]
pub(crate) struct Report {
    /// The work's name, as on the command line.
    pub(crate) work: &'static str,
    pub(crate) figures: Figures,
    /// Latencies in microseconds, each under a title.
    pub(crate) latencies: Vec<(String, Histogram<u64>)>,
    pub(crate) charts: Vec<Chart>,
}

impl Report {
    /// With figures alone.
    pub(crate) fn new(work: &'static str, figures: Figures) -> Self {
        Self {
            work,
            figures: Figures::new().with("work", work).joined(figures),
            latencies: Vec::new(),
            charts: Vec::new(),
        }
    }

    /// And the latencies of what is named so.
    #[must_use]
    pub(crate) fn latency(mut self, title: impl Into<String>, latency: Histogram<u64>) -> Self {
        self.latencies.push((title.into(), latency));
        self
    }

    /// And a chart.
    #[must_use]
    pub(crate) fn chart(mut self, chart: Chart) -> Self {
        self.charts.push(chart);
        self
    }
}

/// Prints it on stdout.
pub(crate) fn print(report: &Report, format: Format) -> Result<()> {
    let text = match format {
        Format::Json => serde_json::to_string(&report.figures)?,
        Format::Text => text::text(report),
    };
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(())
}
