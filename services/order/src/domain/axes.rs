//! How an order stands: five axes, computed from its facts after each event and never set by hand.

use stoa_api::order::v1::{AxisState, Order, OrderLine, OrderState};

use super::amounts::{kept_outside, minor, settled, total};

/// What the events said of the order as a whole, before its units and money are looked at.
///
/// Kept inside the order's own `state` field: a phase is the state without the computed CLOSED and ON_HOLD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Accepted, not decided.
    Pending,
    /// Past the pivot.
    Confirmed,
    /// A cancel is under way.
    Canceling,
    /// Over.
    Canceled,
}

/// The phase of an order.
#[must_use]
pub(crate) fn phase(order: &Order) -> Phase {
    match order.state() {
        OrderState::Confirmed | OrderState::OnHold | OrderState::Closed => Phase::Confirmed,
        OrderState::Canceling => Phase::Canceling,
        OrderState::Canceled | OrderState::Expired => Phase::Canceled,
        OrderState::Pending | OrderState::Unspecified => Phase::Pending,
    }
}

/// Computes the axes of an order that is in `phase`.
pub(crate) fn settle(order: &mut Order, phase: Phase) {
    let fulfilled = units(order, |line| line.fulfilled);
    let canceled = units(order, |line| line.canceled);
    let ordered = units(order, |line| line.ordered);
    let returned = units(order, |line| line.returned);
    let (authorized, captured) = (
        minor(order.authorized.as_ref()),
        minor(order.captured.as_ref()),
    );
    let (refunded, total) = (minor(order.refunded.as_ref()), total(order));
    let done = fulfilled > 0 && fulfilled + canceled == ordered && settled(order) >= total;
    let charged = captured - refunded + kept_outside(order);
    let wanted = total - minor(order.written_off.as_ref());
    let state = match phase {
        Phase::Pending => OrderState::Pending,
        Phase::Canceling => OrderState::Canceling,
        Phase::Canceled => OrderState::Canceled,
        Phase::Confirmed if !order.hold_reason.is_empty() => OrderState::OnHold,
        Phase::Confirmed if done => OrderState::Closed,
        Phase::Confirmed => OrderState::Confirmed,
    };
    order.set_state(state);
    order.set_fulfillment_state(part(fulfilled, ordered - canceled));
    order.set_return_state(part(returned, fulfilled));
    order.set_authorized_state(part(authorized, total));
    order.set_charged_state(part(charged, wanted));
}

fn units(order: &Order, count: impl Fn(&OrderLine) -> i64) -> i64 {
    order.lines.iter().map(count).sum()
}

fn part(some: i64, all: i64) -> AxisState {
    match some {
        some if some <= 0 => AxisState::None,
        some if some < all => AxisState::Partial,
        some if some == all => AxisState::Full,
        _ => AxisState::Over,
    }
}
