//! The price of one piece, finer than a minor unit (real price lists have 0.001), and the one place
//! where a price becomes money.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::currency::Currency;
use crate::money::{Money, MoneyError};
use crate::quantity::Quantity;

/// Decimal digits of a micro.
const MICRO_DIGITS: u32 = 6;

/// A price per unit: `micros` is in millionths of the currency's major unit (1_500_000 GBP = £1.50).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UnitPrice {
    /// Millionths of the major unit.
    pub micros: i64,
    /// The currency.
    pub currency: Currency,
}

impl UnitPrice {
    /// `micros` millionths of a unit of `currency`.
    #[must_use]
    pub const fn new(micros: i64, currency: Currency) -> Self {
        Self { micros, currency }
    }

    /// The price of `quantity` pieces: computed exactly in 128 bits and rounded once to minor units,
    /// half to even. Fails when the result is beyond 64 bits of minor units.
    pub fn total(self, quantity: Quantity) -> Result<Money, MoneyError> {
        let exact = i128::from(self.micros) * i128::from(quantity.get());
        let unit = 10_i128.pow(MICRO_DIGITS - self.currency.exponent());
        i64::try_from(half_to_even(exact, unit))
            .map(|minor| Money::new(minor, self.currency))
            .map_err(|_| MoneyError::Overflow)
    }
}

/// `value / unit` rounded to the nearest whole number, a tie to the even one. `unit` is positive.
fn half_to_even(value: i128, unit: i128) -> i128 {
    let (whole, rest) = (value.div_euclid(unit), value.rem_euclid(unit));
    match (rest * 2).cmp(&unit) {
        std::cmp::Ordering::Less => whole,
        std::cmp::Ordering::Greater => whole + 1,
        std::cmp::Ordering::Equal => whole + whole.rem_euclid(2),
    }
}

/// `1.234000 GBP`.
impl fmt::Display for UnitPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.micros < 0 { "-" } else { "" };
        let (whole, part) = (
            self.micros.unsigned_abs() / 1_000_000,
            self.micros.unsigned_abs() % 1_000_000,
        );
        write!(f, "{sign}{whole}.{part:06} {}", self.currency)
    }
}
