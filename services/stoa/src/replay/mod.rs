//! `stoa replay`: a real shop's orders, taken through the running suite's API from outside the process.
//!
//! What is done is read from the suite, never from a file of this tool's own, and every request id is a function of what it
//! is for: so it may be stopped or killed, it or the suite, and run again at any moment without doing anything twice.
//!
//! | file | question it answers |
//! |---|---|
//! | `row` | what does a row of the file mean |
//! | `plan` | which products, prices, stock, orders and cancellations follow from the rows |
//! | `matching` | to which order does a cancelled line belong |
//! | `shop` | how do products, prices and stock get into the suite |
//! | `done` | what does the suite have already |
//! | `serve` | how does one customer's history happen again |
//! | `report` | what does the suite hold in the end |

mod done;
mod matching;
mod plan;
mod report;
mod row;
mod serve;
mod shop;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::client::{Connection, Failure, Format, Progress, Report as _, Where};
use done::Done;
use plan::Plan;
use report::{Report, ThisRun};
use serve::Server;
use shop::Share;

/// The code of the channel that a replay sells in.
pub(crate) const CHANNEL: &str = "retail";

/// Customers that are served side by side.
const SIDE_BY_SIDE: usize = 192;

/// Connections to the suite.
const WIDTH: usize = 4;

/// Replay a real shop's orders through the running suite
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  stoa replay online-retail-2010-12-01.csv
  stoa replay --stock-share 0.9 --format json online-retail-2010-12_2011-08.csv.gz
  stoa replay --report

Stopped or killed, the same command goes on where it was: nothing is done twice.")]
pub struct Replay {
    /// Files with the shop's rows, csv or csv.gz, in the order of their time
    #[arg(required_unless_present = "report", conflicts_with = "report")]
    files: Vec<PathBuf>,
    /// Part of the units sold that is put into stock before the first order, 0 to 10, six decimals
    #[arg(long, default_value = "1.0", conflicts_with = "report")]
    stock_share: Share,
    /// Only print the report of what was replayed before
    #[arg(long)]
    report: bool,
    /// How the report is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Where the suite is
    #[command(flatten)]
    suite: Where,
}

/// Runs the command.
///
/// # Errors
/// A file that cannot be read, a refusal, or a suite that is gone.
pub async fn run(replay: Replay) -> Result<(), Failure> {
    let suite = replay.suite.connect()?.with_width(WIDTH)?;
    let this_run = if replay.report {
        None
    } else {
        Some(take(&suite, &replay).await?)
    };
    Report::of(&suite, this_run).await?.print(replay.format)
}

/// Takes the files through the suite.
async fn take(suite: &Connection, replay: &Replay) -> Result<ThisRun, Failure> {
    let started = Instant::now();
    let plan = read(replay)?;
    shop::open(suite, &plan, &replay.stock_share).await?;
    let done = Done::read(suite).await?;
    let progress = Arc::new(Progress::new(
        "orders",
        u64::try_from(plan.orders()).unwrap_or(0),
    ));
    let server = Server::new(suite.clone(), done, Arc::clone(&progress));
    stream::iter(&plan.customers)
        .map(|customer| server.serve(customer))
        .buffer_unordered(SIDE_BY_SIDE)
        .try_collect::<()>()
        .await?;
    drop(server);
    if let Some(progress) = Arc::into_inner(progress) {
        progress.finish();
    }
    Ok(ThisRun::new(plan.other, started.elapsed()))
}

fn read(replay: &Replay) -> Result<Plan, Failure> {
    let rows = row::read(&replay.files).map_err(usage)?;
    Plan::of(&rows).map_err(usage)
}

/// A file that cannot be read is a wrong argument.
#[expect(
    clippy::needless_pass_by_value,
    reason = "used as a function of map_err"
)]
fn usage(error: anyhow::Error) -> Failure {
    Failure::Usage(format!("{error:#}"))
}
