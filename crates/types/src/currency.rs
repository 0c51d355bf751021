//! A currency of ISO 4217 whose smallest unit is 1, 1/100 or 1/1000 of the major one.

use std::fmt;
use std::str::FromStr;

/// A currency: its code and how many decimal digits its minor unit stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(iso_currency::Currency);

/// A code that names no currency in which something can be sold here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the three-letter ISO 4217 code of a currency with 0, 2 or 3 decimal digits")]
pub struct CurrencyError;

impl Currency {
    /// The currency with this three-letter code in capitals, such as `GBP`. Refused: what ISO 4217 does
    /// not list, and what has no minor unit of 0, 2 or 3 digits (precious metals, units of account).
    pub fn parse(code: &str) -> Result<Self, CurrencyError> {
        iso_currency::Currency::from_code(code)
            .filter(|currency| matches!(currency.exponent(), Some(0 | 2 | 3)))
            .map(Self)
            .ok_or(CurrencyError)
    }

    /// The three-letter code in capitals.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimal digits the minor unit stands for: 0 (JPY), 2 (GBP) or 3 (BHD).
    #[must_use]
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::parse(code)
    }
}

impl serde::Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}

impl<'de> serde::Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        crate::ids::from_text(from)
    }
}
