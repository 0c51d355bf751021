//! What it means that services agree about an order or a credit which is at rest.

use std::collections::BTreeMap;

use stoa_api::ops::v1::Fact;

/// Why they do not agree, and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) detail: String,
    pub(super) repair: String,
}

/// How an order or a credit stands, as far as its stock and its money depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// Work on it must go on: an order PENDING or CANCELING, a credit PENDING.
    Moving,
    /// An order that was accepted and is kept.
    Kept,
    /// An order that was refused or canceled.
    Over,
    /// A credit that was paid out.
    Paid,
    /// A credit whose payment was refused.
    Unpaid,
}

impl Stand {
    /// Read from the order service's fact; none for a state that this doctor does not know.
    pub(super) fn of(order: &Fact) -> Option<Self> {
        let state = state(order, "order").or_else(|| state(order, "credit"));
        Some(match (state?, is_credit(order)) {
            ("PENDING" | "CANCELING", _) => Self::Moving,
            ("CONFIRMED" | "ON_HOLD" | "CLOSED", false) => Self::Kept,
            ("CANCELED" | "EXPIRED", false) => Self::Over,
            ("PAID", true) => Self::Paid,
            ("FAILED", true) => Self::Unpaid,
            _ => return None,
        })
    }
}

/// The units of an order against its hold, those of a credit against what came back.
pub(super) fn stock(order: Option<&Fact>, stock: Option<&Fact>) -> Option<Wrong> {
    let Some(order) = order else {
        let stock = stock?;
        let what = states(stock, &["hold", "return"]);
        let detail = format!("inventory holds {what} for it, and no such order or credit exists");
        return Some(wrong(detail, look_at_movements()));
    };
    let wanted = positive(&order.quantities);
    let there = stock.map_or_else(BTreeMap::new, |stock| positive(&stock.quantities));
    let hold = stock.map_or("NONE", |stock| state(stock, "hold").unwrap_or("NONE"));
    let said = states(order, &["order", "credit"]);
    match Stand::of(order)? {
        Stand::Moving => None,
        Stand::Over => {
            let ended = ["NONE", "RELEASED", "EXPIRED", "CANCELED", "DEALLOCATED"];
            let detail = format!("the order is {said}, its hold is {hold}");
            (!ended.contains(&hold)).then(|| wrong(detail, look_at_events(order)))
        }
        Stand::Kept => {
            let allowed: &[&str] = match (wanted.is_empty(), state(order, "fulfillment")) {
                (true, _) => &["NONE", "CANCELED"],
                (_, Some("FULL")) => &["SHIPPED"],
                (_, Some("PARTIAL")) => &["ALLOCATED", "SHIPPED"],
                _ => &["ALLOCATED"],
            };
            let repair = if state(order, "fulfillment") == Some("NONE") {
                cancel(order)
            } else {
                look_at_events(order)
            };
            if !allowed.contains(&hold) {
                let left = state(order, "fulfillment").unwrap_or("NONE");
                let detail =
                    format!("the order is {said}, of it has left {left}, its hold is {hold}");
                return Some(wrong(detail, repair));
            }
            unlike(&wanted, &there, "the hold keeps").map(|detail| wrong(detail, repair))
        }
        Stand::Paid | Stand::Unpaid => unlike(&wanted, &there, "inventory took back")
            .map(|detail| wrong(detail, look_at_movements())),
    }
}

/// The money of an order or credit against its payments. All amounts are in minor units.
pub(super) fn money(order: Option<&Fact>, money: Option<&Fact>) -> Option<Wrong> {
    let Some(order) = order else {
        let payment = states(money?, &["payment"]);
        let detail = format!("its payment is {payment}, and no such order or credit exists");
        return Some(wrong(detail, look_at_payments("")));
    };
    let none = Fact::default();
    let paid = money.unwrap_or(&none);
    let payment_id = state(order, "payment_id").unwrap_or_default();
    let repair = || look_at_payments(payment_id);
    let reserved = amount(paid, "authorized") - amount(paid, "voided");
    let kept = amount(paid, "captured") - amount(paid, "refunded");
    let (total, captured) = (amount(order, "total"), amount(order, "captured"));
    let pairs = match Stand::of(order)? {
        Stand::Moving => return None,
        Stand::Paid => vec![("paid out", total, amount(paid, "credited"))],
        Stand::Unpaid => vec![("paid out", 0, amount(paid, "credited"))],
        // Of an order that is over nothing is kept and nothing stays reserved, whatever was taken on the way.
        Stand::Over => vec![
            ("kept", captured - amount(order, "refunded"), kept),
            ("kept of what is over", 0, kept),
            ("still reserved", 0, reserved - amount(paid, "captured")),
        ],
        Stand::Kept => vec![
            ("reserved", amount(order, "authorized"), reserved),
            // What was taken twice by a late success is given back by payment itself.
            ("taken", captured, captured.min(amount(paid, "captured"))),
            ("kept", captured - amount(order, "refunded"), kept),
        ],
    };
    let (what, ours, theirs) = pairs.into_iter().find(|(_, ours, theirs)| ours != theirs)?;
    let detail = match money {
        None => format!("{ours} is {what}, says order, and no payment of it exists"),
        Some(_) => format!("{ours} is {what}, says order; {theirs}, says payment"),
    };
    Some(wrong(detail, repair()))
}

/// Whether work goes on where it must.
pub(super) fn work(order: &Fact, busy: bool) -> Option<Wrong> {
    if busy || Stand::of(order)? != Stand::Moving {
        return None;
    }
    let said = states(order, &["order", "credit"]);
    let detail = format!("it is {said}, and no work on it goes on");
    let repair = format!(
        "stoa workflow list --service order --subject {}",
        order.subject
    );
    Some(wrong(detail, format!("look first: {repair}")))
}

fn wrong(detail: String, repair: String) -> Wrong {
    Wrong { detail, repair }
}

fn cancel(order: &Fact) -> String {
    format!(
        "stoa.order.v1.OrderService/CancelOrder {{\"order_id\": \"{}\"}}, and place it again",
        order.subject
    )
}

fn look_at_events(order: &Fact) -> String {
    format!(
        "look first: stoa.order.v1.OrderService/ListOrderEvents {{\"order_id\": \"{}\"}}",
        order.subject
    )
}

fn look_at_payments(payment_id: &str) -> String {
    let list = "look first: stoa.payment.v1.PaymentAdminService/ListPaymentOperations";
    match payment_id {
        "" => list.to_owned(),
        id => format!("{list} {{\"payment_id\": \"{id}\"}}"),
    }
}

fn look_at_movements() -> String {
    "look first: stoa.inventory.v1.InventoryAdminService/ListMovements; count, then AdjustStock"
        .to_owned()
}

/// The units that differ, if any do.
fn unlike(wanted: &BTreeMap<&str, i64>, there: &BTreeMap<&str, i64>, verb: &str) -> Option<String> {
    let skus = wanted.keys().chain(there.keys());
    let units = |side: &BTreeMap<&str, i64>, sku: &str| side.get(sku).copied().unwrap_or(0);
    skus.map(|sku| (*sku, units(wanted, sku), units(there, sku)))
        .find(|(_, wanted, there)| wanted != there)
        .map(|(sku, wanted, there)| format!("{wanted} of {sku} belong to it, {verb} {there}"))
}

fn is_credit(order: &Fact) -> bool {
    order.states.contains_key("credit")
}

fn state<'a>(fact: &'a Fact, name: &str) -> Option<&'a str> {
    fact.states.get(name).map(String::as_str)
}

/// The first of these states that the fact has.
fn states<'a>(fact: &'a Fact, names: &[&str]) -> &'a str {
    let found = names.iter().find_map(|name| state(fact, name));
    found.unwrap_or("in no known state")
}

fn amount(fact: &Fact, name: &str) -> i64 {
    fact.amounts.get(name).copied().unwrap_or(0)
}

fn positive(quantities: &BTreeMap<String, i64>) -> BTreeMap<&str, i64> {
    let some = quantities.iter().filter(|(_, units)| **units != 0);
    some.map(|(sku, units)| (sku.as_str(), *units)).collect()
}
