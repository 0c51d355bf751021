//! Goods that come back: units and the money for them.

use std::collections::HashMap;

use stoa_api::order::v1::{
    LineQuantity, Order, OrderLine, OrderReturnRejected, OrderReturnStarted, OrderReturned, Return,
    ReturnLine, ReturnState, reason,
};
use stoa_errors::{Error, Kind};

use super::amounts::{gross, kept_outside, minor, money, share};
use super::buckets::Buckets;
use super::cancel::refundable;
use super::event::Event;

/// What of a line was asked back: units, and what was granted for them in minor units.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    units: i64,
    minor: i64,
}

/// Moves units into the returning bucket and says what is given back for each line.
///
/// `returns` are the order's returns so far. What is given back for a line is what is due for all units of it that
/// were asked back, less what was granted for the earlier of them: so whichever returns were rejected meanwhile, the
/// grants for all units of a line add up to its price and never to more.
///
/// # Errors
/// LINE_NOT_FOUND; QUANTITY_NOT_RETURNABLE, also for an order of which nothing has left.
pub(crate) fn start<'a>(
    order: &Order,
    return_id: &str,
    wanted: &'a [LineQuantity],
    returns: impl Iterator<Item = &'a Return>,
) -> Result<(Vec<Event>, Vec<ReturnLine>), Error> {
    let mut granted: HashMap<&str, Asked> = HashMap::new();
    for returned in returns.filter(|returned| returned.state() != ReturnState::Rejected) {
        for line in &returned.lines {
            let asked = granted.entry(line.line_id.as_str()).or_default();
            asked.units += line.quantity;
            asked.minor += minor(line.refund.as_ref());
        }
    }
    let mut lines = Vec::with_capacity(wanted.len());
    let mut taken: HashMap<&str, i64> = HashMap::new();
    for (place, wanted) in wanted.iter().enumerate() {
        let taken = taken.entry(wanted.line_id.as_str()).or_default();
        let asked = granted.entry(wanted.line_id.as_str()).or_default();
        let line = return_line(order, place, wanted, *taken, *asked)?;
        *taken += wanted.quantity;
        asked.units += wanted.quantity;
        asked.minor += minor(line.refund.as_ref());
        lines.push(line);
    }
    let event = Event::ReturnStarted(OrderReturnStarted {
        return_id: return_id.to_owned(),
        lines: quantities(&lines),
    });
    Ok((vec![event], lines))
}

/// One line of a return; `taken` units of that line are returned by earlier lines of the same request, and `asked`
/// is what was asked back of it by all returns before.
fn return_line(
    order: &Order,
    place: usize,
    wanted: &LineQuantity,
    taken: i64,
    asked: Asked,
) -> Result<ReturnLine, Error> {
    let line = order
        .lines
        .iter()
        .find(|line| line.line_id == wanted.line_id)
        .ok_or_else(|| {
            Error::not_found(reason::LINE_NOT_FOUND, format!("line {}", wanted.line_id)).field(
                format!("lines[{place}].line_id"),
                "exists",
                "is no line of the order",
            )
        })?;
    if line.returnable() - taken < wanted.quantity {
        return Err(not_returnable(line, place, taken));
    }
    let due = share(gross(line), asked.units + wanted.quantity, line.ordered);
    let refund = (due - asked.minor).max(0);
    Ok(ReturnLine {
        line_id: line.line_id.clone(),
        sku: line.sku.clone(),
        quantity: wanted.quantity,
        refund: money(order, refund),
    })
}

fn not_returnable(line: &OrderLine, place: usize, taken: i64) -> Error {
    let returnable = line.returnable() - taken;
    Error::new(
        Kind::FailedPrecondition,
        reason::QUANTITY_NOT_RETURNABLE,
        format!(
            "{} units of line {} can come back",
            returnable, line.line_id
        ),
    )
    .field(
        format!("lines[{place}].quantity"),
        "returnable",
        "is more than left and has not come back",
    )
    .meta("line_id", &line.line_id)
    .meta("returnable", returnable)
}

/// The lines of a return as the order's events name them.
#[must_use]
pub(crate) fn quantities(lines: &[ReturnLine]) -> Vec<LineQuantity> {
    lines
        .iter()
        .map(|line| LineQuantity {
            line_id: line.line_id.clone(),
            quantity: line.quantity,
        })
        .collect()
}

/// What is given back for a return, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct GivenBack {
    /// Of what was taken.
    pub by_us: i64,
    /// Of what was paid outside, by whoever takes the goods back.
    pub outside: i64,
}

/// What is given back for a return that is granted `amount` minor units, while `promised` are being given back for
/// others: of what was taken first, then of what was paid outside, and never more than there is.
#[must_use]
pub(crate) fn payable(order: &Order, amount: i64, promised: i64) -> GivenBack {
    let taken = refundable(order).max(0);
    let by_us = amount.min((taken - promised).max(0));
    let promised_outside = (promised - taken).max(0);
    let there = (kept_outside(order) - promised_outside).max(0);
    GivenBack {
        by_us,
        outside: (amount - by_us).min(there),
    }
}

/// Records a rejected return.
#[must_use]
pub(crate) fn reject(return_id: &str, lines: &[ReturnLine]) -> Event {
    Event::ReturnRejected(OrderReturnRejected {
        return_id: return_id.to_owned(),
        lines: quantities(lines),
    })
}

/// Records a finished return.
#[must_use]
pub(crate) fn finish(
    order: &Order,
    return_id: &str,
    lines: &[ReturnLine],
    back: GivenBack,
) -> Event {
    Event::Returned(OrderReturned {
        return_id: return_id.to_owned(),
        lines: quantities(lines),
        refunded: money(order, back.by_us),
        refunded_externally: Some(back.outside)
            .filter(|outside| *outside > 0)
            .and_then(|outside| money(order, outside)),
    })
}

/// Whether a return may go from one state to another.
///
/// # Errors
/// RETURN_STATE.
pub(crate) fn check_transition(from: ReturnState, to: ReturnState) -> Result<(), Error> {
    let allowed = matches!(
        (from, to),
        (
            ReturnState::Requested,
            ReturnState::Approved | ReturnState::Rejected
        ) | (
            ReturnState::Approved,
            ReturnState::Received | ReturnState::Rejected
        ) | (ReturnState::Received, ReturnState::Refunded)
    );
    if allowed {
        return Ok(());
    }
    let state = from.as_str_name();
    let state = state.strip_prefix("RETURN_STATE_").unwrap_or(state);
    Err(Error::new(
        Kind::FailedPrecondition,
        reason::RETURN_STATE,
        format!("the return is {state}, which does not allow it"),
    )
    .meta("state", state))
}
