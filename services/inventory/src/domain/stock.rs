//! The levels that a batch works on.

use std::collections::{BTreeMap, BTreeSet};

use stoa_types::{LocationId, Sku, Timestamp, mutant};

use super::level::{Level, LevelError};
use super::movement::Movement;

/// Where something lies: the name of a level, and the order in which levels are locked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    pub(crate) sku: Sku,
    pub(crate) location: LocationId,
}

/// Levels as loaded, and as they are after what was booked since.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stock {
    slots: BTreeMap<Place, Slot>,
    changed: BTreeSet<Place>,
}

#[derive(Clone, Debug)]
struct Slot {
    before: Level,
    now: Level,
}

impl Slot {
    /// The level on which a decision stands.
    fn seen(&self) -> &Level {
        if mutant!("inventory.blind_batch") {
            &self.before
        } else {
            &self.now
        }
    }
}

/// A level that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) place: Place,
    /// How it is from now on, its version raised.
    pub(crate) level: Level,
    /// Whether nothing was ever booked there before.
    pub(crate) is_new: bool,
    /// Whether a count found (more) units missing below what was promised; that takes a version of its own, the last one.
    pub(crate) shortfall_raised: bool,
}

impl Stock {
    /// The levels as loaded.
    pub(crate) fn new(levels: impl IntoIterator<Item = (Place, Level)>) -> Self {
        let slots = levels.into_iter().map(|(place, level)| {
            let before = level.clone();
            (place, Slot { before, now: level })
        });
        Self {
            slots: slots.collect(),
            changed: BTreeSet::new(),
        }
    }

    /// The level as it is now, if anything was ever booked there.
    pub(crate) fn level(&self, place: &Place) -> Option<&Level> {
        self.slots.get(place).map(Slot::seen)
    }

    /// Books all of the movements or none of them.
    pub(crate) fn book(
        &mut self,
        movements: &[Movement],
        now: Timestamp,
    ) -> Result<(), (Place, LevelError)> {
        let mut staged: BTreeMap<&Place, Level> = BTreeMap::new();
        for movement in movements {
            let (place, kind) = (&movement.place, movement.kind);
            let level = match staged.get(place).or_else(|| self.level(place)) {
                Some(level) => level.after(kind.delta(movement.units), kind.nature()),
                None => Level::empty(now).after(kind.delta(movement.units), kind.nature()),
            };
            staged.insert(place, level.map_err(|error| (place.clone(), error))?);
        }
        for (place, level) in staged {
            self.changed.insert(place.clone());
            match self.slots.get_mut(place) {
                Some(slot) => slot.now = level,
                None => {
                    let before = Level::empty(now);
                    self.slots
                        .insert(place.clone(), Slot { before, now: level });
                }
            }
        }
        Ok(())
    }

    /// Whether nothing was booked.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.changed.is_empty()
    }

    /// The net effect, each level once, in the order in which levels are locked.
    pub(crate) fn changes(&self, now: Timestamp) -> Vec<Change> {
        let changed = self.changed.iter();
        changed
            .filter_map(|place| {
                let slot = self.slots.get(place)?;
                let shortfall_raised = slot.now.shortfall > slot.before.shortfall;
                let raised = 1 + i64::from(shortfall_raised);
                Some(Change {
                    place: place.clone(),
                    is_new: slot.before.version == 0,
                    level: Level {
                        version: slot.before.version + raised,
                        updated_at: now,
                        ..slot.now.clone()
                    },
                    shortfall_raised,
                })
            })
            .collect()
    }
}
