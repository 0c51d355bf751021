//! Why a level changes, and by how much. The ledger of movements is the truth; a level is their sum.

use super::level::{Delta, Nature};
use super::stock::Place;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum MovementKind {
    Receive,
    Hold,
    Release,
    Allocate,
    Ship,
    Cancel,
    Return,
    Adjust,
}

impl MovementKind {
    /// Every kind.
    pub(crate) const ALL: [Self; 8] = [
        Self::Receive,
        Self::Hold,
        Self::Release,
        Self::Allocate,
        Self::Ship,
        Self::Cancel,
        Self::Return,
        Self::Adjust,
    ];

    /// As stored.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Receive => "RECEIVE",
            Self::Hold => "HOLD",
            Self::Release => "RELEASE",
            Self::Allocate => "ALLOCATE",
            Self::Ship => "SHIP",
            Self::Cancel => "CANCEL",
            Self::Return => "RETURN",
            Self::Adjust => "ADJUST",
        }
    }

    /// The kind that is stored so.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What `units` of this kind change. Only a count may be of less than one unit.
    pub(crate) const fn delta(self, units: i64) -> Delta {
        let (on_hand, allocated, held) = match self {
            Self::Receive | Self::Return | Self::Adjust => (units, 0, 0),
            Self::Hold => (0, 0, units),
            Self::Release => (0, 0, -units),
            Self::Allocate => (0, units, -units),
            Self::Ship => (-units, -units, 0),
            Self::Cancel => (0, -units, 0),
        };
        Delta {
            on_hand,
            allocated,
            held,
        }
    }

    /// Whether it is a count.
    pub(crate) const fn nature(self) -> Nature {
        match self {
            Self::Adjust => Nature::Count,
            _ => Nature::Flow,
        }
    }
}

/// One line of the ledger before it is written. Reference, kind, location and line name it for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Movement {
    pub(crate) place: Place,
    pub(crate) kind: MovementKind,
    pub(crate) units: i64,
    /// What it belongs to: a receipt, a count, a hold, a fulfilment, a return.
    pub(crate) reference: String,
    /// Its line within the reference, from 0.
    pub(crate) line: usize,
    /// Why, in words of whoever did it; empty when the kind says it all.
    pub(crate) reason: String,
}
