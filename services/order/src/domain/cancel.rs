//! Canceling a whole order that has not shipped: before the pivot the checkout undoes itself, after it the
//! cancel is work of its own on the open units.

use stoa_api::order::v1::{
    CancelReason, Order, OrderCancelRequested, OrderCanceled, reason as why,
};
use stoa_errors::{Error, Kind};

use super::amounts::{kept_outside, minor, money};
use super::axes::{Phase, phase};
use super::checkout::state_refused;
use super::event::Event;

/// What a cancel sets going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Undo {
    /// It is being canceled or is canceled: nothing new.
    Nothing,
    /// The checkout's own workflow compensates.
    Checkout,
    /// A workflow of its own gives stock and money back.
    Confirmed,
}

/// Asks for a cancel.
///
/// # Errors
/// ORDER_STATE when units have left or are being prepared to; PAID_EXTERNALLY when a customer asks and some of the money
/// must be given back where Stoa cannot.
pub(crate) fn request(order: &Order, reason: CancelReason) -> Result<(Vec<Event>, Undo), Error> {
    let undo = match phase(order) {
        Phase::Canceling | Phase::Canceled => return Ok((Vec::new(), Undo::Nothing)),
        Phase::Pending => Undo::Checkout,
        Phase::Confirmed => Undo::Confirmed,
    };
    if order
        .lines
        .iter()
        .any(|line| line.fulfilling + line.fulfilled > 0)
    {
        return Err(state_refused(order));
    }
    if reason == CancelReason::Customer && kept_outside(order) > 0 {
        return Err(Error::new(
            Kind::FailedPrecondition,
            why::PAID_EXTERNALLY,
            "part of the order was paid outside, so staff cancel it",
        ));
    }
    let event = Event::CancelRequested(OrderCancelRequested {
        reason: reason.into(),
    });
    Ok((vec![event], undo))
}

/// Records that a confirmed order was undone; `refunded` minor units were given back.
#[must_use]
pub(crate) fn finish(order: &Order, refunded: i64) -> Vec<Event> {
    if phase(order) != Phase::Canceling || order.confirm_time.is_none() {
        return Vec::new();
    }
    vec![Event::Canceled(OrderCanceled {
        reason: order.cancel_reason,
        refunded: money(order, refunded),
        refunded_externally: Some(kept_outside(order))
            .filter(|outside| *outside > 0)
            .and_then(|outside| money(order, outside)),
    })]
}

/// What was taken and not given back, in minor units.
#[must_use]
pub(crate) fn refundable(order: &Order) -> i64 {
    minor(order.captured.as_ref()) - minor(order.refunded.as_ref())
}
