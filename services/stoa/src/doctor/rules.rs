//! What it means that services agree about an order or a credit which is at rest.

use std::collections::BTreeMap;

use stoa_api::ops::v1::Fact;

use super::repairs;

/// The checks that these rules are.
const STOCK: &str = "orders_vs_stock";
const MONEY: &str = "orders_vs_payment";
const WORK: &str = "orders_have_work";

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
    /// A return whose goods are not here: asked for, granted, or refused.
    Awaited,
    /// A return whose goods are here, and whose money was given back.
    Back,
}

impl Stand {
    /// Read from the order service's fact; none for a state that this doctor does not know.
    pub(super) fn of(order: &Fact) -> Option<Self> {
        if let Some(state) = state(order, "return") {
            return Some(match state {
                "RECEIVED" => Self::Moving,
                "REFUNDED" => Self::Back,
                "REQUESTED" | "APPROVED" | "REJECTED" => Self::Awaited,
                _ => return None,
            });
        }
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

/// The units of an order against its hold, those of a credit or a return against what came back.
pub(super) fn stock(order: Option<&Fact>, stock: Option<&Fact>) -> Option<Wrong> {
    let Some(order) = order else {
        let stock = stock?;
        let what = states(stock, &["hold", "return"]);
        let detail =
            format!("inventory holds {what} for it, and no such order, return or credit exists");
        return Some(wrong(detail, repairs::of(STOCK, &stock.subject)));
    };
    let wanted = positive(&order.quantities);
    let there = stock.map_or_else(BTreeMap::new, |stock| positive(&stock.quantities));
    let hold = stock.map_or("NONE", |stock| state(stock, "hold").unwrap_or("NONE"));
    let said = states(order, &["order", "credit", "return"]);
    let repair = || repairs::of(STOCK, &order.subject);
    match Stand::of(order)? {
        Stand::Moving => None,
        Stand::Over => {
            let ended = ["NONE", "RELEASED", "EXPIRED", "CANCELED", "DEALLOCATED"];
            let detail = format!("the order is {said}, its hold {hold}");
            (!ended.contains(&hold)).then(|| wrong(detail, repair()))
        }
        Stand::Kept => {
            let allowed: &[&str] = match (wanted.is_empty(), state(order, "fulfillment")) {
                (true, _) => &["NONE", "CANCELED"],
                (_, Some("FULL")) => &["SHIPPED"],
                (_, Some("PARTIAL")) => &["ALLOCATED", "SHIPPED"],
                _ => &["ALLOCATED"],
            };
            if !allowed.contains(&hold) {
                let left = state(order, "fulfillment").unwrap_or("NONE");
                let detail = format!("the order is {said}, its fulfilment {left}, its hold {hold}");
                return Some(wrong(detail, repair()));
            }
            unlike(&wanted, &there, "the hold keeps").map(|detail| wrong(detail, repair()))
        }
        Stand::Paid | Stand::Unpaid | Stand::Awaited | Stand::Back => {
            unlike(&wanted, &there, "inventory took back").map(|detail| wrong(detail, repair()))
        }
    }
}

/// The money of an order or credit against its payments. All amounts are in minor units.
pub(super) fn money(order: Option<&Fact>, money: Option<&Fact>) -> Option<Wrong> {
    let Some(order) = order else {
        let said = states(money?, &["payment"]);
        let detail = format!("its payment is {said}, and no such order or credit exists");
        return Some(wrong(detail, repairs::of(MONEY, &money?.subject)));
    };
    let none = Fact::default();
    let paid = money.unwrap_or(&none);
    let pending = amount(paid, "pending");
    if pending != 0 {
        let detail = format!("what has become of {pending} is not known yet");
        return Some(wrong(detail, repairs::of(MONEY, &order.subject)));
    }
    let reserved = amount(paid, "authorized") - amount(paid, "voided");
    let kept = amount(paid, "captured") - amount(paid, "refunded");
    let (total, captured) = (amount(order, "total"), amount(order, "captured"));
    let pairs = match Stand::of(order)? {
        // The money of a return is its order's.
        Stand::Moving | Stand::Awaited | Stand::Back => return None,
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
    Some(wrong(detail, repairs::of(MONEY, &order.subject)))
}

/// That no work must go on, since none does.
pub(super) fn work(order: &Fact) -> Option<Wrong> {
    if Stand::of(order)? != Stand::Moving {
        return None;
    }
    let said = states(order, &["order", "credit", "return"]);
    let detail = format!("it is {said}, and no work on it goes on");
    Some(wrong(detail, repairs::of(WORK, &order.subject)))
}

fn wrong(detail: String, repair: String) -> Wrong {
    Wrong { detail, repair }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(states: &[(&str, &str)], amounts: &[(&str, i64)], units: i64) -> Fact {
        let text = |pair: &(&str, &str)| (pair.0.to_owned(), pair.1.to_owned());
        let number = |pair: &(&str, i64)| (pair.0.to_owned(), pair.1);
        Fact {
            subject: "ord_1".to_owned(),
            states: states.iter().map(text).collect(),
            amounts: amounts.iter().map(number).collect(),
            quantities: BTreeMap::from([("mug".to_owned(), units)]),
            ..Fact::default()
        }
    }

    fn order(state: &str, left: &str, units: i64) -> Fact {
        fact(&[("order", state), ("fulfillment", left)], &[], units)
    }

    fn hold(state: &str, units: i64) -> Fact {
        fact(&[("hold", state)], &[], units)
    }

    #[test]
    fn the_hold_of_an_order_is_where_the_order_says() {
        let cases = [
            ("CONFIRMED", "NONE", 2, "ALLOCATED", 2, true),
            ("ON_HOLD", "NONE", 2, "ALLOCATED", 2, true),
            ("CLOSED", "FULL", 2, "SHIPPED", 2, true),
            ("CANCELED", "NONE", 0, "DEALLOCATED", 0, true),
            ("CANCELED", "NONE", 0, "RELEASED", 0, true),
            ("PENDING", "NONE", 2, "HELD", 0, true),
            ("CONFIRMED", "NONE", 2, "HELD", 0, false),
            ("CONFIRMED", "NONE", 2, "RELEASED", 0, false),
            ("CONFIRMED", "NONE", 2, "SHIPPED", 2, false),
            ("CONFIRMED", "NONE", 2, "ALLOCATED", 3, false),
            ("CLOSED", "FULL", 2, "ALLOCATED", 2, false),
            ("CANCELED", "NONE", 0, "ALLOCATED", 2, false),
            ("CANCELED", "NONE", 0, "HELD", 0, false),
            ("CANCELED", "NONE", 0, "SHIPPED", 2, false),
        ];
        for (state, left, ordered, held, units, agree) in cases {
            let found = stock(Some(&order(state, left, ordered)), Some(&hold(held, units)));
            assert_eq!(found.is_none(), agree, "{state} {left} {held}: {found:?}");
        }
    }

    #[test]
    fn goods_without_a_hold_and_a_hold_without_an_order_are_wrong() {
        assert!(stock(Some(&order("CONFIRMED", "NONE", 2)), None).is_some());
        assert!(stock(Some(&order("CONFIRMED", "NONE", 0)), None).is_none());
        assert!(stock(Some(&order("CANCELED", "NONE", 0)), None).is_none());
        assert!(stock(None, Some(&hold("ALLOCATED", 2))).is_some());
        assert!(stock(None, None).is_none());
    }

    #[test]
    fn what_a_credit_takes_back_is_in_stock() {
        let credit = |units| fact(&[("credit", "PAID")], &[("total", 5)], units);
        let back = |units| fact(&[("return", "RETURNED")], &[], units);
        assert!(stock(Some(&credit(2)), Some(&back(2))).is_none());
        assert!(stock(Some(&credit(2)), Some(&back(1))).is_some());
        assert!(stock(Some(&credit(2)), None).is_some());
        assert!(stock(Some(&credit(0)), None).is_none());
    }

    #[test]
    fn what_came_back_is_in_stock_when_its_money_was_given_back() {
        let returned = |state, units| fact(&[("return", state)], &[], units);
        let back = |units| fact(&[("return", "RETURNED")], &[], units);
        assert!(stock(Some(&returned("REFUNDED", 2)), Some(&back(2))).is_none());
        assert!(stock(Some(&returned("REFUNDED", 2)), Some(&back(1))).is_some());
        assert!(stock(Some(&returned("REFUNDED", 2)), None).is_some());
        assert!(stock(Some(&returned("REFUNDED", 0)), None).is_none());
        assert!(stock(Some(&returned("APPROVED", 0)), None).is_none());
        assert!(stock(Some(&returned("REJECTED", 0)), Some(&back(2))).is_some());
        assert!(stock(Some(&returned("RECEIVED", 2)), None).is_none());
        assert!(stock(None, Some(&back(2))).is_some());
        assert!(money(Some(&returned("REFUNDED", 2)), None).is_none());
        assert!(work(&returned("RECEIVED", 2)).is_some());
        assert!(work(&returned("REFUNDED", 2)).is_none());
    }

    /// Amounts of the order: authorized, captured, refunded; of its payments the same, and voided.
    fn agree(state: &str, ours: [i64; 3], theirs: Option<[i64; 4]>) -> bool {
        let [authorized, captured, refunded] = ours;
        let amounts = [
            ("total", 100),
            ("authorized", authorized),
            ("captured", captured),
            ("refunded", refunded),
        ];
        let order = fact(&[("order", state)], &amounts, 0);
        let payment = theirs.map(|[authorized, captured, refunded, voided]| {
            let amounts = [
                ("authorized", authorized),
                ("captured", captured),
                ("refunded", refunded),
                ("voided", voided),
            ];
            fact(&[("payment", "CAPTURED")], &amounts, 0)
        });
        money(Some(&order), payment.as_ref()).is_none()
    }

    #[test]
    fn money_is_what_both_say() {
        assert!(agree("CONFIRMED", [100, 0, 0], Some([100, 0, 0, 0])));
        assert!(agree("CLOSED", [100, 100, 30], Some([100, 100, 30, 0])));
        assert!(agree("CONFIRMED", [0, 0, 0], None));
        assert!(agree("PENDING", [0, 0, 0], Some([100, 0, 0, 0])));
        assert!(!agree("CONFIRMED", [100, 0, 0], None));
        assert!(!agree("CONFIRMED", [100, 0, 0], Some([100, 100, 0, 0])));
        assert!(!agree("CLOSED", [100, 100, 0], Some([100, 0, 0, 0])));
        assert!(!agree("CLOSED", [100, 100, 30], Some([100, 100, 60, 0])));
        assert!(!agree("CONFIRMED", [100, 0, 0], Some([200, 0, 0, 0])));
    }

    #[test]
    fn what_is_pending_is_not_agreed_on() {
        let order = fact(&[("order", "CONFIRMED")], &[], 0);
        let paid = fact(&[("payment", "AUTHORIZED")], &[("pending", 7)], 0);
        assert!(money(Some(&order), Some(&paid)).is_some());
    }

    #[test]
    fn what_was_taken_twice_and_given_back_is_no_disagreement() {
        assert!(agree("CLOSED", [100, 100, 0], Some([100, 200, 100, 0])));
        assert!(agree("CONFIRMED", [100, 0, 0], Some([200, 0, 0, 100])));
        assert!(!agree("CLOSED", [100, 100, 0], Some([100, 200, 0, 0])));
    }

    #[test]
    fn of_a_canceled_order_nothing_is_kept() {
        assert!(agree("CANCELED", [0, 0, 0], None));
        assert!(agree("CANCELED", [0, 0, 0], Some([100, 0, 0, 100])));
        assert!(agree("CANCELED", [100, 100, 100], Some([100, 100, 100, 0])));
        assert!(!agree("CANCELED", [0, 0, 0], Some([100, 0, 0, 0])));
        assert!(!agree("CANCELED", [100, 100, 0], Some([100, 100, 0, 0])));
        assert!(!agree("CANCELED", [100, 100, 100], Some([100, 100, 0, 0])));
    }

    #[test]
    fn a_paid_credit_was_paid_out_and_another_was_not() {
        let credit = |state| fact(&[("credit", state)], &[("total", 50)], 0);
        let paid = |minor| fact(&[("payment", "CREDITED")], &[("credited", minor)], 0);
        assert!(money(Some(&credit("PAID")), Some(&paid(50))).is_none());
        assert!(money(Some(&credit("PAID")), Some(&paid(49))).is_some());
        assert!(money(Some(&credit("PAID")), None).is_some());
        assert!(money(Some(&credit("FAILED")), Some(&paid(0))).is_none());
        assert!(money(Some(&credit("FAILED")), Some(&paid(50))).is_some());
        assert!(money(None, Some(&paid(50))).is_some());
    }

    #[test]
    fn what_must_move_is_moved_by_somebody() {
        assert!(work(&order("PENDING", "NONE", 1)).is_some());
        assert!(work(&order("CANCELING", "NONE", 1)).is_some());
        assert!(work(&fact(&[("credit", "PENDING")], &[], 0)).is_some());
        assert!(work(&order("CONFIRMED", "NONE", 1)).is_none());
    }
}
