//! Where stock is kept, and which location comes first.

use stoa_types::{LocationId, Timestamp};

/// A place where stock is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) id: LocationId,
    /// The merchant's own short name, unique.
    pub(crate) code: String,
    pub(crate) title: String,
    /// ISO 3166-1 alpha-2, or empty.
    pub(crate) country_code: String,
    /// The lowest is taken from first.
    pub(crate) priority: i64,
    pub(crate) version: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// All locations of a merchant, the one to take from first at the front: by priority, then code.
#[derive(Clone, Debug, Default)]
pub(crate) struct Locations(Vec<Location>);

impl Locations {
    /// Locations in any order.
    pub(crate) fn new(mut all: Vec<Location>) -> Self {
        all.sort_by(|a, b| (a.priority, &a.code).cmp(&(b.priority, &b.code)));
        Self(all)
    }

    /// Their ids, in order.
    pub(crate) fn order(&self) -> Vec<LocationId> {
        self.0.iter().map(|location| location.id).collect()
    }

    /// The location with this id or code; for an empty name the first of all.
    pub(crate) fn find(&self, name: &str) -> Option<&Location> {
        if name.is_empty() {
            return self.0.first();
        }
        match name.parse::<LocationId>() {
            Ok(id) => self.0.iter().find(|location| location.id == id),
            Err(_) => self.0.iter().find(|location| location.code == name),
        }
    }

    /// Adds one that was made just now.
    pub(crate) fn add(&mut self, location: Location) {
        self.0.push(location);
        self.0
            .sort_by(|a, b| (a.priority, &a.code).cmp(&(b.priority, &b.code)));
    }
}
