//! What the commands that move a hold have in common.

use std::collections::BTreeSet;
use std::sync::Arc;

use stoa_errors::Error;
use stoa_store::{Committed, Member, Outcome, StoreError, Tx};
use stoa_types::{HoldId, Ids};

use super::App;
use super::ledger::Ledger;
use super::refusal::{hold_not_found, reference_used};
use crate::domain::{Hold, HoldState, MovementKind, Transition};
use crate::store::{holds, movements};

/// Rows that a command on a hold writes, about: the hold, and of two lines a level, a movement and an event each. What it
/// really writes is known only once the hold is loaded; the committer learns from the time that it takes.
pub(super) const WEIGHT: usize = 7;

/// A hold, and whether it stands so because of this very call.
#[derive(Clone, Debug)]
pub(crate) struct Settled {
    pub(crate) hold: Arc<Hold>,
    pub(crate) moved: bool,
}

impl Settled {
    /// What a member whose hold stands so now is told.
    pub(super) fn outcome(hold: &Hold, moved: bool) -> Outcome<Self> {
        Outcome::Done {
            resource: hold.id.to_string(),
            answer: Self {
                hold: Arc::new(hold.clone()),
                moved,
            },
        }
    }
}

/// A hold by its id, what is to happen to it, and why.
#[derive(Clone, Debug)]
pub(crate) struct Move {
    pub(crate) hold: HoldId,
    pub(crate) transition: Transition,
    pub(crate) reason: String,
}

/// Moves the holds of a batch.
pub(super) async fn apply(
    tx: &Tx,
    ids: &dyn Ids,
    members: &[Member<Move>],
) -> Result<Vec<Outcome<Settled>>, StoreError> {
    let Some(now) = members.first().map(|member| member.now) else {
        return Ok(Vec::new());
    };
    let wanted: BTreeSet<HoldId> = members.iter().map(|member| member.command.hold).collect();
    let mut found = holds::by_ids(tx, &wanted).await?;
    let mut taken = shipped_before(tx, members).await?;
    let mut ledger = Ledger::over(tx, found.values(), now).await?;
    let mut outcomes = Vec::with_capacity(members.len());
    for Member { ctx, command, .. } in members {
        let Move {
            hold,
            transition,
            reason,
        } = command;
        outcomes.push(match found.get_mut(hold) {
            None => Outcome::Refused(hold_not_found(*hold)),
            Some(hold) if !is_free(&mut taken, hold, *transition) => {
                Outcome::Refused(reference_used(&reference(*transition)))
            }
            Some(hold) => match ledger.shift(ctx, hold, *transition, reason) {
                Ok(moved) => Settled::outcome(hold, moved),
                Err(refusal) => Outcome::Refused(refusal),
            },
        });
    }
    ledger.write(tx, ids).await?;
    Ok(outcomes)
}

/// The reference under which a shipment is booked; empty for every other transition.
fn reference(transition: Transition) -> String {
    match transition {
        Transition::Ship(fulfillment) => fulfillment.to_string(),
        _ => String::new(),
    }
}

/// The fulfilments among those of the batch with which goods have left.
async fn shipped_before(tx: &Tx, members: &[Member<Move>]) -> Result<BTreeSet<String>, StoreError> {
    let references = members
        .iter()
        .map(|member| reference(member.command.transition));
    let references: BTreeSet<String> = references.filter(|one| !one.is_empty()).collect();
    if references.is_empty() {
        return Ok(BTreeSet::new());
    }
    let wanted = references.iter().map(String::as_str).collect();
    let booked = movements::booked(tx, MovementKind::Ship, &wanted).await?;
    Ok(booked.into_keys().map(|(reference, _)| reference).collect())
}

/// Whether nothing else has left under the reference of this transition: a fulfilment ships one hold.
fn is_free(taken: &mut BTreeSet<String>, hold: &Hold, transition: Transition) -> bool {
    let ships = matches!(transition, Transition::Ship(_)) && hold.state == HoldState::Allocated;
    !ships || taken.insert(reference(transition))
}

impl App {
    /// What the caller of a command on a hold is told; a repeated call gets the hold as it is now.
    pub(super) async fn settled(
        &self,
        committed: Result<Committed<Settled>, Error>,
    ) -> Result<Arc<Hold>, Error> {
        match committed? {
            Committed::Done(Settled { hold, moved }) => {
                if moved {
                    self.metrics.came_to(hold.state, 1);
                }
                Ok(hold)
            }
            Committed::Replayed { resource } => Ok(Arc::new(self.get_hold(&resource).await?)),
        }
    }
}
