//! What the commands that move a hold have in common.

use std::collections::BTreeSet;
use std::sync::Arc;

use stoa_errors::Error;
use stoa_store::{Committed, Member, Outcome, StoreError, Tx};
use stoa_types::{HoldId, Ids};

use super::App;
use super::ledger::Ledger;
use super::refusal::hold_not_found;
use crate::domain::{Hold, Transition};
use crate::store::holds;

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
            Some(hold) => match ledger.shift(ctx, hold, *transition, reason) {
                Ok(moved) => Settled::outcome(hold, moved),
                Err(refusal) => Outcome::Refused(refusal),
            },
        });
    }
    ledger.write(tx, ids).await?;
    Ok(outcomes)
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
