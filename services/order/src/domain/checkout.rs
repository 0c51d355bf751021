//! From a quote to a decided order: what the checkout's three durable steps record.

use std::collections::BTreeMap;

use stoa_api::convert::to_timestamp;
use stoa_api::order::v1::{
    CancelReason, Order, OrderAccepted, OrderActionRequired, OrderCanceled, OrderCaptured,
    OrderConfirmed, OrderLine, OrderPutOnHold, OrderSource, Quote, QuoteLine, reason,
};
use stoa_api::pricing::v1::CaptureMode;
use stoa_api::type_::v1::LineKind;
use stoa_errors::{Error, Kind};
use stoa_types::{OrderId, Timestamp, mutant};

use super::amounts::{money, settled, total};
use super::axes::{Phase, phase};
use super::event::Event;

/// What an acceptance adds to the quote.
#[derive(Clone, Debug)]
pub(crate) struct Acceptance {
    /// The new order.
    pub order_id: OrderId,
    /// Where it came from.
    pub source: OrderSource,
    /// Its reference where it came from; empty for one that was placed here.
    pub external_ref: String,
    /// Where the goods go; empty where it is not known.
    pub country_code: String,
    /// When it was placed.
    pub place_time: Timestamp,
}

/// Makes the order's first event from a usable quote.
#[must_use]
pub(crate) fn accept(quote: &Quote, acceptance: &Acceptance) -> Event {
    let zero = quote
        .totals
        .as_ref()
        .and_then(|totals| totals.total.clone())
        .map(|mut total| {
            total.minor_units = 0;
            total
        });
    let order = Order {
        order_id: acceptance.order_id.to_string(),
        channel_id: quote.channel_id.clone(),
        channel_code: quote.channel_code.clone(),
        lines: quote.lines.iter().map(line).collect(),
        adjustments: quote.adjustments.clone(),
        tax_lines: quote.tax_lines.clone(),
        totals: quote.totals.clone(),
        prices_include_tax: quote.prices_include_tax,
        captured: zero.clone(),
        refunded: zero.clone(),
        authorized: zero,
        quote_id: quote.quote_id.clone(),
        customer_ref: quote.customer_ref.clone(),
        external_ref: acceptance.external_ref.clone(),
        source: acceptance.source.into(),
        country_code: acceptance.country_code.clone(),
        place_time: Some(to_timestamp(acceptance.place_time)),
        capture_mode: quote.capture_mode,
        ..Order::default()
    };
    Event::Accepted(OrderAccepted { order: Some(order) })
}

fn line(line: &QuoteLine) -> OrderLine {
    let quantity = line.price.as_ref().map_or(0, |price| price.quantity);
    OrderLine {
        line_id: line.line_id.clone(),
        sku: line
            .price
            .as_ref()
            .map(|price| price.sku.clone())
            .unwrap_or_default(),
        title: line.title.clone(),
        product_id: line.product_id.clone(),
        kind: line.kind,
        stock_tracked: line.stock_tracked,
        price: line.price.clone(),
        override_reason: line.override_reason.clone(),
        ordered: quantity,
        open: quantity,
        ..OrderLine::default()
    }
}

/// Checks what only the quote can tell about a request to order it.
///
/// # Errors
/// ADDRESS_REQUIRED when goods go nowhere, PAYMENT_REQUIRED when there is something to pay and no token.
pub(crate) fn check_request(
    quote: &Quote,
    has_address: bool,
    payment_token: &str,
) -> Result<(), Error> {
    let goods = quote
        .lines
        .iter()
        .any(|line| line.kind == i32::from(LineKind::Goods));
    if goods && !has_address {
        return Err(Error::new(
            Kind::InvalidArgument,
            reason::ADDRESS_REQUIRED,
            "a line is GOODS, so a shipping address is required",
        )
        .field("shipping_address", "required", "is required for goods"));
    }
    let due = quote
        .totals
        .as_ref()
        .map_or(0, |totals| super::amounts::minor(totals.total.as_ref()));
    if due > 0 && payment_token.is_empty() {
        return Err(Error::new(
            Kind::InvalidArgument,
            reason::PAYMENT_REQUIRED,
            "there is something to pay, so a payment token is required",
        )
        .field(
            "payment_token",
            "required",
            "is required unless the total is 0",
        ));
    }
    Ok(())
}

/// The stock that an order needs: units by sku, each sku once, of the lines of which stock is kept.
#[must_use]
pub(crate) fn demand(order: &Order) -> BTreeMap<String, i64> {
    let mut demand = BTreeMap::new();
    for line in order.lines.iter().filter(|line| line.stock_tracked) {
        *demand.entry(line.sku.clone()).or_insert(0) += line.ordered;
    }
    demand
}

/// The demand as lines of at most `most` units, as a hold takes them.
pub(crate) fn demand_lines(order: &Order, most: i64) -> Vec<(String, i64)> {
    let mut lines = Vec::new();
    for (sku, mut units) in demand(order) {
        while units > most {
            lines.push((sku.clone(), most));
            units -= most;
        }
        lines.push((sku, units));
    }
    lines
}

/// What the pivot secured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secured {
    /// The hold; empty where no stock is needed.
    pub hold_id: String,
    /// The payment; empty where nothing is to be paid.
    pub payment_id: String,
}

/// The pivot: from here on the order only moves forward. Nothing when it is decided already.
///
/// # Errors
/// ORDER_STATE when a cancel came first.
pub(crate) fn confirm(order: &Order, secured: &Secured) -> Result<Vec<Event>, Error> {
    match phase(order) {
        Phase::Confirmed => Ok(Vec::new()),
        Phase::Canceling | Phase::Canceled if !mutant!("order.pivot") => Err(state_refused(order)),
        _ => Ok(vec![Event::Confirmed(OrderConfirmed {
            hold_id: secured.hold_id.clone(),
            payment_id: secured.payment_id.clone(),
            authorized: if secured.payment_id.is_empty() {
                money(order, 0)
            } else {
                money(order, total(order))
            },
        })]),
    }
}

/// The refusal: nothing is kept and nothing is owed. Nothing when it is canceled already.
///
/// # Errors
/// ORDER_STATE when it was confirmed, also when it is being canceled since.
pub(crate) fn refuse(order: &Order, reason: CancelReason) -> Result<Vec<Event>, Error> {
    match phase(order) {
        Phase::Canceling if order.confirm_time.is_some() => Err(state_refused(order)),
        Phase::Canceled => Ok(Vec::new()),
        Phase::Confirmed => Err(state_refused(order)),
        Phase::Pending | Phase::Canceling => {
            // Who asked first names the reason.
            let asked = order.cancel_reason();
            let reason = if asked == CancelReason::Unspecified {
                reason
            } else {
                asked
            };
            Ok(vec![Event::Canceled(OrderCanceled {
                reason: reason.into(),
                refunded: money(order, 0),
                refunded_externally: None,
            })])
        }
    }
}

/// What is captured right after the pivot, in minor units.
#[must_use]
pub(crate) fn due_at_once(order: &Order) -> i64 {
    if order.capture_mode() == CaptureMode::OnShipment {
        return 0;
    }
    total(order) - settled(order)
}

/// Records what the capture took. Nothing when it is recorded already.
#[must_use]
pub(crate) fn capture(order: &Order, payment_id: &str, amount: i64) -> Vec<Event> {
    if amount <= 0 || settled(order) >= total(order) {
        return Vec::new();
    }
    let mut events = Vec::new();
    if !order.hold_reason.is_empty() {
        events.push(Event::Resumed(stoa_api::order::v1::OrderResumed {}));
    }
    events.push(Event::Captured(OrderCaptured {
        payment_id: payment_id.to_owned(),
        amount: money(order, amount),
    }));
    events
}

/// Asks the customer to do something for the payment. Nothing when he is asked for that already.
///
/// # Errors
/// ORDER_STATE when the order is decided or a cancel came first.
pub(crate) fn require_action(
    order: &Order,
    wanted: &OrderActionRequired,
) -> Result<Vec<Event>, Error> {
    if phase(order) != Phase::Pending {
        return Err(state_refused(order));
    }
    let asked = order.next_action.as_ref().is_some_and(|asked| {
        asked.payment_id == wanted.payment_id
            && asked.kind == wanted.kind
            && asked.expire_time == wanted.expire_time
    });
    if asked {
        return Ok(Vec::new());
    }
    Ok(vec![Event::ActionRequired(wanted.clone())])
}

/// Puts a confirmed order on hold. Nothing when it is on hold for that reason already.
#[must_use]
pub(crate) fn put_on_hold(order: &Order, reason: &str) -> Vec<Event> {
    if order.hold_reason == reason {
        return Vec::new();
    }
    vec![Event::PutOnHold(OrderPutOnHold {
        reason: reason.to_owned(),
    })]
}

/// The refusal of a command that the order's state does not allow.
#[must_use]
pub(crate) fn state_refused(order: &Order) -> Error {
    let state = order.state().as_str_name();
    let state = state.strip_prefix("ORDER_STATE_").unwrap_or(state);
    Error::new(
        Kind::FailedPrecondition,
        reason::ORDER_STATE,
        format!("the order is {state}, which does not allow it"),
    )
    .meta("state", state)
}
