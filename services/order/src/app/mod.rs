//! What the order service does: one use case per file.
//!
//! | file | answers |
//! |---|---|
//! | `orders`, `batch` | how orders are written: the one group-committed command type |
//! | `quotes`, `credits` | how quotes and credits are written |
//! | `checkout/` | the workflow from an accepted to a served order, one step per file |
//! | `cancel`, `fulfillment`, `take_back`, `pay_out` | the workflows that follow: cancel, shipping, return, credit |
//! | `settle`, `capture`, `release` | the ways out for staff, and the work that they start |
//! | `work` | what those workflows share |
//! | `audit`, `invariants`, `closing` | what the doctor is told, and what he need not be told again |
//! | `watchers` | how a caller waits for an outcome |
//! | `metrics` | orders and money by outcome, how long checkouts take |
//! | the others | one RPC each |

pub(crate) mod audit;
pub(crate) mod batch;
pub(crate) mod cancel;
pub(crate) mod capture;
pub(crate) mod checkout;
mod closing;
pub(crate) mod credits;
pub(crate) mod fulfillment;
mod invariants;
pub(crate) mod metrics;
pub(crate) mod orders;
pub(crate) mod pay_out;
pub(crate) mod place;
pub(crate) mod quotes;
pub(crate) mod read;
pub(crate) mod release;
pub(crate) mod returns;
pub(crate) mod settle;
pub(crate) mod take_back;
pub(crate) mod watchers;
pub(crate) mod work;

#[cfg(test)]
pub(crate) mod tests;

use std::fmt;
use std::sync::Arc;

use stoa_api::order::v1::Order;
use stoa_errors::Error;
use stoa_store::{Committed, Db, Queue};
use stoa_types::{Clock, Ctx, Ids, OrderId, WorkflowId};
use stoa_workflow::Runner;
use tokio_util::sync::CancellationToken;

use crate::peers::catalog::Catalog;
use crate::peers::inventory::Inventory;
use crate::peers::payment::Payment;
use crate::peers::pricing::Pricing;
use crate::store::find;
use credits::Credits;
use metrics::Metrics;
use orders::{Change, Changed, Command, Orders};
use quotes::Quotes;
use watchers::Watchers;

/// What every use case needs.
pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) orders: Queue<Orders>,
    pub(crate) quotes: Queue<Quotes>,
    pub(crate) credits: Queue<Credits>,
    pub(crate) catalog: Catalog,
    pub(crate) pricing: Pricing,
    pub(crate) inventory: Inventory,
    pub(crate) payment: Payment,
    pub(crate) runner: Runner,
    pub(crate) watchers: Watchers,
    pub(crate) metrics: Metrics,
    pub(crate) shutdown: CancellationToken,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}

impl App {
    /// Reads an order for the service's own work.
    pub(crate) async fn load(&self, order_id: OrderId) -> Result<Order, Error> {
        find::order(&self.db, order_id)
            .await?
            .map(|row| row.order)
            .ok_or_else(|| orders::not_found(order_id))
    }

    /// Writes one change; watchers hear of it.
    pub(crate) async fn change(
        &self,
        ctx: &Ctx,
        change: Change,
    ) -> Result<Committed<Changed>, Error> {
        self.submit(ctx, Command::Change(Box::new(change))).await
    }

    /// Tells those who wait for a piece of work that its last commit ended it.
    pub(crate) fn at_rest(&self, id: WorkflowId, committed: &Committed<Changed>) {
        let order = match committed {
            Committed::Done(changed) => Some(&changed.order),
            Committed::Replayed { .. } => None,
        };
        self.watchers.at_rest(id, order);
    }

    /// Writes one command; watchers hear of it, and work that it started runs.
    pub(crate) async fn submit(
        &self,
        ctx: &Ctx,
        command: Command,
    ) -> Result<Committed<Changed>, Error> {
        let committed = self.orders.submit(ctx, command).await?;
        self.committed(&committed);
        Ok(committed)
    }

    /// What follows a commit: watchers hear of it, it is counted, and work that it started runs.
    fn committed(&self, committed: &Committed<Changed>) {
        if let Committed::Done(changed) = committed {
            self.watchers.changed(&changed.order);
            self.metrics.happened(&changed.order, &changed.events);
            for started in &changed.started {
                self.runner.kick(*started);
            }
        }
    }
}
