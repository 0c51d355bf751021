//! What the commands that change what lies somewhere have in common: they are booked under a reference, once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use stoa_errors::Error;
use stoa_store::{Committed, Member, Outcome, StoreError, Tx};
use stoa_types::{Ids, LocationId, Sku};

use super::App;
use super::ledger::Ledger;
use super::refusal::{location_not_found, reference_used};
use crate::domain::{Level, Locations, Movement, MovementKind, Place};
use crate::store::movements::{self, Receipts};
use crate::store::{levels, locations};

/// The level of each sku that was booked, by sku.
pub(crate) type Levels = Vec<(Place, Level)>;

/// Goods that came in, came back, or were counted.
#[derive(Debug)]
pub(crate) struct Receipt {
    /// A location's id or code; empty: the one that comes first.
    pub(crate) location: String,
    pub(crate) reference: String,
    /// Units by sku; a count's are signed.
    pub(crate) lines: BTreeMap<Sku, i64>,
    pub(crate) reason: String,
}

impl Receipt {
    /// Of each sku a level and its event, a movement.
    pub(super) fn weight(&self) -> usize {
        3 * self.lines.len()
    }

    fn places(&self, location: LocationId) -> impl Iterator<Item = Place> + '_ {
        self.lines.keys().map(move |sku| Place {
            sku: sku.clone(),
            location,
        })
    }

    fn movements(&self, kind: MovementKind, location: LocationId) -> Vec<Movement> {
        let lines = self.places(location).zip(self.lines.values()).enumerate();
        lines
            .map(|(line, (place, units))| Movement {
                place,
                kind,
                units: *units,
                reference: self.reference.clone(),
                line,
                reason: self.reason.clone(),
            })
            .collect()
    }
}

/// What is decided about a member: where his lines are booked, now or before.
type Decided = Result<LocationId, Error>;

/// Books the receipts of a batch.
pub(super) async fn apply(
    tx: &Tx,
    ids: &dyn Ids,
    kind: MovementKind,
    members: &[Member<Receipt>],
) -> Result<Vec<Outcome<Levels>>, StoreError> {
    let Some(now) = members.first().map(|member| member.now) else {
        return Ok(Vec::new());
    };
    let locations = locations::all(tx).await?;
    let commands = || members.iter().map(|member| &member.command);
    let references = commands().map(|receipt| receipt.reference.as_str());
    let mut booked = movements::booked(tx, kind, &references.collect()).await?;
    let places: BTreeSet<Place> = commands()
        .filter_map(|receipt| Some((receipt, whereabouts(kind, receipt, &locations, &booked)?)))
        .flat_map(|(receipt, location)| receipt.places(location))
        .collect();
    let loaded = levels::at_places(tx, &places.iter().collect()).await?;
    let mut ledger = Ledger::new(loaded.clone(), now);
    let mut decided: Vec<Decided> = Vec::with_capacity(members.len());
    for member in members {
        decided.push(decide(kind, member, &locations, &mut booked, &mut ledger));
    }
    let changed = ledger.write(tx, ids).await?;
    let now = |place: &Place| changed.get(place).or_else(|| loaded.level(place)).cloned();
    let outcomes = decided.into_iter().zip(commands());
    Ok(outcomes
        .map(|(decided, receipt)| match decided {
            Err(refusal) => Outcome::Refused(refusal),
            Ok(location) => Outcome::Done {
                resource: format!("{location}/{}", receipt.reference),
                answer: receipt
                    .places(location)
                    .filter_map(|place| now(&place).map(|level| (place, level)))
                    .collect(),
            },
        })
        .collect())
}

/// Where a receipt belongs: a return is booked once wherever it came back to, everything else once per location.
fn whereabouts(
    kind: MovementKind,
    receipt: &Receipt,
    locations: &Locations,
    booked: &Receipts,
) -> Option<LocationId> {
    let before = match kind {
        MovementKind::Return => earlier(&receipt.reference, booked),
        _ => None,
    };
    before.or_else(|| locations.find(&receipt.location).map(|found| found.id))
}

/// The location at which this reference was booked first.
fn earlier(reference: &str, booked: &Receipts) -> Option<LocationId> {
    let all = (
        Bound::Included((reference.to_owned(), LOWEST)),
        Bound::Unbounded,
    );
    let ((found, location), _) = booked.range(all).next()?;
    (found == reference).then_some(*location)
}

/// No location is less.
const LOWEST: LocationId = LocationId::from_uuid(stoa_types::Uuid::nil());

fn decide(
    kind: MovementKind,
    member: &Member<Receipt>,
    locations: &Locations,
    booked: &mut Receipts,
    ledger: &mut Ledger,
) -> Decided {
    let Member { ctx, command, .. } = member;
    let Some(location) = whereabouts(kind, command, locations, booked) else {
        return Err(location_not_found(&command.location));
    };
    let name = (command.reference.clone(), location);
    match booked.get(&name) {
        Some(lines) if *lines == command.lines => Ok(location),
        Some(_) => Err(reference_used(&command.reference)),
        None => {
            ledger.book(ctx, command.movements(kind, location))?;
            booked.insert(name, command.lines.clone());
            Ok(location)
        }
    }
}

impl App {
    /// What the caller is told; a repeated call gets the levels as they are now.
    pub(super) async fn booked(
        &self,
        kind: MovementKind,
        committed: Result<Committed<Levels>, Error>,
    ) -> Result<Levels, Error> {
        let resource = match committed? {
            Committed::Done(levels) => return Ok(levels),
            Committed::Replayed { resource } => resource,
        };
        let named = resource.split_once('/').and_then(|(location, reference)| {
            Some((location.parse::<LocationId>().ok()?, reference))
        });
        match named {
            Some((location, reference)) => {
                Ok(movements::levels_of(&self.db, kind, reference, location).await?)
            }
            None => Err(Error::internal(StoreError::Contract(
                "a key of inventory holds no receipt",
            ))),
        }
    }
}
