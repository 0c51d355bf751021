//! `stoa doctor`: audits what the services hold, over RPCs alone, and says what repairs what is broken.
//!
//! What one service can check alone, it checks itself, in a read transaction. Between services one order is judged at a time:
//! the order, the facts of the others, the order again. An order that moved meanwhile, or that durable work is busy with, is
//! in flight and not judged; a disagreement counts when a second reading, after the events of the first were heard, shows it
//! too. So the doctor may be asked while the suite works.
//!
//! | file | question it answers |
//! |---|---|
//! | `invariants` | what do the services find alone |
//! | `facts` | what does a service hold about these orders and credits |
//! | `across` | which orders are at rest, and do the services agree on them |
//! | `rules` | what does it mean to agree |
//! | `logs` | was every event heard |
//! | `work` | which durable work goes on, and for how long may it |
//! | `diagnosis` | what is said in the end |

mod across;
mod diagnosis;
mod facts;
mod invariants;
mod logs;
mod rules;
mod work;

use std::time::Duration;

use stoa_api::ops::v1::GetInfoRequest;
use tokio::time::{Instant, sleep};

use crate::client::{Connection, Failure, Format, Report as _, Where};
use crate::status;

use diagnosis::Diagnosis;

/// What the help says about the checks; docs/guides/doctor.md says it at length.
pub(crate) const HELP: &str = "Examples:
  stoa doctor
  stoa doctor --quiesced --format json | tail -n 1 | jq .ok

Checks, and what they examine:
  levels           movements_equal_stock, holds_equal_held, no_oversell, no_negative
  orders           order_is_fold, order_columns_equal_their_order, order_units, amounts_add_up,
                   returns_equal_their_units, quotes_are_used_by_their_order
  orders, credits  orders_vs_stock, orders_vs_payment, orders_have_work
  operations       ledger_zero, ledger_complete, results_known, provider_vs_books
  payments         sums_equal_operations, payments_within_allowed, reservations_alive
  products         variants_have_products, variants_agree_with_stock, products_agree_with_variants
  prices, books    prices_in_currency, books_have_channels
  events           logs_delivered
  unfinished work  workflows_at_rest

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
    #[arg(long)]
    quiesced: bool,
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
        let mut diagnosis = diagnose(&suite, self.quiesced).await?;
        diagnosis.address(&self.suite.arguments());
        let healthy = diagnosis.is_healthy();
        diagnosis.print(self.format)?;
        Ok(if healthy { status::OK } else { status::REFUSED })
    }
}

/// All checks, in the order in which they are shown.
async fn diagnose(suite: &Connection, quiesced: bool) -> Result<Diagnosis, Failure> {
    let info = suite.call(GetInfoRequest {}).await?;
    let services: Vec<String> = info.services.into_iter().map(|it| it.name).collect();
    let logs = logs::check(suite, &services, quiesced).await?;
    let work = work::check(suite, &services, quiesced).await?;
    let across = across::check(suite, quiesced).await?;
    let mut checks = invariants::check(suite, &services).await?;
    checks.extend(across);
    checks.extend([logs, work]);
    Ok(Diagnosis::new(checks))
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
