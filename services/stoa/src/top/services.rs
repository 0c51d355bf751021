//! What each service answered and wrote.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::histogram::Histogram;
use super::page::{Change, Labels, label, total};

/// What is counted per RPC and code.
const REQUESTS: &str = "rpc_server_requests_total";

/// How long RPCs took.
const DURATION: &str = "rpc_server_duration_seconds";

/// One service. Latencies are in milliseconds, null when there was no call; streams count as calls, and not in the latencies.
#[derive(Debug, Serialize)]
pub(super) struct Service {
    pub(super) service: String,
    pub(super) calls_per_s: f64,
    /// Calls that were not answered with OK.
    pub(super) errors_per_s: f64,
    pub(super) p50_ms: Option<f64>,
    pub(super) p99_ms: Option<f64>,
    pub(super) commits_per_s: f64,
    /// Commands in a transaction.
    pub(super) mean_batch: Option<f64>,
    pub(super) commit_p99_ms: Option<f64>,
    pub(super) retries_per_s: f64,
    /// Commands and background work that wait or run now.
    pub(super) queue_depth: f64,
}

/// One RPC.
#[derive(Debug, Serialize)]
pub(super) struct Method {
    pub(super) method: String,
    pub(super) calls_per_s: f64,
    pub(super) errors_per_s: f64,
    pub(super) p50_ms: Option<f64>,
    pub(super) p99_ms: Option<f64>,
}

impl Service {
    /// All that have a database, and who else was called.
    pub(super) fn all(change: Change<'_>) -> Vec<Self> {
        let depths = change.after.series("stoa_store_queue_depth");
        let mut names: BTreeSet<&str> = depths.map(|(labels, _)| label(labels, "db")).collect();
        let called = change.grown(REQUESTS).filter(|(_, grown)| *grown > 0.0);
        names.extend(called.map(|(labels, _)| short(label(labels, "rpc_service"))));
        names
            .into_iter()
            .map(|name| Self::of(change, name))
            .collect()
    }

    fn of(change: Change<'_>, name: &str) -> Self {
        let its_own = |labels: &Labels| label(labels, "db") == name;
        let calls = Calls::of(change, |labels| short(label(labels, "rpc_service")) == name);
        let rate = |counter: &str| {
            let series = change.grown(counter).filter(|(labels, _)| its_own(labels));
            change.per_second(total(series.map(|(_, grown)| grown)))
        };
        let took = Histogram::of(change, "stoa_store_commit_duration_seconds", its_own);
        let depths = change.after.series("stoa_store_queue_depth");
        let depths = depths.filter(|(labels, _)| its_own(labels));
        Self {
            service: name.to_owned(),
            calls_per_s: calls.per_s,
            errors_per_s: calls.errors_per_s,
            p50_ms: calls.took.quantile(0.5).map(milliseconds),
            p99_ms: calls.took.quantile(0.99).map(milliseconds),
            commits_per_s: rate("stoa_store_commits_total"),
            mean_batch: Histogram::of(change, "stoa_store_batch_size", its_own).mean(),
            commit_p99_ms: took.quantile(0.99).map(milliseconds),
            retries_per_s: rate("stoa_store_retries_total"),
            queue_depth: total(depths.map(|(_, depth)| depth)),
        }
    }
}

impl Method {
    /// The `most` RPCs that were called most, the busiest first.
    pub(super) fn busiest(change: Change<'_>, most: usize) -> Vec<Self> {
        let mut counts: BTreeMap<(&str, &str), f64> = BTreeMap::new();
        for (labels, grown) in change.grown(REQUESTS).filter(|(_, grown)| *grown > 0.0) {
            let of = (label(labels, "rpc_service"), label(labels, "rpc_method"));
            *counts.entry(of).or_default() += grown;
        }
        let mut counts: Vec<((&str, &str), f64)> = counts.into_iter().collect();
        counts.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        counts.truncate(most);
        let method = |((service, method), _): ((&str, &str), f64)| {
            let calls = Calls::of(change, |labels| {
                label(labels, "rpc_service") == service && label(labels, "rpc_method") == method
            });
            let service = service.rsplit_once('.').map_or(service, |(_, name)| name);
            Self {
                method: format!("{service}/{method}"),
                calls_per_s: calls.per_s,
                errors_per_s: calls.errors_per_s,
                p50_ms: calls.took.quantile(0.5).map(milliseconds),
                p99_ms: calls.took.quantile(0.99).map(milliseconds),
            }
        };
        counts.into_iter().map(method).collect()
    }
}

/// Some calls.
struct Calls {
    per_s: f64,
    errors_per_s: f64,
    took: Histogram,
}

impl Calls {
    fn of(change: Change<'_>, meant: impl Fn(&Labels) -> bool) -> Self {
        let (mut all, mut errors) = (0.0, 0.0);
        for (labels, grown) in change.grown(REQUESTS).filter(|(labels, _)| meant(labels)) {
            all += grown;
            if label(labels, "rpc_code") != "OK" {
                errors += grown;
            }
        }
        Self {
            per_s: change.per_second(all),
            errors_per_s: change.per_second(errors),
            took: Histogram::of(change, DURATION, |labels| {
                meant(labels) && !streaming(labels)
            }),
        }
    }
}

/// Whether this RPC answers a stream, which lasts as long as somebody listens.
fn streaming(labels: &Labels) -> bool {
    let (service, method) = (label(labels, "rpc_service"), label(labels, "rpc_method"));
    stoa_api::method(&format!("/{service}/{method}")).is_some_and(|method| method.streaming)
}

/// `order` of `stoa.order.v1.OrderService`.
fn short(service: &str) -> &str {
    service.split('.').nth(1).unwrap_or(service)
}

fn milliseconds(seconds: f64) -> f64 {
    seconds * 1_000.0
}
