//! How many pieces.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number of pieces that somebody wants, moves or sends back: 1 to 10,000,000. Zero and negative
/// numbers are not quantities; what counts stock (which may be zero) is a plain column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Quantity(i64);

/// A number outside 1 to 10,000,000.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a quantity is a whole number from 1 to {}", Quantity::MAX)]
pub struct QuantityError;

impl Quantity {
    /// The largest quantity.
    pub const MAX: i64 = 10_000_000;

    /// A quantity of `pieces`, 1 to 10,000,000.
    pub const fn new(pieces: i64) -> Result<Self, QuantityError> {
        if pieces >= 1 && pieces <= Self::MAX {
            Ok(Self(pieces))
        } else {
            Err(QuantityError)
        }
    }

    /// The number of pieces.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum; fails beyond the largest quantity.
    pub const fn add(self, other: Self) -> Result<Self, QuantityError> {
        Self::new(self.0 + other.0)
    }
}

impl TryFrom<i64> for Quantity {
    type Error = QuantityError;

    fn try_from(pieces: i64) -> Result<Self, Self::Error> {
        Self::new(pieces)
    }
}

impl From<Quantity> for i64 {
    fn from(quantity: Quantity) -> Self {
        quantity.0
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
