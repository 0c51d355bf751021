//! Writes the end of holds whose time is over. Who needs their stock does so in his own transaction; the sweep does it for the
//! rest, so that what nobody asks for is free again as well.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use stoa_store::{BoxFuture, StoreError, Tx};
use stoa_types::{Ctx, HoldId, Ids, Timestamp};
use tokio_util::sync::CancellationToken;

use super::App;
use super::ledger::Ledger;
use crate::domain::{Hold, HoldState, Transition};
use crate::store::holds;

/// Holds that one transaction of the sweep ends at most.
const AT_ONCE: usize = 64;

/// Ends these holds, in the name of inventory; how many there were.
pub(super) fn expire(
    ledger: &mut Ledger,
    overdue: &mut BTreeMap<HoldId, Hold>,
    ids: &dyn Ids,
) -> Result<usize, StoreError> {
    if overdue.is_empty() {
        return Ok(0);
    }
    let ctx = Arc::new(Ctx::background("inventory", ledger.now(), ids));
    for hold in overdue.values_mut() {
        ledger.shift(&ctx, hold, Transition::Expire, "EXPIRED")?;
    }
    Ok(overdue.len())
}

impl App {
    /// Looks every `every` for holds whose time is over, until `shutdown`.
    pub(crate) async fn sweep(self: Arc<Self>, every: Duration, shutdown: CancellationToken) {
        while shutdown
            .run_until_cancelled(tokio::time::sleep(every))
            .await
            .is_some()
        {
            if let Err(error) = self.expire_overdue().await {
                tracing::warn!(%error, "overdue holds could not be ended; the next sweep tries again");
            }
        }
    }

    /// Ends every hold whose time is over, a few to a transaction; how many there were.
    pub(crate) async fn expire_overdue(&self) -> Result<usize, StoreError> {
        let mut sum = 0;
        while holds::any_overdue(&self.db, self.db.now()).await? {
            let (ids, now) = (Arc::clone(&self.ids), self.db.now());
            let ended = self
                .db
                .write("inventory.expire_holds", move |tx| {
                    expire_some(tx, Arc::clone(&ids), now)
                })
                .await?;
            self.metrics.came_to(HoldState::Expired, ended);
            sum += ended;
        }
        Ok(sum)
    }
}

fn expire_some(
    tx: &Tx,
    ids: Arc<dyn Ids>,
    now: Timestamp,
) -> BoxFuture<'_, Result<usize, StoreError>> {
    Box::pin(async move {
        let mut overdue = holds::overdue_first(tx, AT_ONCE, now).await?;
        let mut ledger = Ledger::over(tx, overdue.values(), now).await?;
        let ended = expire(&mut ledger, &mut overdue, ids.as_ref())?;
        ledger.write(tx, ids.as_ref()).await?;
        Ok(ended)
    })
}
