//! What inventory can check alone, in one read transaction: the ledger of movements against levels and holds.
//!
//! Read in full, levels and holds are compared with all of the ledger. Otherwise the sums of the closing rows stand for what
//! lies below them, and holds are compared one by one, as far as they have changed since they were found in order.

use std::collections::{BTreeMap, BTreeSet};

use stoa_api::ops::v1::{InvariantCheck, Violation};
use stoa_store::{Snapshot, StoreError};
use stoa_types::OrderId;

use crate::domain::{Hold, HoldState, Place};
use crate::store::audit::{self, Audited, Booked, Reach, Units};

/// Levels looked at by one statement.
const CHUNK: usize = 1_000;
/// Orders whose holds are read by one statement: a hold may have hundreds of lines.
const AT_ONCE: u64 = 100;
/// Violations that are listed; all are counted.
const LISTED: usize = 100;

fn empty(name: &str) -> InvariantCheck {
    InvariantCheck {
        name: name.to_owned(),
        ..InvariantCheck::default()
    }
}

/// Counts what was examined, and keeps the first that break the invariant.
fn found(check: &mut InvariantCheck, place: &Place, broken: Option<String>, repair: &str) {
    check.examined += 1;
    let Some(detail) = broken else { return };
    check.violation_count += 1;
    if check.violations.len() < LISTED {
        check.violations.push(Violation {
            subject: format!("{} at {}", place.sku, place.location),
            detail,
            repair: repair.to_owned(),
        });
    }
}

/// What repairs a level that promises more than lies there.
const COUNT: &str = "count, then AdjustStock";

/// Runs all checks on what one read transaction sees.
pub(super) async fn check(
    snapshot: &Snapshot,
    full: bool,
) -> Result<Vec<InvariantCheck>, StoreError> {
    let mut checks = Checks::new();
    let mut kept = BTreeMap::new();
    if full {
        kept = audit::kept(snapshot).await?;
    }
    let mut after: Option<Place> = None;
    let reach = Reach { limit: CHUNK, full };
    loop {
        let chunk = audit::levels(snapshot, after.as_ref(), reach).await?;
        let Some(last) = chunk.last() else { break };
        after = Some(last.place.clone());
        for audited in &chunk {
            checks.level(audited, full);
            if full {
                let kept = kept.remove(&audited.place).unwrap_or_default();
                let broken = unlike_holds(audited, kept);
                found(&mut checks.holds, &audited.place, broken, "");
            }
        }
    }
    if full {
        checks.leftovers(snapshot, kept).await?;
    } else {
        checks.open_holds(snapshot).await?;
    }
    Ok(checks.done())
}

/// The checks on their way.
struct Checks {
    movements: InvariantCheck,
    holds: InvariantCheck,
    oversell: InvariantCheck,
    negative: InvariantCheck,
    closings: InvariantCheck,
}

impl Checks {
    fn new() -> Self {
        Self {
            movements: empty("movements_equal_stock"),
            holds: empty("holds_equal_held"),
            oversell: empty("no_oversell"),
            negative: empty("no_negative"),
            closings: empty("closing_rows"),
        }
    }

    fn done(self) -> Vec<InvariantCheck> {
        vec![
            self.movements,
            self.holds,
            self.oversell,
            self.negative,
            self.closings,
        ]
    }

    /// What one level and its movements say. What a broken closing row says is not believed.
    fn level(&mut self, audited: &Audited, full: bool) {
        let place = &audited.place;
        let broken = broken_closing(audited, full);
        self.movements.rows += 1 + audited.movements;
        if full || broken.is_none() {
            let wrong = unlike_movements(audited, full);
            found(&mut self.movements, place, wrong, "");
        }
        found(&mut self.closings, place, broken, "");
        self.closings.rows += i64::from(audited.closing.is_some());
        found(&mut self.oversell, place, oversold(audited), COUNT);
        found(&mut self.negative, place, below_nothing(audited), COUNT);
        self.oversell.rows += 1;
        self.negative.rows += 1;
    }

    /// Movements and holds at places that have no level.
    async fn leftovers(
        &mut self,
        snapshot: &Snapshot,
        kept: BTreeMap<Place, (i64, i64)>,
    ) -> Result<(), StoreError> {
        for place in audit::orphans(snapshot).await? {
            let detail = "there are movements and no level".to_owned();
            found(&mut self.movements, &place, Some(detail), "");
        }
        for (place, (held, allocated)) in kept {
            let detail =
                format!("holds keep {held} and promise {allocated}, and there is no level");
            found(&mut self.holds, &place, Some(detail), "");
        }
        Ok(())
    }

    /// The holds that have changed since they were found in order, each against its own movements; and movements that
    /// keep something for no such hold.
    async fn open_holds(&mut self, snapshot: &Snapshot) -> Result<(), StoreError> {
        let mut after: Option<OrderId> = None;
        let mut known: BTreeSet<String> = BTreeSet::new();
        loop {
            let owners = audit::open_owners(snapshot, after, AT_ONCE).await?;
            let Some(last) = owners.last() else { break };
            after = Some(*last);
            let holds = audit::holds_of(snapshot, &owners).await?;
            let holds: Vec<Hold> = holds.into_values().flatten().collect();
            let references: Vec<String> = holds.iter().flat_map(references).collect();
            let (booked, movements) = audit::booked(snapshot, &references).await?;
            self.holds.rows += movements;
            for hold in &holds {
                self.holds.rows += 1;
                for (place, booked) in by_place(hold, &booked) {
                    let wanted = kept_by(hold, &place);
                    let wrong = (wanted != booked).then(|| {
                        let state = hold.state.name();
                        format!(
                            "hold {} is {state} and keeps {wanted:?} (on hand, allocated, held), its movements come to {booked:?}",
                            hold.id
                        )
                    });
                    found(&mut self.holds, &place, wrong, "");
                }
            }
            known.extend(references);
        }
        for (reference, place) in audit::new_keeping(snapshot).await? {
            self.holds.rows += 1;
            if !known.contains(&reference) {
                let detail = format!("{reference} keeps goods there, and is no hold");
                found(&mut self.holds, &place, Some(detail), "");
            }
        }
        Ok(())
    }
}

/// Under what a hold's movements are booked.
fn references(hold: &Hold) -> impl Iterator<Item = String> + use<> {
    let shipped = hold.fulfillment.map(|id| id.to_string());
    [Some(hold.id.to_string()), shipped].into_iter().flatten()
}

/// What the movements of a hold come to at each place that it or they name.
fn by_place(hold: &Hold, booked: &Booked) -> BTreeMap<Place, Units> {
    let lines = hold.lines.iter();
    let mut places: BTreeMap<Place, Units> = lines
        .map(|line| (line.place.clone(), Units::default()))
        .collect();
    for reference in references(hold) {
        for (place, units) in booked.get(&reference).into_iter().flatten() {
            let sum = places.entry(place.clone()).or_default();
            *sum = (sum.0 + units.0, sum.1 + units.1, sum.2 + units.2);
        }
    }
    places
}

/// What the movements of a hold that stands so must come to at a place.
fn kept_by(hold: &Hold, place: &Place) -> Units {
    let lines = hold.lines.iter().filter(|line| line.place == *place);
    let units: i64 = lines.map(|line| line.quantity).sum();
    match hold.state {
        HoldState::Held => (0, 0, units),
        HoldState::Allocated => (0, units, 0),
        HoldState::Shipped => (-units, 0, 0),
        HoldState::Released | HoldState::Expired | HoldState::Deallocated | HoldState::Canceled => {
            (0, 0, 0)
        }
    }
}

/// A closing row whose seal does not hold, or, read in full, that is not the sum of what it stands for.
fn broken_closing(audited: &Audited, full: bool) -> Option<String> {
    let closing = audited.closing.as_ref()?;
    if !closing.is_whole(&audited.place) {
        return Some("the closing row is not as it was sealed".to_owned());
    }
    (full && closing.units != audited.below).then(|| {
        format!(
            "the closing row says {:?} (on hand, allocated, held), the movements up to {} come to {:?}",
            closing.units, closing.seq, audited.below
        )
    })
}

fn unlike_movements(audited: &Audited, full: bool) -> Option<String> {
    let level = &audited.level;
    let stands = (level.on_hand, level.allocated, level.held);
    let below = match (full, &audited.closing) {
        (true, _) => audited.below,
        (false, Some(closing)) => closing.units,
        (false, None) => Units::default(),
    };
    let moved = audited.moved;
    let come = (below.0 + moved.0, below.1 + moved.1, below.2 + moved.2);
    (stands != come)
        .then(|| format!("on hand, allocated, held are {stands:?}, the movements come to {come:?}"))
}

fn unlike_holds(audited: &Audited, kept: (i64, i64)) -> Option<String> {
    let stands = (audited.level.held, audited.level.allocated);
    (stands != kept)
        .then(|| format!("held, allocated are {stands:?}, the living holds come to {kept:?}"))
}

fn oversold(audited: &Audited) -> Option<String> {
    let level = &audited.level;
    let least = -(level.backorder_limit + level.shortfall);
    (level.available() < least)
        .then(|| format!("{} are available, the least is {least}", level.available()))
}

/// What lies somewhere is below nothing only where goods left that a count had not found.
fn below_nothing(audited: &Audited) -> Option<String> {
    let level = &audited.level;
    let least = -(level.backorder_limit + level.shortfall);
    let parts = [
        ("on_hand", level.on_hand, least),
        ("allocated", level.allocated, 0),
        ("held", level.held, 0),
        ("shortfall", level.shortfall, 0),
    ];
    let wrong = parts.into_iter().find(|(_, units, least)| units < least);
    wrong.map(|(name, units, _)| format!("{name} is {units}"))
}
