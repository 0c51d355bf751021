//! What is counted per RPC: requests by code, duration, and how many are in flight.
//!
//! Requests and in-flight calls are atomics in a table made once, read when somebody scrapes; only the
//! histogram goes through its instrument call by call. `rpc.server.requests{rpc.service, rpc.method,
//! rpc.code}`, `rpc.server.duration{rpc.service, rpc.method}` in seconds, `rpc.server.in_flight`.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{BoundHistogram, Histogram, Meter};
use stoa_api::Method;
use tonic::Code;

/// The codes by number, as labels.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// One row per RPC of the contract, and one for everything else (health, reflection, what does not
/// exist): a path that a caller makes up must not become a label.
pub(crate) struct Table {
    rows: Vec<Row>,
    by_path: HashMap<&'static str, usize>,
    duration: Histogram<f64>,
    in_flight: AtomicI64,
}

pub(crate) struct Row {
    pub(crate) method: Option<&'static Method>,
    codes: [AtomicU64; 17],
    labels: [KeyValue; 2],
    /// The histogram with these labels, from the first call on: they are not looked up each time.
    duration: OnceLock<BoundHistogram<f64>>,
}

impl Row {
    fn new(method: Option<&'static Method>) -> Self {
        let (service, name) = method.map_or(("other", "other"), |it| (it.service, it.name));
        Self {
            method,
            codes: Default::default(),
            labels: [
                KeyValue::new("rpc.service", service),
                KeyValue::new("rpc.method", name),
            ],
            duration: OnceLock::new(),
        }
    }

    fn observe(&self, observer: &dyn opentelemetry::metrics::AsyncInstrument<u64>) {
        for (count, code) in self.codes.iter().zip(CODES) {
            let count = count.load(Ordering::Relaxed);
            if count > 0 {
                let [service, method] = self.labels.clone();
                observer.observe(count, &[service, method, KeyValue::new("rpc.code", code)]);
            }
        }
    }
}

impl Table {
    pub(crate) fn new(meter: &Meter) -> Arc<Self> {
        let mut rows = vec![Row::new(None)];
        let mut by_path = HashMap::with_capacity(stoa_api::METHODS.len());
        for method in stoa_api::METHODS {
            by_path.insert(method.path, rows.len());
            rows.push(Row::new(Some(method)));
        }
        let table = Arc::new(Self {
            rows,
            by_path,
            duration: meter
                .f64_histogram("rpc.server.duration")
                .with_unit("s")
                .with_description("Time from the head of a request to the head of its answer")
                .build(),
            in_flight: AtomicI64::new(0),
        });
        let counted = Arc::clone(&table);
        meter
            .u64_observable_counter("rpc.server.requests")
            .with_description("Calls answered, by code")
            .with_callback(move |observer| {
                for row in &counted.rows {
                    row.observe(observer);
                }
            })
            .build();
        let counted = Arc::clone(&table);
        meter
            .i64_observable_gauge("rpc.server.in_flight")
            .with_description("Calls begun and not yet answered")
            .with_callback(move |observer| {
                observer.observe(counted.in_flight.load(Ordering::Relaxed), &[]);
            })
            .build();
        table
    }

    /// The row of a path; 0 is the row of everything else.
    pub(crate) fn find(&self, path: &str) -> usize {
        self.by_path.get(path).copied().unwrap_or(0)
    }

    /// The RPC of a row, if it is one of the contract.
    pub(crate) fn method(&self, row: usize) -> Option<&'static Method> {
        self.rows.get(row).and_then(|row| row.method)
    }

    /// Counts a call as begun; what comes back counts its end.
    pub(crate) fn begin(self: &Arc<Self>, row: usize) -> Running {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        Running {
            table: Arc::clone(self),
            row,
            began: Instant::now(),
            code: Code::Cancelled,
        }
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}

/// A call that has begun. Dropped without [`Running::end`] it is counted as CANCELLED: the caller went away.
pub(crate) struct Running {
    table: Arc<Table>,
    row: usize,
    began: Instant,
    code: Code,
}

impl Running {
    /// The call has ended with `code`.
    pub(crate) fn end(mut self, code: Code) {
        self.code = code;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.table.in_flight.fetch_sub(1, Ordering::Relaxed);
        let Some(row) = self.table.rows.get(self.row) else {
            return;
        };
        let code = usize::try_from(i32::from(self.code)).unwrap_or(2);
        if let Some(count) = row.codes.get(code) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let duration = row
            .duration
            .get_or_init(|| self.table.duration.bind(&row.labels));
        duration.record(self.began.elapsed().as_secs_f64());
    }
}
