//! What can be measured: one file per work, one line per work here.

mod orders;

use anyhow::Result;

use crate::bench::Bench;
use crate::report::Report;

/// A work, with the options of its own.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Work {
    /// Durable orders per second
    Orders(orders::Orders),
}

impl Work {
    /// Measures it.
    pub(crate) fn run(&self, bench: &Bench) -> Result<Report> {
        match self {
            Self::Orders(work) => work.run(bench),
        }
    }
}
