//! A flash sale: everybody wants the one sku. CreateHold over the peer listener of an inventory in a process of its own, against
//! one hot row in plain SQL.
//!
//! The loop is closed: 8 callers and then 512 (a crowd), each of whom calls again when he has his answer; the hot row has its best
//! number of clients. They take turns, round after round, on the same two cores and the same disk. Then the last units of a
//! second sku are sold to the crowd, and it goes on asking. At the end the stock levels say how much was held: more than lay
//! there, or less than callers were told, is an error and not a figure.
//!
//! | file | answers |
//! |---|---|
//! | `mod` | who is measured, in which order, and what is reported |
//! | `hold` | how a call is made |
//! | `stock` | what lies there before, and what is held at the end |

mod hold;
mod stock;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use self::hold::{HoldCall, Tally};
use self::stock::Shelf;
use super::best::{TRY, best};
use super::hot_row::HotRow;
use super::orders::Order;
use crate::bench::Bench;
use crate::closed_loop;
use crate::figures::{Figures, float, per};
use crate::load::Outcome;
use crate::report::Report;
use crate::shop;
use crate::suite::Suite;
use crate::suite::reading::Between;

/// The callers of a quiet hour, and those of a sale.
const FEW: u64 = 8;
const CROWD: u64 = 512;

/// Connections of each thread that are tried.
const CONNECTIONS: [usize; 3] = [1, 2, 4];

/// The sku that lasts, and how much of it there is.
const HOT: &str = "FLASH-HOT";
const PLENTY: i64 = 10_000_000;

/// The sku that is soon gone.
const LAST: &str = "FLASH-LAST";
const FEW_LEFT: i64 = 1_000;

/// Callers of whole orders.
const ORDERING: u64 = 64;

/// The work's options: none.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct FlashSale {}

impl FlashSale {
    pub(crate) fn run(&self, bench: &Bench) -> Result<Report> {
        let suite = bench.service("inventory")?.start()?;
        let shelf = Shelf::fill(bench, &suite, &[(HOT, PLENTY), (LAST, FEW_LEFT)])?;
        let row = HotRow::make(bench)?;
        let clients = row.best()?;
        let hot = hot(&suite)?;
        let mut latency = Outcome::empty()?;
        let span = bench.span();
        let figures = bench.rounds(|_| {
            let row_per_s = row.rate(clients, span)?;
            let few = all_held(closed_loop::run(&hot, FEW, span)?)?;
            let before = suite.reading()?;
            let crowd = all_held(closed_loop::run(&hot, CROWD, span)?)?;
            let after = suite.reading()?;
            let figures = Figures::new()
                .with("hot_row_per_s", row_per_s)
                .joined(figures(row_per_s, &few, &crowd))
                .joined(costs(&crowd, &after.since(&before)));
            latency.add(crowd)?;
            Ok(figures)
        })?;
        drop(row);
        let last = Arc::new(hot.of(LAST));
        let gone = sold_out(&last, span)?;
        shelf.check(bench, &suite, HOT, &hot.tally)?;
        shelf.check(bench, &suite, LAST, &last.tally)?;
        suite.stop()?;
        let figures = Figures::new()
            .with("engine", bench.engine().name())
            .with("loop", "closed")
            .with("hot_row_clients", clients)
            .with("connections", u64::try_from(hot.connections)?)
            .joined(figures)
            .with("sold_out_per_s", gone.per_second())
            .with("sold_out_p99_ms", gone.quantile_ms(0.99))
            .with("held", hot.tally.held() + last.tally.held())
            .with("oversold", 0_u64)
            .joined(whole_orders(bench)?);
        Ok(Report::new("flash-sale", figures)
            .latency(format!("a hold, {CROWD} callers"), latency.latency)
            .latency(format!("a refusal, {CROWD} callers"), gone.latency))
    }
}

/// Calls for the sku that lasts, over the connections that suit a crowd best.
fn hot(suite: &Suite) -> Result<Arc<HoldCall>> {
    let peers = suite.addresses().peers;
    let secret = suite.data().join(stoa_chassis::PEERS_SECRET);
    let call = HoldCall {
        address: peers.context("the service has no listener for peers")?,
        secret: std::fs::read_to_string(secret)?.trim().to_owned(),
        connections: 1,
        sku: HOT.to_owned(),
        may_sell_out: false,
        tally: Arc::new(Tally::default()),
    };
    let (connections, found) = best(&CONNECTIONS, |connections| {
        let call = Arc::new(call.over(connections));
        Ok(all_held(closed_loop::run(&call, CROWD, TRY)?)?.per_second())
    })?;
    eprintln!("CreateHold: {found:.0}/s by {CROWD} callers on {connections} connections a thread");
    Ok(Arc::new(call.over(connections)))
}

/// A run in which every call got its hold.
fn all_held(outcome: Outcome) -> Result<Outcome> {
    match &outcome.first_failure {
        Some(failure) => bail!("{} holds failed, the first: {failure}", outcome.failed),
        None => Ok(outcome),
    }
}

fn figures(row_per_s: f64, few: &Outcome, crowd: &Outcome) -> Figures {
    let (few_per_s, crowd_per_s) = (few.per_second(), crowd.per_second());
    Figures::new()
        .with("holds_per_s", crowd_per_s)
        .with("ratio", per(crowd_per_s, row_per_s))
        .with("p50_ms", crowd.quantile_ms(0.5))
        .with("p99_ms", crowd.quantile_ms(0.99))
        .with("few_holds_per_s", few_per_s)
        .with("few_ratio", per(few_per_s, row_per_s))
        .with("few_p99_ms", few.quantile_ms(0.99))
        .with("crowd_over_few", per(crowd_per_s, few_per_s))
}

/// What a hold of the crowd costs.
fn costs(crowd: &Outcome, between: &Between<'_>) -> Figures {
    let each = |amount: f64| per(amount, float(crowd.done));
    let batches = between.grown("stoa_store_batch_size_count");
    Figures::new()
        .with("suite_cpu_us_per_hold", each(between.suite_cpu_us()))
        .with("client_cpu_us_per_hold", each(between.client_cpu_us()))
        .with("database_cpu_us_per_hold", each(between.database_cpu_us()))
        .with(
            "commits_per_hold",
            each(between.grown("stoa_store_commits_total")),
        )
        .with(
            "statements_per_hold",
            each(between.grown("stoa_store_statements_total")),
        )
        .with("written_bytes_per_hold", each(between.written_bytes()))
        .with(
            "mean_batch",
            per(between.grown("stoa_store_batch_size_sum"), batches),
        )
}

/// Sells what is left, and then measures how fast everybody is told that nothing is.
fn sold_out(last: &Arc<HoldCall>, span: Duration) -> Result<Outcome> {
    let mut waited = Duration::ZERO;
    while last.tally.sold_out() == 0 {
        all_held(closed_loop::run(last, CROWD, TRY)?)?;
        waited += TRY;
        if waited > Duration::from_mins(1) {
            bail!("{FEW_LEFT} units are not sold after a minute");
        }
    }
    all_held(closed_loop::run(last, CROWD, span)?)
}

/// Orders from the quote to the confirmation, all of the same sku, in a suite of their own.
fn whole_orders(bench: &Bench) -> Result<Figures> {
    let suite = bench.suite()?.start()?;
    shop::open(bench, &suite)?;
    let order = Order::of_one_sku(&suite);
    closed_loop::run(&order, FEW, TRY)?;
    let outcome = closed_loop::run(&order, ORDERING, bench.span())?;
    suite.stop()?;
    if let Some(failure) = &outcome.first_failure {
        eprintln!("{} orders failed, the first: {failure}", outcome.failed);
    }
    Ok(Figures::new()
        .with("orders_callers", ORDERING)
        .with("orders_per_s", outcome.per_second())
        .with("orders_failed", outcome.failed)
        .with("orders_p50_ms", outcome.quantile_ms(0.5))
        .with("orders_p99_ms", outcome.quantile_ms(0.99)))
}
