//! `stoa-load`: how fast the suite takes durable orders, measured from outside.
//!
//! An open loop: orders arrive at a fixed rate whatever the suite does, and an order's latency counts from the moment it was
//! meant to start, so a stalled suite shows in every order that should have begun meanwhile (no coordinated omission).
//!
//! | file | question it answers |
//! |---|---|
//! | `suite` | how is the suite under test started, and what do its process and its `/metrics` say |
//! | `shop` | what is sold |
//! | `open_loop` | how do orders arrive, and how long do they take |
//! | `search` | what is the highest rate that keeps p99 in bounds |
//! | `disk` | how many fsyncs a second does the data disk do at this moment |
//! | `report` | what is printed |

mod disk;
mod open_loop;
mod report;
mod search;
mod shop;
mod suite;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;

use open_loop::Load;
use report::Format;
use suite::Suite;

/// Measure durable orders per second
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  cargo xtask bench orders --lines 2 --seconds 20 --format json
  cargo xtask bench orders --lines 15 --rate 300")]
struct Cli {
    /// The `stoa` binary under test
    #[arg(long)]
    stoa: PathBuf,
    /// Lines of an order
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=200))]
    lines: u32,
    /// Seconds of the measured run
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Orders that arrive per second; without it the highest rate is searched that keeps p99 at 100 ms or less
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    rate: Option<u32>,
    /// Stop the suite's process for so many milliseconds in the middle, to see that the latencies show it
    #[arg(long, default_value_t = 0)]
    plant_pause_ms: u64,
    /// Where the data folder of the suite is made [default: the system's temporary folder]
    #[arg(long)]
    data_in: Option<PathBuf>,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start threads")?;
    runtime.block_on(run(cli))
}

async fn run(cli: Cli) -> Result<()> {
    let folder = match &cli.data_in {
        Some(parent) => tempfile::tempdir_in(parent),
        None => tempfile::tempdir(),
    }
    .context("cannot make a data folder")?;
    let suite = Suite::start(&cli.stoa, &folder.path().join("data")).await?;
    shop::open(&suite).await?;
    let load = Load {
        lines: cli.lines,
        ..Load::default()
    };
    let rate = match cli.rate {
        Some(rate) => rate,
        None => search::highest(&suite, &load).await?,
    };
    let fsyncs_per_s = disk::fsyncs_per_second(folder.path())?;
    eprintln!("measuring {rate} orders/s for {} s", cli.seconds);
    let before = suite.reading().await?;
    let load = Load {
        rate,
        span: Duration::from_secs(cli.seconds),
        pause: Duration::from_millis(cli.plant_pause_ms),
        ..load
    };
    let outcome = open_loop::run(&suite, &load).await?;
    let after = suite.reading().await?;
    let report = report::Report::new(&load, &outcome, &before, &after, fsyncs_per_s);
    suite.stop().await?;
    report.print(cli.format)
}
