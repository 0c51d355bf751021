//! `stoa-load`: how fast the suite is, measured from outside.
//!
//! An open loop: calls arrive at a fixed rate whatever the suite does, and a latency counts from the moment its call was
//! meant to begin, so a stalled suite shows in every call that should have begun meanwhile (no coordinated omission).
//!
//! | file | question it answers |
//! |---|---|
//! | `works` | what can be measured, one file each |
//! | `bench` | what is every work told |
//! | `load`, `threads`, `open_loop`, `closed_loop` | how do calls arrive, and what came of them |
//! | `search` | what is the highest rate that keeps p99 in bounds |
//! | `grpc` | how is a call made at little cost |
//! | `suite` | how is the suite under test started, and what do its process and its `/metrics` say |
//! | `postgres` | where are its databases, how is pgbench run |
//! | `shop` | what is sold |
//! | `disk` | how many fsyncs a second does the data disk do at this moment |
//! | `figures`, `report` | what was measured, and how is it shown |

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::as_conversions
    )
)]

mod bench;
mod closed_loop;
mod disk;
mod figures;
mod grpc;
mod load;
mod open_loop;
mod postgres;
mod report;
mod search;
mod shop;
mod suite;
mod threads;
mod works;

use std::path::PathBuf;

use anyhow::Result;
use clap::{CommandFactory, Parser};

use bench::{Bench, Options};
use report::{Format, Report};
use works::Work;

/// The load and the suite share the cores: what the load costs, the suite lacks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measure the suite from outside
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  cargo xtask bench orders --lines 2 --seconds 20 --format json
  cargo xtask bench orders --lines 15 --rate 300
  cargo xtask bench --engine postgres --html bench.html     every work, one after another")]
struct Cli {
    #[command(flatten)]
    options: Options,
    /// How the result is printed
    #[arg(long, global = true, value_enum, default_value_t)]
    format: Format,
    /// A file for the result as a page with charts
    #[arg(long, global = true, value_name = "FILE")]
    html: Option<PathBuf>,
    /// What is measured; without it every work, one after another
    #[command(subcommand)]
    work: Option<Work>,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    let works = match cli.work {
        Some(work) => vec![work],
        None => every()?,
    };
    let bench = Bench::new(cli.options)?;
    let mut reports: Vec<Report> = Vec::new();
    for work in works {
        let report = work.run(&bench)?;
        report::print(&report, cli.format)?;
        reports.push(report);
        if let Some(file) = &cli.html {
            std::fs::write(file, report::page(&reports))?;
        }
    }
    Ok(())
}

/// Every work as it is without options of its own.
fn every() -> Result<Vec<Work>> {
    let command = Cli::command();
    let names = command.get_subcommands().map(clap::Command::get_name);
    names
        .map(|name| {
            let cli = Cli::try_parse_from(["stoa-load", name])?;
            cli.work.ok_or_else(|| anyhow::anyhow!("{name} is no work"))
        })
        .collect()
}
