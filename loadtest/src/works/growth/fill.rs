//! A suite with many orders stored: a shop, some orders that were really placed, and their rows multiplied while it is down.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};

use super::super::orders::Order;
use super::LINES;
use super::multiply::{self, Template};
use crate::bench::Bench;
use crate::figures::Figures;
use crate::open_loop::{self, Load};
use crate::shop;
use crate::suite::Suite;

/// Orders that are really placed, at most, and how fast.
const PLACED: f64 = 1_000.0;
const RATE: u32 = 50;

/// How long a suite may take to have done all that is to be done, and for how long it must look so.
const PATIENCE: Duration = Duration::from_secs(120);
const QUIET: Duration = Duration::from_secs(1);

/// A suite that runs, and what is stored in it.
#[derive(Debug)]
pub(super) struct Filled {
    pub(super) suite: Suite,
    pub(super) products: usize,
    orders: u64,
    filled_in: Duration,
    checked_in: Duration,
    files_mb: f64,
}

impl Filled {
    /// What is stored.
    pub(super) fn figures(&self, name: &str) -> Figures {
        Figures::new()
            .with(format!("{name}_orders"), self.orders)
            .with(
                format!("{name}_products"),
                u64::try_from(self.products).unwrap_or(0),
            )
            .with(format!("{name}_files_mb"), self.files_mb)
            .with(format!("{name}_filled_in_s"), self.filled_in.as_secs_f64())
            .with(format!("{name}_doctor_s"), self.checked_in.as_secs_f64())
    }
}

/// Fills one with so many orders, and lets the doctor look at it.
pub(super) fn suite(bench: &Bench, orders: f64, products: usize) -> Result<Filled> {
    eprintln!("storing {orders:.0} orders of {products} products");
    let suite = bench.suite()?.start()?;
    shop::open_with(bench, &suite, products)?;
    at_rest(&suite)?;
    let data = suite.data().to_owned();
    suite.stop()?;
    let before = data.with_extension("before");
    copy(&data, &before)?;

    let suite = bench.suite_on(&data).start()?;
    let begun = now_ms()?;
    let span = Duration::from_secs_f64(orders.min(PLACED) / f64::from(RATE));
    let load = Load { rate: RATE, span };
    let placed = open_loop::run(&Order::among(&suite, LINES, products), load)?;
    if let Some(failure) = placed.first_failure {
        bail!(
            "{} orders could not be placed, the first: {failure}",
            placed.failed
        );
    }
    at_rest(&suite)?;
    suite.stop()?;

    let copies = copies(orders, placed.done)?;
    let started = Instant::now();
    let template = Template {
        before: &before,
        data: &data,
        born_ms: begun..now_ms()?,
        copies,
    };
    let rows = multiply::all(&template)?;
    let filled_in = started.elapsed();
    eprintln!("{rows} rows written in {:.0} s", filled_in.as_secs_f64());
    fs::remove_dir_all(&before)?;
    let files_mb = megabytes(&data)?;

    let suite = bench.suite_on(&data).start()?;
    let started = Instant::now();
    doctor(bench.stoa(), &data)?;
    Ok(Filled {
        suite,
        products,
        orders: placed.done * (copies + 1),
        filled_in,
        checked_in: started.elapsed(),
        files_mb,
    })
}

/// How often the orders that were placed are copied, to have at least so many.
fn copies(orders: f64, placed: u64) -> Result<u64> {
    ensure!(placed > 0, "no order was placed");
    let wanted: u64 = format!("{orders:.0}").parse()?;
    Ok(wanted.div_ceil(placed).saturating_sub(1))
}

/// Waits until every event was heard and no order is being worked on.
fn at_rest(suite: &Suite) -> Result<()> {
    let started = Instant::now();
    let mut quiet_since = None;
    while started.elapsed() < PATIENCE {
        let metrics = suite.metrics()?;
        let checkouts = metrics.sum_by("stoa_workflow_rows", "kind");
        let checkouts = checkouts.get("order.checkout").copied().unwrap_or(0.0);
        if checkouts + metrics.sum("stoa_events_waiting") > 0.0 {
            quiet_since = None;
        } else if quiet_since.get_or_insert_with(Instant::now).elapsed() > QUIET {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    bail!("the suite does not come to rest")
}

/// The database files of a folder, and of the provider's below it, with what is in their logs.
fn copy(from: &Path, to: &Path) -> Result<()> {
    for database in multiply::databases(from)? {
        let below = database.strip_prefix(from)?;
        let target = to.join(below);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(&database, &target)?;
        let log = database.with_extension("db-wal");
        if log.exists() {
            fs::copy(&log, target.with_extension("db-wal"))?;
        }
    }
    Ok(())
}

fn megabytes(data: &Path) -> Result<f64> {
    let mut bytes = 0;
    for database in multiply::databases(data)? {
        bytes += fs::metadata(database)?.len();
    }
    Ok(crate::figures::float(bytes) / 1_000_000.0)
}

/// An error with what the doctor found, if he found anything.
fn doctor(stoa: &Path, data: &Path) -> Result<()> {
    let looked = Command::new(stoa)
        .args(["doctor", "--quiesced", "--data"])
        .arg(data)
        .stdin(Stdio::null())
        .output()
        .context("cannot start `stoa doctor`")?;
    ensure!(
        looked.status.success(),
        "the doctor found something wrong with the stored orders:\n{}{}",
        String::from_utf8_lossy(&looked.stdout),
        String::from_utf8_lossy(&looked.stderr)
    );
    Ok(())
}

/// Milliseconds since 1970, as they stand in the keys.
#[expect(
    clippy::disallowed_methods,
    reason = "which keys were made meanwhile is told by the clock that the suite under test has"
)]
fn now_ms() -> Result<u64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(u64::try_from(now.as_millis())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_copies_that_there_are_enough() {
        assert_eq!(copies(10_000.0, 1_000).unwrap(), 9);
        assert_eq!(copies(10_000.0, 999).unwrap(), 10);
        assert_eq!(copies(500.0, 500).unwrap(), 0);
        assert!(copies(500.0, 0).is_err());
    }
}
