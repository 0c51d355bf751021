//! Letting goods leave: all open units together.

use stoa_api::order::v1::{
    Fulfillment, FulfillmentState, LineQuantity, Order, OrderFulfillmentCreated, OrderResumed,
    OrderShipped, OrderShippingStarted, OrderState, reason,
};
use stoa_api::pricing::v1::CaptureMode;
use stoa_errors::{Error, Kind};
use stoa_types::FulfillmentId;

use super::amounts::{due, money, settled, total};
use super::checkout::{due_at_once, state_refused};
use super::event::Event;

/// Moves every open unit into a new fulfilment.
///
/// # Errors
/// ORDER_STATE unless the order is CONFIRMED; NOTHING_TO_FULFILL when no unit is open.
pub(crate) fn create(order: &Order, id: FulfillmentId) -> Result<Vec<Event>, Error> {
    if !matches!(order.state(), OrderState::Confirmed | OrderState::Closed) {
        return Err(state_refused(order));
    }
    let lines: Vec<LineQuantity> = order
        .lines
        .iter()
        .filter(|line| line.open > 0)
        .map(|line| LineQuantity {
            line_id: line.line_id.clone(),
            quantity: line.open,
        })
        .collect();
    if lines.is_empty() {
        return Err(Error::new(
            Kind::FailedPrecondition,
            reason::NOTHING_TO_FULFILL,
            "no unit of the order waits to leave",
        ));
    }
    Ok(vec![Event::FulfillmentCreated(OrderFulfillmentCreated {
        fulfillment_id: id.to_string(),
        lines,
    })])
}

/// Finds a fulfilment of the order.
///
/// # Errors
/// FULFILLMENT_NOT_FOUND.
pub(crate) fn find<'a>(order: &'a Order, id: &str) -> Result<&'a Fulfillment, Error> {
    order
        .fulfillments
        .iter()
        .find(|fulfillment| fulfillment.fulfillment_id == id)
        .ok_or_else(|| Error::not_found(reason::FULFILLMENT_NOT_FOUND, format!("fulfilment {id}")))
}

/// Lets a fulfilment leave; one that was stopped by a declined capture tries again. Nothing when it is leaving or
/// has left.
///
/// # Errors
/// FULFILLMENT_NOT_FOUND; ORDER_STATE unless the order is CONFIRMED.
pub(crate) fn start_shipping(
    order: &Order,
    id: &str,
    tracking_ref: &str,
) -> Result<Vec<Event>, Error> {
    match find(order, id)?.state() {
        FulfillmentState::Shipping if !order.hold_reason.is_empty() => {
            Ok(vec![Event::Resumed(OrderResumed {})])
        }
        FulfillmentState::Open if order.state() == OrderState::Confirmed => {
            Ok(vec![Event::ShippingStarted(OrderShippingStarted {
                fulfillment_id: id.to_owned(),
                tracking_ref: tracking_ref.to_owned(),
            })])
        }
        FulfillmentState::Open => Err(state_refused(order)),
        _ => Ok(Vec::new()),
    }
}

/// Whether a fulfilment of the order is leaving at this moment.
#[must_use]
pub(crate) fn is_leaving(order: &Order) -> bool {
    order
        .fulfillments
        .iter()
        .any(|fulfillment| fulfillment.state() == FulfillmentState::Shipping)
}

/// Whether the order itself shows that its checkout has come to its end: the money that it takes at once is taken.
#[must_use]
pub(crate) fn is_paid(order: &Order) -> bool {
    order.capture_mode() != CaptureMode::OnShipment
        && total(order) > 0
        && settled(order) >= total(order)
}

/// What is to be captured before this fulfilment leaves, in minor units: what is due then, less what was captured.
/// Due is what all units cost that will then have left; the whole, where it is taken at once.
///
/// # Errors
/// FULFILLMENT_NOT_FOUND.
pub(crate) fn due_on_shipping(order: &Order, id: &str) -> Result<i64, Error> {
    let fulfillment = find(order, id)?;
    if fulfillment.state() == FulfillmentState::Shipped {
        return Ok(0);
    }
    if order.capture_mode() != CaptureMode::OnShipment {
        return Ok(due_at_once(order));
    }
    let leaving = |line_id: &str| {
        fulfillment
            .lines
            .iter()
            .find(|line| line.line_id == line_id)
            .map_or(0, |line| line.quantity)
    };
    let after = due(order, |line| line.fulfilled + leaving(&line.line_id));
    Ok((after - settled(order)).max(0))
}

/// Records that a fulfilment left and what was taken for it. Nothing when it is recorded already.
///
/// # Errors
/// FULFILLMENT_NOT_FOUND.
pub(crate) fn ship(
    order: &Order,
    id: &str,
    captured: i64,
    payment_id: &str,
) -> Result<Vec<Event>, Error> {
    if find(order, id)?.state() == FulfillmentState::Shipped {
        return Ok(Vec::new());
    }
    let mut events = Vec::new();
    if !order.hold_reason.is_empty() {
        events.push(Event::Resumed(OrderResumed {}));
    }
    events.push(Event::Shipped(OrderShipped {
        fulfillment_id: id.to_owned(),
        captured: money(order, captured),
        payment_id: if captured > 0 {
            payment_id.to_owned()
        } else {
            String::new()
        },
    }));
    Ok(events)
}
