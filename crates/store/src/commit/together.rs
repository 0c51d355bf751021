//! How the command types and the background work that wait share one transaction.
//!
//! What waits in a lane of a file at one moment is committed at once: a COMMIT costs as much for one batch as for five. Each batch
//! does its work in turn and sees what those before it wrote; nobody is answered before all of it stands. When one fails, all is
//! undone, and each goes alone, where it is repeated and halved as it needs.
//!
//! On a server each batch has a transaction of its own: it locks its rows in one order, and two batches behind one another would
//! not.

use std::time::{Duration, Instant};

use futures::future::BoxFuture;

use super::committer::{Committer, Round, Turn};
use super::lane::{Lane, Share};
use crate::{Engine, StoreError, Tx};

/// What one transaction takes of those who wait for one purpose.
pub(super) trait Part: Send {
    /// The command type, or what the background work is called.
    fn name(&self) -> &'static str;
    /// How many members it has; those that were answered from their keys are no more among them.
    fn members(&self) -> usize;
    /// Whether the transaction needs a mark, because not every member finds itself by a key.
    fn is_marked(&self) -> bool;
    /// Does its work inside of a transaction; it may be done again in another one.
    fn attempt<'t>(
        &'t mut self,
        lane: &'t Lane,
        tx: &'t Tx,
        left: Duration,
    ) -> BoxFuture<'t, Result<(), StoreError>>;
    /// What its last attempt did stands: every waiter is answered.
    fn committed(self: Box<Self>, lane: &Lane);
    /// Nobody could say in time whether it stands: every waiter is told to come again.
    fn unresolved(self: Box<Self>, lane: &Lane);
    /// Does it in transactions of its own, to its end: every waiter is answered.
    fn alone<'t>(self: Box<Self>, lane: &'t Lane) -> BoxFuture<'t, ()>
    where
        Self: 't;
}

/// Why nobody was answered yet.
enum Left {
    /// Nothing of it stands, as far as members without a key are concerned.
    Undone(StoreError),
    /// The outcome of the commit is not known.
    Unresolved,
}

impl Committer {
    /// Runs what was taken to its end, on a file together with whatever else waits.
    pub(super) async fn run<'a>(
        &'a self,
        first: Box<dyn Part + 'a>,
        turn: &mut Turn,
        round: &mut Round,
    ) {
        let shares = self.lane.connections().engine == Engine::Sqlite;
        let second = if shares { self.take(turn, round) } else { None };
        let Some(second) = second else {
            return first.alone(&self.lane).await;
        };
        let mut parts = vec![first, second];
        match self.together(&mut parts, turn, round).await {
            Ok(()) => {
                for part in parts {
                    part.committed(&self.lane);
                }
            }
            Err(Left::Undone(error)) => {
                for part in parts {
                    self.lane.retried(part.name(), &error);
                    part.alone(&self.lane).await;
                }
            }
            Err(Left::Unresolved) => {
                for part in parts {
                    part.unresolved(&self.lane);
                }
            }
        }
    }

    /// One transaction for these and for what comes until its time is over, each command type and the background work once.
    async fn together<'a>(
        &'a self,
        parts: &mut Vec<Box<dyn Part + 'a>>,
        turn: &mut Turn,
        round: &mut Round,
    ) -> Result<(), Left> {
        let (lane, limits) = (&*self.lane, self.lane.limits());
        let started = Instant::now();
        let tx = lane.begin().await.map_err(Left::Undone)?;
        let mut shares = Vec::new();
        let (mut marked, mut place) = (false, 0);
        while let Some(part) = parts.get_mut(place) {
            let before = tx.statements();
            let left = limits.batch.saturating_sub(started.elapsed());
            if let Err(error) = part.attempt(lane, &tx, left).await {
                tx.rollback().await;
                return Err(Left::Undone(error));
            }
            if part.members() > 0 {
                marked |= part.is_marked();
                shares.push(Share {
                    name: part.name(),
                    members: part.members(),
                    statements: tx.statements() - before,
                });
            }
            place += 1;
            if place == parts.len() && started.elapsed() < limits.work {
                parts.extend(self.take(turn, round));
            }
        }
        if shares.is_empty() {
            tx.rollback().await;
            return Ok(());
        }
        let ended = lane.commit(shares, tx, marked).await;
        ended.map_err(|error| match error {
            StoreError::Slow(_) => Left::Unresolved,
            other => Left::Undone(other),
        })
    }
}
