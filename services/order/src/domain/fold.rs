//! What an event changes. An order is the fold of its events, and nothing else changes an order.

use stoa_api::convert::to_timestamp;
use stoa_api::order::v1::{
    ExternalPayment, Fulfillment, FulfillmentState, LineQuantity, NextAction, Order,
    OrderActionRequired, OrderCanceled, OrderConfirmed, OrderFulfillmentCreated, OrderLine,
    OrderPaidExternally, OrderShipped, OrderShippingStarted,
};
use stoa_types::Timestamp;

use super::amounts::{minor, money};
use super::axes::{Phase, phase, settle};
use super::buckets::{Buckets, NotThere};
use super::event::Event;

/// An event that cannot follow the ones before it: the stream is broken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FoldError {
    /// A stream begins with OrderAccepted, and only there.
    #[error("the stream does not begin with its acceptance")]
    NotAccepted,
    /// The event names a line that the order does not have.
    #[error("the order has no line {0}")]
    Line(String),
    /// The event names a fulfilment that the order does not have.
    #[error("the order has no fulfilment {0}")]
    Fulfillment(String),
    /// The event moves units that are not there.
    #[error("line {line}: {source}")]
    Units {
        /// The line.
        line: String,
        /// What is wrong.
        #[source]
        source: NotThere,
    },
}

/// Applies one event that was recorded at `at`; the revision rises by one.
///
/// # Errors
/// When the event cannot follow; the order is then not to be used any more.
pub(crate) fn apply(order: &mut Order, event: &Event, at: Timestamp) -> Result<(), FoldError> {
    if let Event::Accepted(accepted) = event {
        *order = accepted.order.clone().ok_or(FoldError::NotAccepted)?;
        order.revision = 0;
        order.create_time = Some(to_timestamp(at));
    } else if order.revision == 0 {
        return Err(FoldError::NotAccepted);
    }
    let next = change(order, event, at)?;
    order.revision += 1;
    order.update_time = Some(to_timestamp(at));
    order.etag = format!("{}", order.revision);
    settle(order, next);
    Ok(())
}

fn change(order: &mut Order, event: &Event, at: Timestamp) -> Result<Phase, FoldError> {
    let now = phase(order);
    match event {
        Event::Accepted(_) => return Ok(Phase::Pending),
        Event::Confirmed(event) => return Ok(confirmed(order, event, at)),
        Event::CancelRequested(event) => {
            order.cancel_reason = event.reason;
            order.next_action = None;
            for line in &mut order.lines {
                step(line, Buckets::start_canceling, line.open)?;
            }
            return Ok(Phase::Canceling);
        }
        Event::Canceled(event) => return canceled(order, event),
        Event::PutOnHold(event) => order.hold_reason.clone_from(&event.reason),
        Event::Resumed(_) => order.hold_reason.clear(),
        Event::Captured(event) => captured(order, minor(event.amount.as_ref())),
        Event::FulfillmentCreated(event) => fulfillment_created(order, event, at)?,
        Event::ShippingStarted(event) => shipping_started(order, event)?,
        Event::Shipped(event) => shipped(order, event, at)?,
        Event::ReturnStarted(event) => each(order, &event.lines, Buckets::start_returning)?,
        Event::ReturnRejected(event) => each(order, &event.lines, Buckets::stop_returning)?,
        Event::Returned(event) => {
            each(order, &event.lines, Buckets::take_back)?;
            refunded(order, minor(event.refunded.as_ref()));
            refunded_externally(order, minor(event.refunded_externally.as_ref()));
        }
        Event::ActionRequired(event) => order.next_action = Some(action(event)),
        Event::PaidExternally(event) => paid_externally(order, event, at),
        Event::WrittenOff(event) => {
            let amount = minor(event.amount.as_ref()) + minor(order.written_off.as_ref());
            order.written_off = money(order, amount);
        }
        Event::ReservationReleased(event) => {
            let left = minor(order.authorized.as_ref()) - minor(event.amount.as_ref());
            order.authorized = money(order, left);
        }
    }
    Ok(now)
}

/// Where the customer is sent stands beside the events, so it is not known here.
fn action(event: &OrderActionRequired) -> NextAction {
    NextAction {
        payment_id: event.payment_id.clone(),
        kind: event.kind,
        redirect_uri: String::new(),
        expire_time: event.expire_time,
    }
}

fn paid_externally(order: &mut Order, event: &OrderPaidExternally, at: Timestamp) {
    order.external_payments.push(ExternalPayment {
        reference: event.reference.clone(),
        amount: event.amount.clone(),
        create_time: Some(to_timestamp(at)),
    });
    let sum = minor(order.paid_externally.as_ref()) + minor(event.amount.as_ref());
    order.paid_externally = money(order, sum);
}

/// Absent until something is to be given back outside.
fn refunded_externally(order: &mut Order, amount: i64) {
    if amount != 0 {
        let sum = minor(order.refunded_externally.as_ref()) + amount;
        order.refunded_externally = money(order, sum);
    }
}

fn confirmed(order: &mut Order, event: &OrderConfirmed, at: Timestamp) -> Phase {
    order.confirm_time = Some(to_timestamp(at));
    order.next_action = None;
    order.hold_id.clone_from(&event.hold_id);
    if !event.payment_id.is_empty() {
        order.payment_ids.push(event.payment_id.clone());
    }
    order.authorized = money(order, minor(event.authorized.as_ref()));
    Phase::Confirmed
}

fn canceled(order: &mut Order, event: &OrderCanceled) -> Result<Phase, FoldError> {
    order.cancel_reason = event.reason;
    order.next_action = None;
    order.hold_reason.clear();
    for line in &mut order.lines {
        step(line, Buckets::start_canceling, line.open)?;
        step(line, Buckets::cancel, line.canceling)?;
    }
    refunded(order, minor(event.refunded.as_ref()));
    refunded_externally(order, minor(event.refunded_externally.as_ref()));
    order.authorized = money(order, minor(order.captured.as_ref()));
    Ok(Phase::Canceled)
}

fn captured(order: &mut Order, amount: i64) {
    order.captured = money(order, minor(order.captured.as_ref()) + amount);
}

fn refunded(order: &mut Order, amount: i64) {
    order.refunded = money(order, minor(order.refunded.as_ref()) + amount);
}

fn fulfillment_created(
    order: &mut Order,
    event: &OrderFulfillmentCreated,
    at: Timestamp,
) -> Result<(), FoldError> {
    each(order, &event.lines, Buckets::start_fulfilling)?;
    order.fulfillments.push(Fulfillment {
        fulfillment_id: event.fulfillment_id.clone(),
        state: FulfillmentState::Open.into(),
        lines: event.lines.clone(),
        tracking_ref: String::new(),
        create_time: Some(to_timestamp(at)),
        ship_time: None,
    });
    Ok(())
}

fn shipping_started(order: &mut Order, event: &OrderShippingStarted) -> Result<(), FoldError> {
    let fulfillment = fulfillment(order, &event.fulfillment_id)?;
    fulfillment.set_state(FulfillmentState::Shipping);
    fulfillment.tracking_ref.clone_from(&event.tracking_ref);
    Ok(())
}

fn shipped(order: &mut Order, event: &OrderShipped, at: Timestamp) -> Result<(), FoldError> {
    let fulfillment = fulfillment(order, &event.fulfillment_id)?;
    fulfillment.set_state(FulfillmentState::Shipped);
    fulfillment.ship_time = Some(to_timestamp(at));
    let lines = fulfillment.lines.clone();
    each(order, &lines, Buckets::fulfill)?;
    captured(order, minor(event.captured.as_ref()));
    Ok(())
}

fn fulfillment<'a>(order: &'a mut Order, id: &str) -> Result<&'a mut Fulfillment, FoldError> {
    order
        .fulfillments
        .iter_mut()
        .find(|fulfillment| fulfillment.fulfillment_id == id)
        .ok_or_else(|| FoldError::Fulfillment(id.to_owned()))
}

fn each(
    order: &mut Order,
    lines: &[LineQuantity],
    bucket: fn(&mut OrderLine, i64) -> Result<(), NotThere>,
) -> Result<(), FoldError> {
    for wanted in lines {
        let line = line_mut(order, &wanted.line_id)
            .ok_or_else(|| FoldError::Line(wanted.line_id.clone()))?;
        step(line, bucket, wanted.quantity)?;
    }
    Ok(())
}

/// The line with this id. Line ids count from 1 in the order of the lines, so the place is known.
fn line_mut<'a>(order: &'a mut Order, id: &str) -> Option<&'a mut OrderLine> {
    let place = id.parse::<usize>().ok()?.checked_sub(1)?;
    order.lines.get_mut(place).filter(|line| line.line_id == id)
}

fn step(
    line: &mut OrderLine,
    bucket: fn(&mut OrderLine, i64) -> Result<(), NotThere>,
    units: i64,
) -> Result<(), FoldError> {
    bucket(line, units).map_err(|source| FoldError::Units {
        line: line.line_id.clone(),
        source,
    })
}
