//! A batch on its way: the levels it works on, and everything that it will write.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use stoa_errors::Error;
use stoa_events::NewEvent;
use stoa_store::{StoreError, Tx};
use stoa_types::{Ctx, Ids, Timestamp, mutant};

use super::refusal::unbookable;
use crate::domain::{Hold, Level, Movement, MovementKind, Place, Step, Stock, Transition};
use crate::events::{stock_level_changed, stock_shortfall};
use crate::store::{holds, levels, movements};

/// What a batch has loaded and decided. Nothing is written before [`Ledger::write`].
pub(crate) struct Ledger {
    pub(crate) stock: Stock,
    now: Timestamp,
    movements: Vec<(String, Movement)>,
    /// Who changed a level last: in his name its event is told.
    tellers: BTreeMap<Place, Arc<Ctx>>,
    made: Vec<Hold>,
    moved: Vec<Hold>,
}

impl Ledger {
    pub(crate) fn new(stock: Stock, now: Timestamp) -> Self {
        Self {
            stock,
            now,
            movements: Vec::new(),
            tellers: BTreeMap::new(),
            made: Vec::new(),
            moved: Vec::new(),
        }
    }

    /// A ledger over the levels of these holds.
    pub(crate) async fn over<'h>(
        tx: &Tx,
        held: impl Iterator<Item = &'h Hold>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let places: BTreeSet<&Place> = held
            .flat_map(|hold| hold.lines.iter().map(|line| &line.place))
            .collect();
        Ok(Self::new(levels::at_places(tx, &places).await?, now))
    }

    /// The time of the batch.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Books all of the movements, in the name of `ctx`, or none.
    pub(crate) fn book(&mut self, ctx: &Arc<Ctx>, booked: Vec<Movement>) -> Result<(), Error> {
        self.stock.book(&booked, self.now).map_err(unbookable)?;
        let actor = ctx.actor();
        for movement in booked {
            self.tellers.insert(movement.place.clone(), Arc::clone(ctx));
            self.movements.push((actor.clone(), movement));
        }
        Ok(())
    }

    /// Makes a hold: its units are kept.
    pub(crate) fn make(&mut self, ctx: &Arc<Ctx>, hold: Hold) -> Result<(), Error> {
        self.book(ctx, hold.movements(MovementKind::Hold, ""))?;
        self.made.push(hold);
        Ok(())
    }

    /// Remembers that a hold was undone before it was made.
    pub(crate) fn bury(&mut self, tombstone: Hold) {
        self.made.push(tombstone);
    }

    /// Moves a hold, if there is anything to do; says whether there was.
    pub(crate) fn shift(
        &mut self,
        ctx: &Arc<Ctx>,
        hold: &mut Hold,
        transition: Transition,
        reason: &str,
    ) -> Result<bool, Error> {
        let Step::To(state) = hold.step(transition)? else {
            return Ok(false);
        };
        let moved = hold.moved(transition, state, self.now);
        self.book(ctx, moved.movements(transition.movement(), reason))?;
        self.moved.push(moved.clone());
        *hold = moved;
        Ok(true)
    }

    /// Writes the net effect: levels, movements, holds, events, one statement each. Gives the levels that changed.
    pub(crate) async fn write(
        self,
        tx: &Tx,
        ids: &dyn Ids,
    ) -> Result<BTreeMap<Place, Level>, StoreError> {
        holds::add(tx, &self.made).await?;
        holds::save(tx, &self.moved).await?;
        if self.stock.is_unchanged() {
            return Ok(BTreeMap::new());
        }
        let changes = self.stock.changes(self.now);
        levels::save(tx, &changes).await?;
        movements::add(tx, &self.movements, self.now, ids).await?;
        let mut events: Vec<(Arc<Ctx>, NewEvent)> = Vec::with_capacity(changes.len());
        for change in &changes {
            let Some(ctx) = self.tellers.get(&change.place) else {
                return Err(StoreError::Contract("a level changed without a movement"));
            };
            events.push((Arc::clone(ctx), stock_level_changed::event(change)));
            events.extend(stock_shortfall::event(change).map(|event| (Arc::clone(ctx), event)));
        }
        // Behind the lock of a row stands the version of its event, of which there is one; the mutant forgets both.
        if !mutant!("inventory.no_row_lock") {
            stoa_events::append(tx, &events, self.now, ids).await?;
        }
        let changed = changes.into_iter();
        Ok(changed.map(|change| (change.place, change.level)).collect())
    }
}
