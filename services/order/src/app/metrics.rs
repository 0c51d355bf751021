//! Orders and money by outcome, and how long a checkout takes.
//!
//! Counted after the commit of what happened, once per event: a step that is repeated records nothing a second time.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter};
use stoa_api::convert::timestamp;
use stoa_api::order::v1::Order;
use stoa_api::type_::v1::Money;

use crate::domain::event::Event;

/// The instruments of the order service.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    orders: Counter<u64>,
    money: Counter<u64>,
    checkout: Histogram<f64>,
}

impl Metrics {
    /// Registers them.
    pub(crate) fn new(meter: &Meter) -> Self {
        Self {
            orders: meter
                .u64_counter("stoa.order.orders")
                .with_description(
                    "Orders by channel and outcome: CONFIRMED, ON_HOLD, or why they were canceled",
                )
                .build(),
            money: meter
                .u64_counter("stoa.order.money_minor")
                .with_description("Minor units that orders and credits moved, by outcome (captured, refunded, paid_externally, written_off, credited, credit_failed) and currency")
                .build(),
            checkout: meter
                .f64_histogram("stoa.order.checkout.duration")
                .with_unit("s")
                .with_description("From the acceptance of an order to its decision, by outcome")
                .build(),
        }
    }

    /// Counts what happened to an order.
    pub(crate) fn happened(&self, order: &Order, events: &[Event]) {
        for event in events {
            match event {
                Event::Confirmed(_) => {
                    self.outcome(order, "CONFIRMED");
                    self.decided(order, "CONFIRMED");
                }
                Event::PutOnHold(_) => self.outcome(order, "ON_HOLD"),
                Event::Canceled(event) => {
                    let reason = event.reason().as_str_name();
                    let reason = reason.strip_prefix("CANCEL_REASON_").unwrap_or(reason);
                    self.outcome(order, reason);
                    if order.confirm_time.is_none() {
                        self.decided(order, reason);
                    }
                    self.moved("refunded", event.refunded.as_ref());
                }
                Event::PaidExternally(event) => {
                    self.moved("paid_externally", event.amount.as_ref());
                }
                Event::WrittenOff(event) => self.moved("written_off", event.amount.as_ref()),
                Event::Captured(event) => self.moved("captured", event.amount.as_ref()),
                Event::Shipped(event) => self.moved("captured", event.captured.as_ref()),
                Event::Returned(event) => self.moved("refunded", event.refunded.as_ref()),
                _ => {}
            }
        }
    }

    /// Counts a credit that came to its end.
    pub(crate) fn credited(&self, paid: bool, total: Option<&Money>) {
        self.moved(if paid { "credited" } else { "credit_failed" }, total);
    }

    fn outcome(&self, order: &Order, outcome: &'static str) {
        let channel = KeyValue::new("channel", order.channel_code.clone());
        self.orders
            .add(1, &[channel, KeyValue::new("outcome", outcome)]);
    }

    fn decided(&self, order: &Order, outcome: &'static str) {
        let took = took(order).unwrap_or_default().as_secs_f64();
        self.checkout
            .record(took, &[KeyValue::new("outcome", outcome)]);
    }

    fn moved(&self, outcome: &'static str, amount: Option<&Money>) {
        let Some(amount) = amount.filter(|amount| amount.minor_units > 0) else {
            return;
        };
        let minor = u64::try_from(amount.minor_units).unwrap_or_default();
        let currency = KeyValue::new("currency", amount.currency_code.clone());
        self.money
            .add(minor, &[KeyValue::new("outcome", outcome), currency]);
    }
}

/// From the acceptance to the last change, by the times that were recorded.
fn took(order: &Order) -> Option<Duration> {
    let from = timestamp("create_time", order.create_time.as_ref()?).ok()?;
    let to = timestamp("update_time", order.update_time.as_ref()?).ok()?;
    Some(to.since(from))
}
