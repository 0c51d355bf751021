//! What is shown: the figures of one span of time, as two readings of `/metrics` tell it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::durable::{Consumer, Log, Workflow};
use super::page::{Change, label};
use super::services::{Method, Service};

/// How many methods are shown.
const BUSIEST: usize = 6;

/// Everything that is shown. Rates are per second, over `seconds`.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    /// The admin port that was read.
    pub(super) address: String,
    /// What runs there: `stoa`, or a service alone.
    pub(super) process_name: String,
    /// The span between the two readings.
    pub(super) seconds: f64,
    /// Orders decided, by outcome.
    pub(super) orders_per_s: BTreeMap<String, f64>,
    /// RPCs that failed, by code.
    pub(super) errors_per_s: BTreeMap<String, f64>,
    /// By service.
    pub(super) services: Vec<Service>,
    /// The RPCs that were called most.
    pub(super) methods: Vec<Method>,
    /// By kind.
    pub(super) workflows: Vec<Workflow>,
    /// By service.
    pub(super) logs: Vec<Log>,
    /// Each consumer of events; null when only an admin port is known, which does not tell.
    pub(super) consumers: Option<Vec<Consumer>>,
    pub(super) process: Process,
}

/// The process itself.
#[derive(Debug, Serialize)]
pub(super) struct Process {
    pub(super) resident_bytes: f64,
    pub(super) peak_resident_bytes: f64,
    /// Of one core: 1.5 is one and a half.
    pub(super) cpu_cores: f64,
    pub(super) threads: f64,
    pub(super) open_fds: f64,
    pub(super) calls_in_flight: f64,
}

impl Figures {
    /// What happened between two pages of the process at `address`.
    pub(super) fn of(
        change: Change<'_>,
        address: String,
        consumers: Option<Vec<Consumer>>,
    ) -> Self {
        let mut info = change.after.series("target_info");
        let name = info.next().map(|(labels, _)| label(labels, "service_name"));
        Self {
            address,
            process_name: name.unwrap_or_default().to_owned(),
            seconds: change.seconds,
            orders_per_s: by(change, "stoa_order_orders_total", "outcome", |_| true),
            errors_per_s: by(change, "rpc_server_requests_total", "rpc_code", |code| {
                code != "OK"
            }),
            services: Service::all(change),
            methods: Method::busiest(change, BUSIEST),
            workflows: Workflow::all(change),
            logs: Log::all(change),
            consumers,
            process: Process::of(change),
        }
    }
}

impl Process {
    fn of(change: Change<'_>) -> Self {
        let now = |name: &str| change.after.figure(name).unwrap_or(0.0);
        Self {
            resident_bytes: now("process_resident_memory_bytes"),
            peak_resident_bytes: now("process_peak_resident_memory_bytes"),
            cpu_cores: change.rate("process_cpu_seconds_total"),
            threads: now("process_threads"),
            open_fds: now("process_open_fds"),
            calls_in_flight: now("rpc_server_in_flight"),
        }
    }
}

/// The rates of a counter by one of its labels; values that did not grow are left out.
fn by(
    change: Change<'_>,
    name: &str,
    by: &str,
    meant: impl Fn(&str) -> bool,
) -> BTreeMap<String, f64> {
    let mut rates = BTreeMap::new();
    for (labels, grown) in change.grown(name) {
        let value = label(labels, by);
        if grown > 0.0 && meant(value) {
            *rates.entry(value.to_owned()).or_insert(0.0) += change.per_second(grown);
        }
    }
    rates
}
