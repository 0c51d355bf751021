//! What durable work and events there are, and how fast they go.

use std::collections::BTreeMap;

use serde::Serialize;
use stoa_api::ops::v1::{GetInfoRequest, GetLagRequest};

use crate::client::{Connection, Failure};

use super::histogram::Histogram;
use super::page::{Change, Labels, label, total};

/// Runs of workflows and how they ended.
const RUNS: &str = "stoa_workflow_run_duration_seconds";

/// One kind of workflow.
#[derive(Debug, Serialize)]
pub(super) struct Workflow {
    pub(super) kind: String,
    /// Runs, waits or backs off now; counted every `workflow.housekeeping`.
    pub(super) live: f64,
    /// Needs an operator.
    pub(super) stuck: f64,
    /// The age of the oldest that is not done.
    pub(super) oldest_s: f64,
    pub(super) runs_per_s: f64,
    /// Runs that ended their workflow.
    pub(super) finished_per_s: f64,
    /// Runs that ended because something is waited for.
    pub(super) parked_per_s: f64,
    /// Runs that failed, and are tried again.
    pub(super) retries_per_s: f64,
    pub(super) run_p99_ms: Option<f64>,
}

/// The log of one service.
#[derive(Debug, Serialize)]
pub(super) struct Log {
    pub(super) service: String,
    pub(super) published_per_s: f64,
    /// Events that not every listener has recorded.
    pub(super) waiting: f64,
}

/// What one consumer holds back now.
#[derive(Debug, Serialize)]
pub(super) struct Consumer {
    pub(super) consumer: String,
    /// Events that could not be applied.
    pub(super) poison: i64,
    /// Those behind them.
    pub(super) queued: i64,
    /// Those that came before their turn.
    pub(super) early: i64,
    /// The age of the oldest of them.
    pub(super) oldest_s: Option<i64>,
}

impl Workflow {
    /// All kinds that were seen since the process began.
    pub(super) fn all(change: Change<'_>) -> Vec<Self> {
        let known = ["stoa_workflow_rows", "stoa_workflow_age_seconds"];
        let known = known.into_iter().flat_map(|name| change.after.series(name));
        let runs = format!("{RUNS}_count");
        let known = known.chain(change.after.series(&runs));
        let mut kinds: Vec<&str> = known.map(|(labels, _)| label(labels, "kind")).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
            .into_iter()
            .map(|kind| Self::of(change, kind))
            .collect()
    }

    /// Whether there is any of it, or was meanwhile.
    pub(super) fn is_there(&self) -> bool {
        self.live + self.stuck + self.runs_per_s > 0.0
    }

    fn of(change: Change<'_>, kind: &str) -> Self {
        let its_own = |labels: &Labels| label(labels, "kind") == kind;
        let rows = |status: &str| {
            let rows = change.after.series("stoa_workflow_rows");
            let meant = |labels: &Labels| its_own(labels) && label(labels, "status") == status;
            total(
                rows.filter(|(labels, _)| meant(labels))
                    .map(|(_, count)| count),
            )
        };
        let ended = |outcome: &str| {
            let meant = |labels: &Labels| its_own(labels) && label(labels, "outcome") == outcome;
            change.per_second(Histogram::of(change, RUNS, meant).count())
        };
        let ages = change.after.series("stoa_workflow_age_seconds");
        let ages = ages.filter(|(labels, _)| its_own(labels));
        let runs = Histogram::of(change, RUNS, its_own);
        Self {
            kind: kind.to_owned(),
            live: rows("LIVE"),
            stuck: rows("STUCK"),
            oldest_s: ages.map(|(_, age)| age).fold(0.0, f64::max),
            runs_per_s: change.per_second(runs.count()),
            finished_per_s: ended("finished"),
            parked_per_s: ended("parked"),
            retries_per_s: ended("failed"),
            run_p99_ms: runs.quantile(0.99).map(|seconds| seconds * 1_000.0),
        }
    }
}

impl Log {
    /// The logs of all services of the process.
    pub(super) fn all(change: Change<'_>) -> Vec<Self> {
        let mut rates: BTreeMap<&str, f64> = BTreeMap::new();
        for (labels, grown) in change.grown("stoa_events_published_total") {
            *rates.entry(label(labels, "db")).or_default() += change.per_second(grown);
        }
        let waiting = change.after.series("stoa_events_waiting");
        waiting
            .map(|(labels, waiting)| {
                let service = label(labels, "db");
                Self {
                    service: service.to_owned(),
                    published_per_s: rates.get(service).copied().unwrap_or(0.0),
                    waiting,
                }
            })
            .collect()
    }
}

impl Consumer {
    /// The consumers of every service that runs there.
    ///
    /// # Errors
    /// What the suite refused, or that it is gone.
    pub(super) async fn all(suite: &Connection) -> Result<Vec<Self>, Failure> {
        let mut all = Vec::new();
        for service in suite.call(GetInfoRequest {}).await?.services {
            let request = GetLagRequest {
                service: service.name,
            };
            for lag in suite.call(request).await?.consumers {
                all.push(Self {
                    consumer: lag.consumer,
                    poison: lag.poison,
                    queued: lag.queued,
                    early: lag.early,
                    oldest_s: lag.oldest_age.map(|age| age.seconds),
                });
            }
        }
        Ok(all)
    }
}
