//! What can be measured: one file per work, one line per work here.

mod best;
mod database;
mod echo;
mod flash_sale;
mod growth;
mod hot_row;
mod idle;
mod orders;
mod reads;
mod replay;
mod soak;
mod start;
mod tracing;
mod workflow;

use anyhow::Result;

use crate::bench::Bench;
use crate::report::Report;

/// A work, with the options of its own.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Work {
    /// Durable orders per second
    Orders(orders::Orders),
    /// Nine months of a real shop, then a start on its folder, then doing nothing
    Replay(replay::Replay),
    /// An order in a shop with a million orders, against one with ten thousand
    Growth(growth::Growth),
    /// A suite of which nobody wants anything
    Idle(idle::Idle),
    /// Orders with tracing on, against off
    Tracing(tracing::Tracing),
    /// A long time at half load: does anything grow?
    Soak(soak::Soak),
    /// A bare workflow of four durable, empty steps
    Workflow(workflow::Workflow),
    /// Reads of one product, against a bare echo
    Reads(reads::Reads),
    /// Holds of one sku, against one hot row in plain SQL
    FlashSale(flash_sale::FlashSale),
}

impl Work {
    /// Measures it.
    pub(crate) fn run(&self, bench: &Bench) -> Result<Report> {
        match self {
            Self::Orders(work) => work.run(bench),
            Self::Replay(work) => work.run(bench),
            Self::Growth(work) => work.run(bench),
            Self::Idle(work) => work.run(bench),
            Self::Tracing(work) => work.run(bench),
            Self::Soak(work) => work.run(bench),
            Self::Workflow(work) => work.run(bench),
            Self::Reads(work) => work.run(bench),
            Self::FlashSale(work) => work.run(bench),
        }
    }
}
