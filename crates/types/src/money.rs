//! An amount of money: whole minor units of one currency. Every operation that could overflow or mix
//! currencies returns an error; there is no float and no rounding here.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::currency::Currency;

/// An amount: `minor` is in the currency's smallest unit (1234 GBP = £12.34) and may be negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units, any sign.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

/// Why an operation on money has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Two currencies in one sum.
    #[error("{left} and {right} cannot be added")]
    CurrencyMismatch {
        /// The currency of the first amount.
        left: Currency,
        /// The currency of the second amount.
        right: Currency,
    },
    /// The result is beyond what 64 bits of minor units hold.
    #[error("the amount is too large")]
    Overflow,
    /// An amount was to be split over weights that are negative or all zero.
    #[error("weights must not be negative, and not all zero")]
    BadWeights,
}

impl Money {
    /// `minor` units of `currency`.
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in `currency`.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Whether the amount is zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Whether the amount is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// The sum; fails on two currencies and on overflow.
    #[expect(clippy::should_implement_trait, reason = "an operator cannot fail")]
    pub fn add(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        self.with(self.minor.checked_add(other.minor))
    }

    /// The difference; fails on two currencies and on overflow.
    #[expect(clippy::should_implement_trait, reason = "an operator cannot fail")]
    pub fn sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        self.with(self.minor.checked_sub(other.minor))
    }

    /// The amount with the other sign; fails for the one value that has none.
    #[expect(clippy::should_implement_trait, reason = "an operator cannot fail")]
    pub fn neg(self) -> Result<Self, MoneyError> {
        self.with(self.minor.checked_neg())
    }

    /// The sum of `amounts`, zero in `currency` when there are none.
    pub fn sum(
        currency: Currency,
        amounts: impl IntoIterator<Item = Self>,
    ) -> Result<Self, MoneyError> {
        amounts
            .into_iter()
            .try_fold(Self::zero(currency), Self::add)
    }

    fn same(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(MoneyError::CurrencyMismatch {
            left: self.currency,
            right: other.currency,
        })
    }

    fn with(self, minor: Option<i64>) -> Result<Self, MoneyError> {
        minor
            .map(|minor| Self::new(minor, self.currency))
            .ok_or(MoneyError::Overflow)
    }
}

/// `-12.34 GBP`, with as many decimals as the currency has.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = self.currency.exponent();
        let unit = 10_u64.pow(digits);
        let (whole, part) = (
            self.minor.unsigned_abs() / unit,
            self.minor.unsigned_abs() % unit,
        );
        match digits {
            0 => write!(f, "{sign}{whole} {}", self.currency),
            2 => write!(f, "{sign}{whole}.{part:02} {}", self.currency),
            _ => write!(f, "{sign}{whole}.{part:03} {}", self.currency),
        }
    }
}
