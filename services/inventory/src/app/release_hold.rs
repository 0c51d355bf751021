//! Ends a hold, or sees to it that one that has not come yet never will.

use std::collections::BTreeMap;
use std::sync::Arc;

use stoa_errors::Error;
use stoa_store::{Apply, BoxFuture, Member, Outcome, StoreError, Tx};
use stoa_types::{Ctx, HoldId, Ids, OrderId, boundary, mutant};

use super::App;
use super::ledger::Ledger;
use super::transition::{Settled, WEIGHT};
use crate::domain::{Hold, Transition};
use crate::store::holds::{self, Key};

/// Which hold is to be undone: that of this owner which was, or is to be, made under this key.
#[derive(Debug)]
pub(crate) struct Release {
    pub(crate) owner: OrderId,
    pub(crate) undoes: String,
    pub(crate) reason: String,
}

impl App {
    /// Ends a hold. One that was never made is recorded as canceled, so that it cannot be made any more.
    pub(crate) async fn release_hold(
        &self,
        ctx: &Ctx,
        release: Release,
    ) -> Result<Arc<Hold>, Error> {
        let committed = boundary!(
            "inventory.release.commit",
            self.release_hold.submit(ctx, release).await
        );
        self.settled(committed).await
    }
}

/// The command.
#[derive(Debug)]
pub(crate) struct ReleaseHold {
    ids: Arc<dyn Ids>,
}

impl ReleaseHold {
    pub(crate) fn new(ids: Arc<dyn Ids>) -> Self {
        Self { ids }
    }
}

impl Apply for ReleaseHold {
    type Command = Release;
    type Answer = Settled;
    const NAME: &'static str = "inventory.release_hold";

    fn weight(&self, _: &Release) -> usize {
        WEIGHT
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<Release>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<Settled>>, StoreError>> {
        Box::pin(async move {
            let Some(now) = members.first().map(|member| member.now) else {
                return Ok(Vec::new());
            };
            let keys = members
                .iter()
                .map(|Member { command, .. }| (command.owner, command.undoes.as_str()));
            let found = holds::by_keys(tx, &keys.collect()).await?;
            let mut ledger = Ledger::over(tx, found.values(), now).await?;
            let mut known: BTreeMap<Key, Hold> = found
                .into_values()
                .map(|hold| ((hold.owner, hold.key.clone()), hold))
                .collect();
            let mut outcomes = Vec::with_capacity(members.len());
            for Member { ctx, command, .. } in members {
                let (owner, key) = (command.owner, command.undoes.clone());
                outcomes.push(match named(&mut known, &(owner, key.clone())) {
                    Some(hold) => {
                        match ledger.shift(ctx, hold, Transition::Release, &command.reason) {
                            Ok(moved) => Settled::outcome(hold, moved),
                            Err(refusal) => Outcome::Refused(refusal),
                        }
                    }
                    None => {
                        let id = HoldId::new(self.ids.as_ref());
                        let tombstone = Hold::tombstone(id, owner, key.clone(), now);
                        ledger.bury(tombstone.clone());
                        let outcome = Settled::outcome(&tombstone, true);
                        known.insert((owner, key), tombstone);
                        outcome
                    }
                });
            }
            ledger.write(tx, self.ids.as_ref()).await?;
            Ok(outcomes)
        })
    }
}

/// The hold of this name. A key alone names nothing: whoever is not the owner undoes a hold of his own.
fn named<'k>(known: &'k mut BTreeMap<Key, Hold>, name: &Key) -> Option<&'k mut Hold> {
    if mutant!("inventory.hold.ownerless") {
        return known.values_mut().find(|hold| hold.key == name.1);
    }
    known.get_mut(name)
}
