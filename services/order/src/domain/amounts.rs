//! What is due for some of the units of a line: one cumulative function, so that parts always add up.

use stoa_api::order::v1::{Order, OrderLine};
use stoa_api::type_::v1::Money;

/// Minor units of an optional amount; an absent amount is 0.
#[must_use]
pub(crate) fn minor(amount: Option<&Money>) -> i64 {
    amount.map_or(0, |money| money.minor_units)
}

/// An amount in the currency of the order.
#[must_use]
pub(crate) fn money(order: &Order, minor_units: i64) -> Option<Money> {
    Some(Money {
        currency_code: currency(order).to_owned(),
        minor_units,
    })
}

/// The ISO code of the order's currency; empty before it is accepted.
#[must_use]
pub(crate) fn currency(order: &Order) -> &str {
    order
        .totals
        .as_ref()
        .and_then(|totals| totals.total.as_ref())
        .map_or("", |total| total.currency_code.as_str())
}

/// What is to be paid for the whole order, in minor units.
#[must_use]
pub(crate) fn total(order: &Order) -> i64 {
    minor(
        order
            .totals
            .as_ref()
            .and_then(|totals| totals.total.as_ref()),
    )
}

/// What of the total was taken, paid outside or given up, in minor units: the rest is due now or later.
#[must_use]
pub(crate) fn settled(order: &Order) -> i64 {
    minor(order.captured.as_ref())
        + minor(order.paid_externally.as_ref())
        + minor(order.written_off.as_ref())
}

/// What was paid outside and is not to be given back there, in minor units.
#[must_use]
pub(crate) fn kept_outside(order: &Order) -> i64 {
    minor(order.paid_externally.as_ref()) - minor(order.refunded_externally.as_ref())
}

/// What is to be paid for a whole line, in minor units.
#[must_use]
pub(crate) fn gross(line: &OrderLine) -> i64 {
    minor(line.price.as_ref().and_then(|price| price.gross.as_ref()))
}

/// What is due for `units` of the `ordered` units of a line that costs `gross`, in minor units.
///
/// Rounded half to even; 0 for no unit and exactly `gross` for all of them, and never falling as units rise:
/// so what is due for some units after others is a difference of two values of this function.
#[must_use]
pub(crate) fn share(gross: i64, units: i64, ordered: i64) -> i64 {
    if ordered <= 0 || units <= 0 {
        return 0;
    }
    if units >= ordered {
        return gross;
    }
    let exact = i128::from(gross) * i128::from(units);
    let parts = i128::from(ordered);
    let (whole, rest) = (exact.div_euclid(parts), exact.rem_euclid(parts));
    let rounded = match (rest * 2).cmp(&parts) {
        std::cmp::Ordering::Less => whole,
        std::cmp::Ordering::Greater => whole + 1,
        std::cmp::Ordering::Equal => whole + whole.rem_euclid(2),
    };
    // Between 0 and gross, so it fits.
    i64::try_from(rounded).unwrap_or(gross)
}

/// What is due for the units that `count` picks of each line, in minor units.
#[must_use]
pub(crate) fn due(order: &Order, count: impl Fn(&OrderLine) -> i64) -> i64 {
    order
        .lines
        .iter()
        .map(|line| share(gross(line), count(line), line.ordered))
        .sum()
}
