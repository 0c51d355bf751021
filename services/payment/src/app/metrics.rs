//! Money by outcome, in numbers.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Meter};

use crate::domain::{Operation, OperationState, Payment};

/// The instruments of payment.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    operations: Counter<u64>,
    amount: Counter<u64>,
    alarms: Counter<u64>,
    discrepancies: Counter<u64>,
}

impl Metrics {
    /// Registers them.
    pub(crate) fn new(meter: &Meter) -> Self {
        let metrics = Self {
            operations: meter
                .u64_counter("stoa.payment.operations")
                .with_description("Operations that came to a result, by kind and outcome")
                .build(),
            amount: meter
                .u64_counter("stoa.payment.amount_minor")
                .with_description("Minor units of those operations, by kind, outcome and currency")
                .build(),
            alarms: meter
                .u64_counter("stoa.payment.alarms")
                .with_description("Facts of the provider that broke a sum or that nobody asked for; they were recorded")
                .build(),
            discrepancies: meter
                .u64_counter("stoa.payment.discrepancies")
                .with_description("Entries of the provider's list that our books cannot explain")
                .build(),
        };
        // What should never happen is on the page before it does.
        metrics.alarms.add(0, &[]);
        metrics
    }

    /// Counts what has become known of an operation.
    pub(crate) fn result(&self, payment: &Payment, operation: &Operation) {
        let outcome = if operation.late {
            "LATE"
        } else if payment.waits_with(operation) {
            "REQUIRES_ACTION"
        } else {
            operation.state.name()
        };
        let labels = [
            KeyValue::new("kind", operation.kind.name()),
            KeyValue::new("outcome", outcome),
        ];
        self.operations.add(1, &labels);
        if operation.state == OperationState::Pending {
            return;
        }
        let [kind, outcome] = labels;
        let currency = KeyValue::new("currency", payment.currency.code());
        let amount = u64::try_from(operation.amount).unwrap_or_default();
        self.amount.add(amount, &[kind, outcome, currency]);
    }

    /// Counts facts that broke a sum, or that nobody asked for.
    pub(crate) fn alarms(&self, count: u64) {
        if count > 0 {
            self.alarms.add(count, &[]);
        }
    }

    /// Counts an entry that cannot be explained.
    pub(crate) fn discrepancy(&self, problem: &'static str) {
        self.discrepancies
            .add(1, &[KeyValue::new("problem", problem)]);
    }
}
