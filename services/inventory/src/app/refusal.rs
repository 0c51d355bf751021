//! What the domain refuses, in the words of the contract.

use stoa_api::inventory::v1::reason;
use stoa_errors::{Error, Kind};
use stoa_types::HoldId;

use crate::domain::hold::HoldRefusal;
use crate::domain::{Lack, LevelError, Place};

impl From<Lack> for Error {
    fn from(lack: Lack) -> Self {
        Self::new(
            Kind::FailedPrecondition,
            reason::OUT_OF_STOCK,
            lack.to_string(),
        )
        .meta("sku", &lack.sku)
        .meta("available", lack.available)
    }
}

impl From<HoldRefusal> for Error {
    fn from(refusal: HoldRefusal) -> Self {
        let (reason, state) = match refusal {
            HoldRefusal::Ended(state) => (reason::HOLD_ENDED, state),
            HoldRefusal::Allocated(state) => (reason::HOLD_ALLOCATED, state),
            HoldRefusal::NotAllocated(state) => (reason::HOLD_NOT_ALLOCATED, state),
        };
        Self::new(Kind::FailedPrecondition, reason, refusal.to_string()).meta("state", state.name())
    }
}

/// A movement that cannot be booked at this place.
pub(crate) fn unbookable((place, error): (Place, LevelError)) -> Error {
    let (kind, reason) = match error {
        LevelError::Overflow => (Kind::OutOfRange, reason::STOCK_OVERFLOW),
        LevelError::Negative { .. } => (Kind::FailedPrecondition, reason::STOCK_NEGATIVE),
        LevelError::Oversold => return Error::internal(error).meta("sku", &place.sku),
    };
    Error::new(kind, reason, format!("{}: {error}", place.sku))
        .meta("sku", &place.sku)
        .meta("location_id", place.location)
}

/// The hold was undone before it was made.
pub(crate) fn canceled_before() -> Error {
    Error::new(
        Kind::FailedPrecondition,
        reason::CANCELED_BEFORE,
        "the hold was released before it was made",
    )
}

/// No such hold.
pub(crate) fn hold_not_found(id: HoldId) -> Error {
    Error::not_found(reason::HOLD_NOT_FOUND, format_args!("hold {id}"))
}

/// No such location.
pub(crate) fn location_not_found(name: &str) -> Error {
    let what = if name.is_empty() {
        "a location".to_owned()
    } else {
        format!("location {name}")
    };
    Error::not_found(reason::LOCATION_NOT_FOUND, what)
}

/// A location with this code exists.
pub(crate) fn location_exists(code: &str) -> Error {
    Error::new(
        Kind::AlreadyExists,
        reason::LOCATION_EXISTS,
        format!("a location with the code {code} exists"),
    )
    .meta("code", code)
}

/// Other lines were booked under this reference.
pub(crate) fn reference_used(reference: &str) -> Error {
    Error::new(
        Kind::AlreadyExists,
        reason::REFERENCE_USED,
        "other lines were booked under this reference",
    )
    .meta("reference", reference)
}

/// Nothing was ever booked there.
pub(crate) fn level_not_found(place: &Place) -> Error {
    Error::not_found(
        reason::STOCK_LEVEL_NOT_FOUND,
        format_args!("a level of {} at {}", place.sku, place.location),
    )
}
