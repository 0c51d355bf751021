//! How soon a suite is ready to serve on a folder in which there is much.

use std::path::Path;

use anyhow::{Context, Result};

use crate::bench::Bench;
use crate::figures::{Figures, Spread};
use crate::suite::Suite;

/// Starts; the figure is their median.
const STARTS: u32 = 5;

/// Starts the suite of a folder of files again and again; gives the last one, which still runs, and what it took each time.
pub(super) fn measure(bench: &Bench, data: &Path) -> Result<(Suite, Figures)> {
    let mut took = Vec::new();
    let mut running: Option<Suite> = None;
    for _ in 0..STARTS {
        if let Some(suite) = running.take() {
            suite.stop()?;
        }
        let suite = bench.suite_on(data).start()?;
        took.push(suite.started_in().as_secs_f64() * 1_000.0);
        running = Some(suite);
    }
    let suite = running.context("it was not started at all")?;
    let figures = Figures::new().with("start_ms", Spread::of(&took));
    Ok((suite, figures))
}
