//! An order as an operator sees it after a command.

use std::fmt;

use serde::Serialize;
use stoa_api::order::v1 as pb;
use stoa_api::type_::v1::Money;

use crate::client::Failure;

/// How it stands.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    order_id: String,
    state: String,
    hold_reason: Option<String>,
    charged_state: String,
    total: Option<Amount>,
    captured: Option<Amount>,
    refunded: Option<Amount>,
    paid_externally: Option<Amount>,
    refunded_externally: Option<Amount>,
    written_off: Option<Amount>,
    revision: i64,
}

/// An amount: minor units in JSON, as it is written in text.
#[derive(Debug, Serialize)]
struct Amount {
    minor_units: i64,
    currency_code: String,
}

impl Row {
    pub(super) fn new(order: Option<pb::Order>) -> Result<Self, Failure> {
        let order = order
            .ok_or_else(|| Failure::Broken("the answer of the suite holds no order".to_owned()))?;
        let name = |name: &str, prefix: &str| name.trim_start_matches(prefix).to_owned();
        let total = order
            .totals
            .as_ref()
            .and_then(|totals| totals.total.clone());
        Ok(Self {
            state: name(order.state().as_str_name(), "ORDER_STATE_"),
            charged_state: name(order.charged_state().as_str_name(), "AXIS_STATE_"),
            order_id: order.order_id,
            hold_reason: Some(order.hold_reason).filter(|reason| !reason.is_empty()),
            total: total.map(Amount::of),
            captured: order.captured.map(Amount::of),
            refunded: order.refunded.map(Amount::of),
            paid_externally: order.paid_externally.map(Amount::of),
            refunded_externally: order.refunded_externally.map(Amount::of),
            written_off: order.written_off.map(Amount::of),
            revision: order.revision,
        })
    }
}

impl Amount {
    fn of(money: Money) -> Self {
        Self {
            minor_units: money.minor_units,
            currency_code: money.currency_code,
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match stoa_types::Currency::parse(&self.currency_code) {
            Ok(currency) => stoa_types::Money::new(self.minor_units, currency).fmt(f),
            Err(_) => write!(f, "{} {}", self.minor_units, self.currency_code),
        }
    }
}

/// One line per field that says something.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:20} {}", "order", self.order_id)?;
        writeln!(f, "{:20} {}", "state", self.state)?;
        if let Some(reason) = &self.hold_reason {
            writeln!(f, "{:20} {reason}", "on hold for")?;
        }
        writeln!(f, "{:20} {}", "charged", self.charged_state)?;
        for (name, amount) in [
            ("total", &self.total),
            ("captured", &self.captured),
            ("refunded", &self.refunded),
            ("paid outside", &self.paid_externally),
            ("to be given back outside", &self.refunded_externally),
            ("written off", &self.written_off),
        ] {
            if let Some(amount) = amount {
                writeln!(f, "{name:20} {amount}")?;
            }
        }
        write!(f, "{:20} {}", "revision", self.revision)
    }
}
