//! What the committer counts: batch sizes, commit times, statements, repetitions, how many wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter};

/// The instruments of one database.
pub(crate) struct Metrics {
    db: String,
    members: Histogram<u64>,
    duration: Histogram<f64>,
    commits: Counter<u64>,
    statements: Counter<u64>,
    retries: Counter<u64>,
}

impl Metrics {
    pub(crate) fn new(meter: &Meter, db: &str, depth: &Arc<AtomicUsize>) -> Self {
        let waiting = Arc::downgrade(depth);
        let name = db.to_owned();
        meter
            .u64_observable_gauge("stoa.store.queue.depth")
            .with_description("Commands and background writes that wait or run")
            .with_callback(move |observer| {
                if let Some(depth) = waiting.upgrade() {
                    let depth = u64::try_from(depth.load(Ordering::Relaxed)).unwrap_or(u64::MAX);
                    observer.observe(depth, &[KeyValue::new("db", name.clone())]);
                }
            })
            .build();
        Self {
            db: db.to_owned(),
            members: meter
                .u64_histogram("stoa.store.batch.size")
                .with_description("Commands that one transaction committed")
                .build(),
            duration: meter
                .f64_histogram("stoa.store.commit.duration")
                .with_unit("s")
                .with_description("Time that COMMIT took, the sync of the disk included")
                .build(),
            commits: meter
                .u64_counter("stoa.store.commits")
                .with_description("Transactions that were committed")
                .build(),
            statements: meter
                .u64_counter("stoa.store.statements")
                .with_description("Statements of transactions that were committed")
                .build(),
            retries: meter
                .u64_counter("stoa.store.retries")
                .with_description("Transactions that were tried again whole")
                .build(),
        }
    }

    pub(crate) fn committed(
        &self,
        command: &'static str,
        members: usize,
        statements: u64,
        took: Duration,
    ) {
        let by = [
            KeyValue::new("db", self.db.clone()),
            KeyValue::new("command", command),
        ];
        self.members
            .record(u64::try_from(members).unwrap_or(u64::MAX), &by);
        self.statements.add(statements, &by);
        let [db, _] = &by;
        self.duration
            .record(took.as_secs_f64(), std::slice::from_ref(db));
        self.commits.add(1, std::slice::from_ref(db));
    }

    /// A type of command exists: it has not been tried again yet, which is a figure too.
    pub(crate) fn expects(&self, command: &'static str) {
        self.tried_again(command, 0);
    }

    pub(crate) fn retried(&self, command: &'static str) {
        self.tried_again(command, 1);
    }

    fn tried_again(&self, command: &'static str, times: u64) {
        self.retries.add(
            times,
            &[
                KeyValue::new("db", self.db.clone()),
                KeyValue::new("command", command),
            ],
        );
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics")
            .field("db", &self.db)
            .finish_non_exhaustive()
    }
}
