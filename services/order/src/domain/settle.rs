//! The typed ways out for staff: money that was paid outside, money that is given up, a capture that is tried again.
//! None of them takes, gives or promises more than the order's books have room for.

use stoa_api::order::v1::{
    FulfillmentState, Order, OrderPaidExternally, OrderReservationReleased, OrderResumed,
    OrderState, OrderWrittenOff, reason,
};
use stoa_errors::{Error, Kind};
use stoa_types::Money;

use super::amounts::{currency, minor, money, settled, total};
use super::axes::{Phase, phase};
use super::checkout::{due_at_once, state_refused};
use super::event::Event;
use super::fulfillment;

/// What a way out leads to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct WayOut {
    /// What happened.
    pub events: Vec<Event>,
    /// The fulfilment that was stopped and goes on.
    pub ships: Option<String>,
    /// Whether something stays reserved that nothing is due for any more.
    pub releases: bool,
}

/// Records that `amount` was paid outside under `reference`.
///
/// # Errors
/// ORDER_STATE unless it is past the pivot and not being canceled, CURRENCY_MISMATCH, AMOUNT_EXCEEDS_DUE,
/// EXTERNAL_REF_USED.
pub(crate) fn mark_paid(order: &Order, amount: Money, reference: &str) -> Result<WayOut, Error> {
    check(order, amount)?;
    let mut known = order.external_payments.iter();
    if known.any(|paid| paid.reference == reference) {
        return Err(Error::new(
            Kind::AlreadyExists,
            reason::EXTERNAL_REF_USED,
            "this reference stands in the order already",
        )
        .field("reference", "unique", "was recorded before")
        .meta("resource", &order.order_id));
    }
    let paid = Event::PaidExternally(OrderPaidExternally {
        amount: money(order, amount.minor),
        reference: reference.to_owned(),
    });
    Ok(settle(order, amount.minor, paid))
}

/// Gives up `amount` of what is due.
///
/// # Errors
/// ORDER_STATE unless it is past the pivot and not being canceled, CURRENCY_MISMATCH, AMOUNT_EXCEEDS_DUE.
pub(crate) fn write_off(order: &Order, amount: Money) -> Result<WayOut, Error> {
    check(order, amount)?;
    let given_up = Event::WrittenOff(OrderWrittenOff {
        amount: money(order, amount.minor),
    });
    Ok(settle(order, amount.minor, given_up))
}

/// Takes an order off hold, so that what stopped it is tried again: its fulfilment, or else the capture at once.
///
/// # Errors
/// ORDER_STATE unless it is ON_HOLD.
pub(crate) fn retry(order: &Order) -> Result<WayOut, Error> {
    if order.state() != OrderState::OnHold {
        return Err(state_refused(order));
    }
    Ok(WayOut {
        events: vec![Event::Resumed(OrderResumed {})],
        ships: leaving(order),
        releases: false,
    })
}

/// What is reserved at the provider and not taken although nothing is due any more, in minor units.
#[must_use]
pub(crate) fn unneeded(order: &Order) -> i64 {
    if phase(order) != Phase::Confirmed || settled(order) < total(order) {
        return 0;
    }
    (minor(order.authorized.as_ref()) - minor(order.captured.as_ref())).max(0)
}

/// Records that what was not needed was given up. Nothing when that is recorded, or the order went another way.
#[must_use]
pub(crate) fn release(order: &Order) -> Vec<Event> {
    let amount = unneeded(order);
    let Some(payment_id) = order.payment_ids.first().filter(|_| amount > 0) else {
        return Vec::new();
    };
    vec![Event::ReservationReleased(OrderReservationReleased {
        payment_id: payment_id.clone(),
        amount: money(order, amount),
    })]
}

/// Whether this much more would settle the order while some of its reservation is left.
#[must_use]
pub(crate) fn leaves_reserved(order: &Order, taken: i64, settles: i64) -> bool {
    let reserved = minor(order.authorized.as_ref()) - minor(order.captured.as_ref()) - taken;
    settled(order) + settles >= total(order) && reserved > 0
}

fn settle(order: &Order, amount: i64, event: Event) -> WayOut {
    let mut events = vec![event];
    let fulfillment = leaving(order);
    let resumes = !order.hold_reason.is_empty() && awaited(order, fulfillment.as_deref()) <= amount;
    if resumes {
        events.push(Event::Resumed(OrderResumed {}));
    }
    WayOut {
        events,
        ships: fulfillment.filter(|_| resumes),
        releases: leaves_reserved(order, 0, amount),
    }
}

/// What must be taken before an order that is on hold goes on.
fn awaited(order: &Order, leaving: Option<&str>) -> i64 {
    let shipping = leaving.and_then(|id| fulfillment::due_on_shipping(order, id).ok());
    shipping.unwrap_or_else(|| due_at_once(order))
}

/// The fulfilment that has begun to leave.
fn leaving(order: &Order) -> Option<String> {
    let mut fulfillments = order.fulfillments.iter();
    fulfillments
        .find(|fulfillment| fulfillment.state() == FulfillmentState::Shipping)
        .map(|fulfillment| fulfillment.fulfillment_id.clone())
}

fn check(order: &Order, amount: Money) -> Result<(), Error> {
    if phase(order) != Phase::Confirmed {
        return Err(state_refused(order));
    }
    if amount.currency.code() != currency(order) {
        let text = format!("the amount must be in {}", currency(order));
        return Err(Error::new(
            Kind::InvalidArgument,
            reason::CURRENCY_MISMATCH,
            text.clone(),
        )
        .field("amount.currency_code", reason::CURRENCY_MISMATCH, text));
    }
    let due = total(order) - settled(order);
    if amount.minor > due {
        return Err(Error::new(
            Kind::FailedPrecondition,
            reason::AMOUNT_EXCEEDS_DUE,
            format!("{due} is due"),
        )
        .field(
            "amount.minor_units",
            reason::AMOUNT_EXCEEDS_DUE,
            "is more than is due",
        )
        .meta("due_minor", due));
    }
    Ok(())
}
