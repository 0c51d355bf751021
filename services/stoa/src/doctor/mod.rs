//! `stoa doctor`: audits what the services hold, over RPCs alone, and says what repairs what is broken.
//!
//! What one service can check alone, it checks itself, in a read transaction. Between services one order is judged at a time:
//! the order, the facts of the others, the order again. An order that moved meanwhile, or that durable work is busy with, is
//! in flight and not judged; a disagreement counts when a second reading, after the events of the first were heard, shows it
//! too. So the doctor may be asked while the suite works.
//!
//! What was found at rest and in order is closed: closing rows in the services keep what it comes to, and a later visit to a
//! large shop begins there.
//!
//! | file | question it answers |
//! |---|---|
//! | `round` | what does a visit consist of |
//! | `watch`, `metrics` | how is one visit made after the other, and where are its figures |
//! | `scope`, `closing` | how much is read, and what need not be read again |
//! | `invariants` | what do the services find alone |
//! | `facts` | what does a service hold about these orders and credits |
//! | `across` | which orders are at rest, and do the services agree on them |
//! | `rules` | what does it mean to agree |
//! | `logs` | was every event heard |
//! | `work` | which durable work goes on, and for how long may it |
//! | `after_restore` | may a suite that came back from a backup take changes again |
//! | `repairs` | which command repairs what is broken |
//! | `diagnosis` | what is said in the end |

mod across;
mod after_restore;
mod closing;
mod diagnosis;
mod facts;
mod invariants;
mod logs;
mod metrics;
mod repairs;
mod round;
mod rules;
mod scope;
mod watch;
mod work;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::client::{Connection, Failure, Format, Report as _, Where};
use crate::status;

use diagnosis::Diagnosis;
use round::Visit;
use scope::Reach;
use watch::Watch;

/// What the help says about the checks; docs/guides/doctor.md says it at length.
pub(crate) const HELP: &str = "Examples:
  stoa doctor
  stoa doctor --quiesced --format json | tail -n 1 | jq .ok
  stoa doctor --full
  stoa doctor --watch --every 10s --admin 127.0.0.1:7495

Checks, and what they examine:
  levels           movements_equal_stock, holds_equal_held, no_oversell, no_negative
  orders           order_is_fold, order_columns_equal_their_order, order_units, amounts_add_up,
                   returns_equal_their_units, quotes_are_used_by_their_order
  orders, credits, returns
                   orders_vs_stock, orders_vs_payment, orders_have_work
  operations       ledger_zero, ledger_complete, results_known, provider_vs_books
  payments         sums_equal_operations, payments_within_allowed, reservations_alive
  products         variants_have_products, variants_agree_with_stock, products_agree_with_variants
  prices, books    prices_in_currency, books_have_channels
  events           logs_delivered
  unfinished work  workflows_at_rest
  closing rows     closing_rows

Exit status: 0 all holds, 1 something is broken, 75 the suite is gone: run it again later.";

/// Connections to the suite: two services are asked at once.
const WIDTH: usize = 2;

/// For how long something may still come to rest before it is called broken.
const SETTLING: Duration = Duration::from_secs(10);

/// The pause between two looks at it.
const LOOK: Duration = Duration::from_millis(100);

/// The arguments of `stoa doctor`.
#[derive(Debug, clap::Args)]
pub(crate) struct Doctor {
    /// Nothing is being sold at the moment: every event must have been heard, and no work may go on
    #[arg(long, conflicts_with = "watch")]
    quiesced: bool,
    /// Read everything, and compare the closing rows with what they stand for; a shop of up to 10,000 orders is read so anyway
    #[arg(long)]
    full: bool,
    /// Begin where the books were closed, also in a small shop
    #[arg(long, conflicts_with = "full")]
    incremental: bool,
    /// Leave the closing rows as they are
    #[arg(long)]
    no_close: bool,
    /// Sum the closing rows up again when nothing but them is broken
    #[arg(long, requires = "full", conflicts_with = "watch")]
    reseal: bool,
    /// Visit again and again, until something is broken or the suite stays away; SIGINT ends with the verdict
    #[arg(long)]
    watch: bool,
    /// From one visit to the next, such as 500ms, 10s, 5m [default: 10s]
    #[arg(long, value_name = "TIME", requires = "watch", value_parser = time)]
    every: Option<Duration>,
    /// How often everything is read, however large the shop is [default: 1h]
    #[arg(long, value_name = "TIME", requires = "watch", value_parser = time)]
    full_every: Option<Duration>,
    /// For how long the suite may be away before the watch ends [default: 1m]
    #[arg(long, value_name = "TIME", requires = "watch", value_parser = time)]
    patience: Option<Duration>,
    /// Go on when something is broken, and keep it in the figures
    #[arg(long, requires = "watch")]
    keep_going: bool,
    /// Where the figures are served for Prometheus, at /metrics
    #[arg(long, value_name = "ADDR", requires = "watch")]
    admin: Option<SocketAddr>,
    /// After `stoa restore`: let the suite take changes again when all holds
    #[arg(long, conflicts_with_all = ["quiesced", "watch"])]
    after_restore: bool,
    /// Accept what does not hold after a restore, and say why; it stands in the audit log
    #[arg(long, value_name = "WHY", requires = "after_restore")]
    acknowledge: Option<String>,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    suite: Where,
}

impl Doctor {
    /// Audits; the exit status says whether all holds.
    ///
    /// # Errors
    /// That the suite is gone, or refused.
    pub(crate) async fn run(&self) -> Result<u8, Failure> {
        let suite = self.suite.connect()?.with_width(WIDTH)?;
        let visit = self.visit();
        if self.after_restore {
            let (typed, accepted) = (self.suite.arguments(), self.acknowledge.as_deref());
            return after_restore::run(&suite, &typed, accepted, self.format).await;
        }
        if self.watch {
            return self.watching().run(&suite, visit).await;
        }
        let mut diagnosis = visit.make(&suite).await?;
        diagnosis.address(&self.suite.arguments());
        let healthy = diagnosis.is_healthy();
        diagnosis.print(self.format)?;
        Ok(if healthy { status::OK } else { status::REFUSED })
    }

    fn visit(&self) -> Visit {
        Visit {
            quiesced: self.quiesced,
            reach: match (self.full, self.incremental) {
                (true, _) => Reach::Full,
                (_, true) => Reach::Open,
                _ => Reach::Fitting,
            },
            closes: !self.no_close,
            reseals: self.reseal,
        }
    }

    fn watching(&self) -> Watch {
        Watch {
            every: self.every.unwrap_or(Duration::from_secs(10)),
            full_every: self.full_every.unwrap_or(Duration::from_secs(3_600)),
            patience: self.patience.unwrap_or(Duration::from_secs(60)),
            keeps_going: self.keep_going,
            admin: self.admin,
            format: self.format,
            arguments: self.suite.arguments(),
        }
    }
}

/// All checks of everything.
async fn diagnose(suite: &Connection, quiesced: bool) -> Result<Diagnosis, Failure> {
    let visit = Visit {
        quiesced,
        reach: Reach::Full,
        closes: false,
        reseals: false,
    };
    visit.make(suite).await
}

/// A time as it is typed: 500ms, 10s, 5m, 1h.
fn time(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: u64 = digits.parse().unwrap_or(0);
    let unit = match text.strip_prefix(digits) {
        Some("ms") => 1,
        Some("s") => 1_000,
        Some("m") => 60_000,
        Some("h") => 3_600_000,
        _ => 0,
    };
    match number.checked_mul(unit) {
        Some(millis) if millis > 0 => Ok(Duration::from_millis(millis)),
        _ => Err("it is a time such as 500ms, 10s, 5m or 1h".to_owned()),
    }
}

/// Looks again until `look` finds nothing, or the time in which it may come to rest is over; what it found last.
async fn settled<T, F>(mut look: impl FnMut() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<(T, bool), Failure>>,
{
    let until = Instant::now() + SETTLING;
    loop {
        let (found, at_rest) = look().await?;
        if at_rest || Instant::now() >= until {
            return Ok(found);
        }
        sleep(LOOK).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_typed_with_their_unit() {
        assert_eq!(time("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(time("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(time("1h"), Ok(Duration::from_secs(3_600)));
        for wrong in ["", "10", "s", "0s", "-1s", "1d", "99999999999999999999h"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }
}
