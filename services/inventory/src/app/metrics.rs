//! What inventory counts: how holds fare, and how often stock was lacking.

use opentelemetry::KeyValue;
use opentelemetry::metrics::Counter;
use stoa_telemetry::Meter;

use crate::domain::HoldState;

/// The instruments of inventory; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    holds: Counter<u64>,
    out_of_stock: Counter<u64>,
}

impl Metrics {
    pub(crate) fn new(meter: &Meter) -> Self {
        Self {
            holds: meter
                .u64_counter("stoa.inventory.holds")
                .with_description(
                    "Holds that came to stand so: HELD, RELEASED, EXPIRED, ALLOCATED, ..",
                )
                .build(),
            out_of_stock: meter
                .u64_counter("stoa.inventory.out_of_stock")
                .with_description("Holds that were refused because units were lacking")
                .build(),
        }
    }

    /// So many holds came to stand so.
    pub(crate) fn came_to(&self, state: HoldState, holds: usize) {
        let holds = u64::try_from(holds).unwrap_or(u64::MAX);
        self.holds
            .add(holds, &[KeyValue::new("outcome", state.name())]);
    }

    /// A hold was refused for want of stock.
    pub(crate) fn lacked(&self) {
        self.out_of_stock.add(1, &[]);
    }
}
