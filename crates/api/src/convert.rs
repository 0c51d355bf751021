//! Messages of the contract to the types of `stoa-types`, and back.
//!
//! A function that reads takes the path of the field, for the error that names it: `rules` have mostly caught a bad value before,
//! so what is refused here is what a rule cannot say (an unknown currency, an id of another kind).

use std::str::FromStr;
use std::time::Duration;

use stoa_errors::Error;
use stoa_types::{Currency, Money, Quantity, Sku, Timestamp, UnitPrice};

use crate::type_::v1 as pb;

/// A field that the use case cannot do without.
///
/// # Errors
/// `INVALID_ARGUMENT` with the rule `required` when it is absent.
pub fn required<T>(field: &str, value: Option<T>) -> Result<T, Error> {
    value.ok_or_else(|| Error::invalid(field, "required", "must be set"))
}

/// An id with its prefix: `ord_01h455vb4pex5vsknk084sn02q`.
///
/// # Errors
/// `INVALID_ARGUMENT` with the rule `ID` when it is none of this kind.
pub fn id<T>(field: &str, text: &str) -> Result<T, Error>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|wrong: T::Err| Error::invalid(field, "ID", wrong.to_string()))
}

/// A currency by its ISO 4217 code.
///
/// # Errors
/// `INVALID_ARGUMENT` with the rule `CURRENCY` when there is none of this code.
pub fn currency(field: &str, code: &str) -> Result<Currency, Error> {
    Currency::parse(code).map_err(|wrong| Error::invalid(field, "CURRENCY", wrong.to_string()))
}

/// An amount of money.
///
/// # Errors
/// `INVALID_ARGUMENT` when it is absent or its currency is unknown.
pub fn money(field: &str, value: Option<&pb::Money>) -> Result<Money, Error> {
    let value = required(field, value)?;
    let currency = currency(&format!("{field}.currency_code"), &value.currency_code)?;
    Ok(Money::new(value.minor_units, currency))
}

/// The price of one unit.
///
/// # Errors
/// `INVALID_ARGUMENT` when it is absent or its currency is unknown.
pub fn unit_price(field: &str, value: Option<&pb::UnitPrice>) -> Result<UnitPrice, Error> {
    let value = required(field, value)?;
    let currency = currency(&format!("{field}.currency_code"), &value.currency_code)?;
    Ok(UnitPrice::new(value.micros, currency))
}

/// A quantity, 1 to 10,000,000.
///
/// # Errors
/// `INVALID_ARGUMENT` with the rule `QUANTITY` outside of that.
pub fn quantity(field: &str, value: i64) -> Result<Quantity, Error> {
    Quantity::new(value).map_err(|wrong| Error::invalid(field, "QUANTITY", wrong.to_string()))
}

/// A sku: 1 to 64 printable ASCII characters, no space at either end.
///
/// # Errors
/// `INVALID_ARGUMENT` with the rule `SKU` when it is none.
pub fn sku(field: &str, text: &str) -> Result<Sku, Error> {
    Sku::parse(text).map_err(|wrong| Error::invalid(field, "SKU", wrong.to_string()))
}

/// A moment, cut to microseconds.
///
/// # Errors
/// `INVALID_ARGUMENT` with the rule `TIMESTAMP` when it lies outside the years 1 to 9999 or its nanos are out of range.
pub fn timestamp(field: &str, value: &prost_types::Timestamp) -> Result<Timestamp, Error> {
    const FIRST: i64 = -62_135_596_800;
    const LAST: i64 = 253_402_300_799;
    let wrong = || Error::invalid(field, "TIMESTAMP", "must lie in the years 1 to 9999");
    if !(FIRST..=LAST).contains(&value.seconds) || !(0..1_000_000_000).contains(&value.nanos) {
        return Err(wrong());
    }
    let micros = value
        .seconds
        .checked_mul(1_000_000)
        .and_then(|whole| whole.checked_add(i64::from(value.nanos / 1_000)));
    micros.map(Timestamp::from_micros).ok_or_else(wrong)
}

/// A moment that may be absent.
///
/// # Errors
/// As [`timestamp`].
pub fn timestamp_if_set(
    field: &str,
    value: Option<&prost_types::Timestamp>,
) -> Result<Option<Timestamp>, Error> {
    value.map(|value| timestamp(field, value)).transpose()
}

/// A moment as the contract writes it.
#[must_use]
pub fn to_timestamp(value: Timestamp) -> prost_types::Timestamp {
    let micros = value.micros();
    // A remainder of microseconds is less than 1,000,000, so its nanoseconds fit an i32.
    let nanos = i32::try_from(micros.rem_euclid(1_000_000))
        .unwrap_or(0)
        .saturating_mul(1_000);
    prost_types::Timestamp {
        seconds: micros.div_euclid(1_000_000),
        nanos,
    }
}

/// A span as the contract writes it; longer than 292 years it is cut to the longest that fits.
#[must_use]
pub fn to_duration(value: Duration) -> prost_types::Duration {
    prost_types::Duration {
        seconds: i64::try_from(value.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(value.subsec_nanos()).unwrap_or(0),
    }
}

/// A span that is not negative.
///
/// # Errors
/// `INVALID_ARGUMENT` with the rule `DURATION` when it is negative.
pub fn duration(field: &str, value: &prost_types::Duration) -> Result<Duration, Error> {
    let seconds = u64::try_from(value.seconds);
    let nanos = u32::try_from(value.nanos);
    match (seconds, nanos) {
        (Ok(seconds), Ok(nanos)) => Ok(Duration::new(seconds, nanos)),
        _ => Err(Error::invalid(field, "DURATION", "must not be negative")),
    }
}

/// The value of an enum field; its zero, which means "not set", and a number that the contract does not define are refused.
///
/// # Errors
/// `INVALID_ARGUMENT` with the rule `ENUM`.
pub fn enumeration<E>(field: &str, number: i32) -> Result<E, Error>
where
    E: TryFrom<i32> + Default + PartialEq,
{
    E::try_from(number)
        .ok()
        .filter(|value| *value != E::default())
        .ok_or_else(|| Error::invalid(field, "ENUM", "must be a value that the contract defines"))
}

/// What kind of thing a line is.
///
/// # Errors
/// As [`enumeration`].
pub fn line_kind(field: &str, number: i32) -> Result<pb::LineKind, Error> {
    enumeration(field, number)
}

impl From<Money> for pb::Money {
    fn from(value: Money) -> Self {
        Self {
            currency_code: value.currency.code().to_owned(),
            minor_units: value.minor,
        }
    }
}

impl From<UnitPrice> for pb::UnitPrice {
    fn from(value: UnitPrice) -> Self {
        Self {
            currency_code: value.currency.code().to_owned(),
            micros: value.micros,
        }
    }
}
