//! A bare workflow of four durable, empty steps, in this process: what `stoa-workflow` itself can do.
//!
//! A workflow is accepted in one durable write, then each of its steps is: the row says where the work stands before the next
//! step begins, and a process that is killed anywhere goes on from there. The loop is closed: so many workflows are under way,
//! and one that is finished makes room for the next.
//!
//! | file | answers |
//! |---|---|
//! | `mod` | how many are under way, and what is reported |
//! | `home` | where the database stands, and how the runner is started and ended |
//! | `bare` | what the workflow is |

mod bare;
mod home;

use anyhow::Result;

use self::home::{Home, Reading};
use super::best::{TRY, best};
use crate::bench::Bench;
use crate::figures::{Figures, float, per};
use crate::load::Outcome;
use crate::report::Report;

/// The numbers of workflows under way that are tried.
const UNDER_WAY: [u32; 5] = [16, 64, 256, 512, 1_024];

/// Steps of each workflow.
const STEPS_EACH: f64 = 4.0;

/// The options of `workflow`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Workflow {
    /// Workflows under way at the same time; without it several numbers are tried
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=2_000))]
    under_way: Option<u32>,
}

impl Workflow {
    pub(crate) fn run(&self, bench: &Bench) -> Result<Report> {
        let home = Home::open(bench)?;
        let under_way = match self.under_way {
            Some(under_way) => under_way,
            None => most(&home)?,
        };
        let mut latency = Outcome::empty()?;
        let figures = bench.rounds(|_| {
            let before = home.reading()?;
            let outcome = home.run(under_way, bench.span())?;
            let figures = figures(&outcome, &before, &home.reading()?);
            latency.add(outcome)?;
            Ok(figures)
        })?;
        home.close();
        let figures = Figures::new()
            .with("engine", bench.engine().name())
            .with("loop", "closed")
            .with("steps", STEPS_EACH)
            .with("under_way", under_way)
            .joined(figures);
        Ok(Report::new("workflow", figures).latency("a workflow", latency.latency))
    }
}

/// The number under way with which most are done.
fn most(home: &Home) -> Result<u32> {
    let (under_way, _) = best(&UNDER_WAY, |under_way| {
        let rate = home.run(under_way, TRY)?.per_second();
        eprintln!("{under_way} under way: {rate:.0} workflows/s");
        Ok(rate)
    })?;
    Ok(under_way)
}

/// The figures of one round.
fn figures(outcome: &Outcome, before: &Reading, after: &Reading) -> Figures {
    if let Some(failure) = &outcome.first_failure {
        eprintln!("{} workflows failed, the first: {failure}", outcome.failed);
    }
    let rate = outcome.per_second();
    let each = |amount: f64| per(amount, float(outcome.done));
    let grown = |name: &str| after.grown_since(before, name);
    let batches = grown("stoa_store_batch_size_count");
    Figures::new()
        .with("workflows_per_s", rate)
        .with("steps_per_s", rate * STEPS_EACH)
        .with("failed", outcome.failed)
        .with("p50_ms", outcome.quantile_ms(0.5))
        .with("p99_ms", outcome.quantile_ms(0.99))
        .with(
            "commits_per_workflow",
            each(grown("stoa_store_commits_total")),
        )
        .with(
            "statements_per_workflow",
            each(grown("stoa_store_statements_total")),
        )
        .with(
            "mean_batch",
            per(grown("stoa_store_batch_size_sum"), batches),
        )
        .with("cpu_us_per_workflow", each(after.cpu_us_since(before)))
        .with(
            "written_bytes_per_workflow",
            each(after.written_bytes_since(before)),
        )
}
