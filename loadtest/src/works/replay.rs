//! `replay`: nine months of a real shop through the suite, and then: how soon does it serve again on that folder, and what does it
//! cost to do nothing?
//!
//! `stoa replay` is the client; what it reports must be what the files say, or nothing was measured.
//!
//! | file | answers |
//! |---|---|
//! | `truth` | what do the files say |

mod truth;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use self::truth::Truth;
use super::{idle, start};
use crate::bench::{Bench, Engine};
use crate::figures::{Figures, float, per, round};
use crate::report::{Chart, Report};
use crate::suite::Suite;
use crate::suite::kernel::{self, Usage};
use crate::suite::reading::Between;

/// How often the client's processor time is read: what it uses after the last reading is not seen.
const LOOK: Duration = Duration::from_millis(20);

/// The options of `replay`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Replay {
    /// The folder with the shop's files and their README
    #[arg(
        long,
        value_name = "DIR",
        default_value = "../shared/data/online-retail"
    )]
    files: PathBuf,
    /// One day instead of the nine months
    #[arg(long)]
    day: bool,
}

impl Replay {
    pub(crate) fn run(&self, bench: &Bench) -> Result<Report> {
        let truth = Truth::read(&self.files, self.day)?;
        let mut threads = Vec::new();
        let mut folder = None;
        let figures = bench.rounds(|_| {
            let suite = bench.suite()?.start()?;
            let before = suite.reading()?;
            let client = Client::run(bench.stoa(), &suite, &truth.file)?;
            let after = suite.reading()?;
            truth.compare(&client.report)?;
            let between = after.since(&before);
            threads = between.cpu_us_by_thread().into_iter().collect();
            let figures = figures(&truth, &client, &between)
                .with("rss_mb", float(suite.peak_rss()?) / 1_000_000.0);
            let data = suite.data().to_owned();
            suite.stop()?;
            if let Some(earlier) = folder.replace(data) {
                std::fs::remove_dir_all(earlier)?;
            }
            Ok(figures)
        })?;
        let mut figures = Figures::new()
            .with("engine", bench.engine().name())
            .with("files", if self.day { "one day" } else { "nine months" })
            .joined(figures);
        // On a server the databases went with their suite.
        if let (Engine::Sqlite, Some(folder)) = (bench.engine(), folder) {
            eprintln!("starting on the folder of the replay");
            let (suite, ready) = start::measure(bench, &folder)?;
            let idle = idle::measure(&suite, bench.span())?;
            suite.stop()?;
            figures = figures.joined(ready).with("idle", idle);
        }
        Ok(Report::new("replay", figures).chart(by_thread(threads)))
    }
}

/// A `stoa replay` that has ended.
#[derive(Debug)]
struct Client {
    report: Value,
    took: Duration,
    cpu_us: f64,
    peak_rss: u64,
}

impl Client {
    fn run(stoa: &Path, suite: &Suite, file: &Path) -> Result<Self> {
        let started = Instant::now();
        let mut child = Command::new(stoa)
            .args(["replay", "--format", "json", "--data"])
            .arg(suite.data())
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start `stoa replay`")?;
        let mut out = child.stdout.take().context("no stdout")?;
        let reader = std::thread::spawn(move || {
            let mut text = String::new();
            out.read_to_string(&mut text).map(|_| text)
        });
        let (mut usage, mut peak_rss) = (Usage::default(), 0);
        let status = loop {
            // Once it has ended there is no more to read of it.
            if let (Ok(now), Ok(peak)) = (
                Usage::of(child.id()),
                kernel::status_bytes(child.id(), "VmHWM"),
            ) {
                usage = now;
                peak_rss = peak;
            }
            if let Some(status) = child.try_wait()? {
                break status;
            }
            std::thread::sleep(LOOK);
        };
        let took = started.elapsed();
        let Ok(text) = reader.join() else {
            bail!("the reader of `stoa replay` panicked");
        };
        if !status.success() {
            bail!("`stoa replay` ended with {status}");
        }
        let text = text?;
        let last = text.lines().last().unwrap_or_default();
        Ok(Self {
            report: serde_json::from_str(last).context("`stoa replay` reported no JSON")?,
            took,
            cpu_us: usage.cpu_us,
            peak_rss,
        })
    }
}

/// The figures of one replay.
fn figures(truth: &Truth, client: &Client, between: &Between<'_>) -> Figures {
    let orders = float(truth.orders);
    let each = |amount: f64| per(amount, orders);
    let batches = between.grown("stoa_store_batch_size_count");
    let seconds = client.took.as_secs_f64();
    let taken = client.report.get("seconds").and_then(Value::as_f64);
    let cores = |cpu_us: f64| per(cpu_us, seconds * 1_000_000.0);
    Figures::new()
        .with("seconds", seconds)
        .with("seconds_without_the_report", taken.unwrap_or(seconds))
        .with("orders", orders)
        .with("orders_per_s", per(orders, seconds))
        .with(
            "cpu_us_per_order",
            each(between.suite_cpu_us() + client.cpu_us),
        )
        .with("suite_cpu_us_per_order", each(between.suite_cpu_us()))
        .with("client_cpu_us_per_order", each(client.cpu_us))
        .with("provider_cpu_us_per_order", each(between.provider_cpu_us()))
        .with("suite_cores", cores(between.suite_cpu_us()))
        .with("client_cores", cores(client.cpu_us))
        .with("provider_cores", cores(between.provider_cpu_us()))
        .with(
            "commits_per_order",
            each(between.grown("stoa_store_commits_total")),
        )
        .with(
            "statements_per_order",
            each(between.grown("stoa_store_statements_total")),
        )
        .with(
            "mean_batch",
            per(between.grown("stoa_store_batch_size_sum"), batches),
        )
        .with("written_bytes_per_order", each(between.written_bytes()))
        .with("client_rss_mb", float(client.peak_rss) / 1_000_000.0)
}

fn by_thread(threads: Vec<(String, f64)>) -> Chart {
    let seconds = |(name, cpu_us): (String, f64)| (name, round(cpu_us / 1_000_000.0));
    Chart::Bars {
        title: "Processor time of the suite by thread".to_owned(),
        unit: "s".to_owned(),
        bars: threads.into_iter().map(seconds).collect(),
    }
}
