//! Writes the end of holds whose time is over. Who needs their stock does so in his own transaction; the sweep does it for the
//! rest, so that what nobody asks for is free again as well.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use stoa_errors::Error;
use stoa_store::{Apply, BoxFuture, Committed, Member, Outcome, Queue, StoreError, Tx};
use stoa_types::{Ctx, HoldId, Ids};
use tokio_util::sync::CancellationToken;

use super::App;
use super::ledger::Ledger;
use crate::domain::{Hold, HoldState, Transition};
use crate::store::holds;

/// Holds that one transaction of the sweep ends at most.
const AT_ONCE: usize = 64;

/// Ends these holds, in the name of inventory; how many it ended. One whose level does not agree with it stays as it is, for the
/// doctor to find: nobody else's call fails for it.
pub(super) fn expire(
    ledger: &mut Ledger,
    overdue: &mut BTreeMap<HoldId, Hold>,
    ids: &dyn Ids,
) -> usize {
    if overdue.is_empty() {
        return 0;
    }
    let ctx = Arc::new(Ctx::background("inventory", ledger.now(), ids));
    let mut ended = 0;
    for hold in overdue.values_mut() {
        match ledger.shift(&ctx, hold, Transition::Expire, "EXPIRED") {
            Ok(moved) => ended += usize::from(moved),
            Err(error) => {
                tracing::error!(hold.id = %hold.id, cause = error.causes(), "an overdue hold does not agree with its level");
            }
        }
    }
    ended
}

impl App {
    /// Looks every `every` for holds whose time is over, until `shutdown`.
    pub(crate) async fn sweep(self: Arc<Self>, every: Duration, shutdown: CancellationToken) {
        let queue = self.db.queue(ExpireHolds {
            ids: Arc::clone(&self.ids),
        });
        while shutdown
            .run_until_cancelled(tokio::time::sleep(every))
            .await
            .is_some()
        {
            if let Err(error) = self.expire_overdue(&queue).await {
                tracing::warn!(%error, "overdue holds could not be ended; the next sweep tries again");
            }
        }
    }

    /// Ends every hold whose time is over, a few to a transaction; how many it ended.
    async fn expire_overdue(&self, queue: &Queue<ExpireHolds>) -> Result<usize, Error> {
        let mut sum = 0;
        while holds::any_overdue(&self.db, self.db.now()).await? {
            let ctx = Ctx::background("inventory", self.db.now(), self.ids.as_ref());
            let ended = match queue.submit(&ctx, ()).await? {
                Committed::Done(ended) => ended,
                Committed::Replayed { .. } => 0,
            };
            self.metrics.came_to(HoldState::Expired, ended);
            sum += ended;
            if ended == 0 {
                break;
            }
        }
        Ok(sum)
    }
}

/// The command of the sweep. It has a transaction of its own: it locks holds and levels, in their order, and shares none with
/// background work that has locked something before.
#[derive(Debug)]
struct ExpireHolds {
    ids: Arc<dyn Ids>,
}

impl Apply for ExpireHolds {
    type Command = ();
    type Answer = usize;
    const NAME: &'static str = "inventory.expire_holds";

    fn weight(&self, (): &()) -> usize {
        AT_ONCE
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<()>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<usize>>, StoreError>> {
        Box::pin(async move {
            let Some(now) = members.first().map(|member| member.now) else {
                return Ok(Vec::new());
            };
            let mut overdue = holds::overdue_first(tx, AT_ONCE, now).await?;
            let mut ledger = Ledger::over(tx, overdue.values(), now).await?;
            let ended = expire(&mut ledger, &mut overdue, self.ids.as_ref());
            ledger.write(tx, self.ids.as_ref()).await?;
            let outcome = Outcome::Done {
                resource: String::new(),
                answer: ended,
            };
            Ok(vec![outcome; members.len()])
        })
    }
}
