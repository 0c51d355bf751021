//! Keeps stock for an order: all or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use stoa_api::inventory::v1::reason;
use stoa_errors::Error;
use stoa_store::{Apply, BoxFuture, Member, Outcome, StoreError, Tx};
use stoa_types::{ChannelId, Ctx, HoldId, Ids, LocationId, OrderId, Sku, boundary};

use super::App;
use super::expire_holds::expire;
use super::ledger::Ledger;
use super::metrics::Metrics;
use super::refusal::canceled_before;
use super::transition::Settled;
use crate::domain::{Demand, Hold, HoldState, source};
use crate::store::holds::{self, Key};
use crate::store::{levels, locations};

/// What is to be kept, and for whom.
#[derive(Debug)]
pub(crate) struct NewHold {
    pub(crate) owner: OrderId,
    /// The request id: owner and key name the hold for good, and a release names them to undo it.
    pub(crate) key: String,
    pub(crate) channel: ChannelId,
    pub(crate) demand: Demand,
    /// After how long it may be expired; none: never.
    pub(crate) ttl: Option<Duration>,
}

impl App {
    /// Keeps stock; a repeated call gets the hold as it is now.
    pub(crate) async fn create_hold(&self, ctx: &Ctx, new: NewHold) -> Result<Arc<Hold>, Error> {
        let committed = boundary!(
            "inventory.hold.commit",
            self.create_hold.submit(ctx, new).await
        );
        if let Err(refusal) = &committed
            && refusal.reason == reason::OUT_OF_STOCK
        {
            self.metrics.lacked();
        }
        self.settled(committed).await
    }
}

/// The command.
#[derive(Debug)]
pub(crate) struct CreateHold {
    ids: Arc<dyn Ids>,
    metrics: Metrics,
}

impl CreateHold {
    pub(crate) fn new(ids: Arc<dyn Ids>, metrics: Metrics) -> Self {
        Self { ids, metrics }
    }

    /// Decides one member: a hold of this name stands already, or there is stock for it, or there is not.
    fn decide(
        &self,
        member: &Member<NewHold>,
        known: &mut BTreeMap<Key, Hold>,
        ledger: &mut Ledger,
        order: &[LocationId],
    ) -> Outcome<Settled> {
        let Member { ctx, now, command } = member;
        let key: Key = (command.owner, command.key.clone());
        match known.get(&key) {
            Some(hold) if hold.state == HoldState::Canceled => {
                return Outcome::Refused(canceled_before());
            }
            Some(hold) => return Settled::outcome(hold, false),
            None => {}
        }
        let lines = match source(&command.demand, &ledger.stock, order) {
            Ok(lines) => lines,
            Err(lack) => return Outcome::Refused(lack.into()),
        };
        let hold = Hold {
            id: HoldId::new(self.ids.as_ref()),
            owner: command.owner,
            key: command.key.clone(),
            channel: Some(command.channel),
            state: HoldState::Held,
            lines,
            expires_at: command.ttl.map(|ttl| now.plus(ttl)),
            fulfillment: None,
            version: 1,
            created_at: *now,
            updated_at: *now,
        };
        if let Err(refusal) = ledger.make(ctx, hold.clone()) {
            return Outcome::Refused(refusal);
        }
        let outcome = Settled::outcome(&hold, true);
        known.insert(key, hold);
        outcome
    }
}

impl Apply for CreateHold {
    type Command = NewHold;
    type Answer = Settled;
    const NAME: &'static str = "inventory.create_hold";

    /// The hold, and of each sku a line, a level and its event, a movement.
    fn weight(&self, new: &NewHold) -> usize {
        1 + 3 * new.demand.len()
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<NewHold>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<Settled>>, StoreError>> {
        Box::pin(async move {
            let Some(now) = members.first().map(|member| member.now) else {
                return Ok(Vec::new());
            };
            let commands = || members.iter().map(|member| &member.command);
            let keys = commands().map(|new| (new.owner, new.key.as_str()));
            let known = holds::known(tx, &keys.collect()).await?;
            let known = known.into_values();
            let mut known: BTreeMap<Key, Hold> = known
                .map(|hold| ((hold.owner, hold.key.clone()), hold))
                .collect();
            let wanted: BTreeSet<&Sku> = commands()
                .flat_map(|new| new.demand.iter().map(|(sku, _)| sku))
                .collect();
            let mut overdue = holds::overdue(tx, &wanted, now).await?;
            let order = locations::all(tx).await?.order();
            // What is overdue may keep other skus as well; their levels change with it.
            let theirs: Vec<Sku> = overdue
                .values()
                .flat_map(|hold| hold.lines.iter().map(|line| line.place.sku.clone()))
                .collect();
            let skus: BTreeSet<&Sku> = wanted.into_iter().chain(&theirs).collect();
            let mut ledger = Ledger::new(levels::of_skus(tx, &skus).await?, now);
            let expired = expire(&mut ledger, &mut overdue, self.ids.as_ref());
            for hold in overdue.into_values() {
                if let Some(known) = known.get_mut(&(hold.owner, hold.key.clone())) {
                    *known = hold;
                }
            }
            let mut outcomes = Vec::with_capacity(members.len());
            for member in members {
                outcomes.push(self.decide(member, &mut known, &mut ledger, &order));
            }
            ledger.write(tx, self.ids.as_ref()).await?;
            self.metrics.came_to(HoldState::Expired, expired);
            Ok(outcomes)
        })
    }
}
