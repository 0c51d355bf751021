//! What operators see of a runner: the age of its oldest work, how much there is, how runs end, what it adopted.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter};
use stoa_store::{Db, Sql, StoreError, sql};
use stoa_types::{Clock, Timestamp};

const CENSUS: Sql = sql!("census");

/// How much work of one kind there is in one status, and since when the oldest; `None`: there is none any more.
#[derive(Clone, Debug)]
pub(crate) struct Count {
    kind: String,
    status: String,
    count: i64,
    oldest: Option<Timestamp>,
}

/// The instruments of one runner.
pub(crate) struct Metrics {
    service: KeyValue,
    adopted: Counter<u64>,
    runs: Histogram<f64>,
    census: Arc<Mutex<Vec<Count>>>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    pub(crate) fn new(service: &'static str, meter: &Meter, clock: Arc<dyn Clock>) -> Self {
        let service = KeyValue::new("service", service);
        let census: Arc<Mutex<Vec<Count>>> = Arc::default();
        let (counts, label) = (Arc::clone(&census), service.clone());
        meter
            .u64_observable_gauge("stoa.workflow.rows")
            .with_description("Workflows that are not done, by kind and status.")
            .with_callback(move |seen| {
                for count in counts.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                    seen.observe(
                        u64::try_from(count.count).unwrap_or(0),
                        &[
                            label.clone(),
                            KeyValue::new("kind", count.kind.clone()),
                            KeyValue::new("status", count.status.clone()),
                        ],
                    );
                }
            })
            .build();
        let (counts, label) = (Arc::clone(&census), service.clone());
        meter
            .f64_observable_gauge("stoa.workflow.age")
            .with_unit("s")
            .with_description("The age of the oldest workflow of a kind that is not done.")
            .with_callback(move |seen| {
                let counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
                for (kind, oldest) in oldest(&counts) {
                    let age = oldest.map_or(Duration::ZERO, |oldest| clock.now().since(oldest));
                    let kind = KeyValue::new("kind", kind.to_owned());
                    seen.observe(age.as_secs_f64(), &[label.clone(), kind]);
                }
            })
            .build();
        let adopted = meter
            .u64_counter("stoa.workflow.adopted")
            .with_description("Workflows taken over from runners that are gone.")
            .build();
        adopted.add(0, std::slice::from_ref(&service));
        Self {
            adopted,
            runs: meter
                .f64_histogram("stoa.workflow.run.duration")
                .with_unit("s")
                .with_description("How long runs take, by kind and outcome.")
                .build(),
            census,
            service,
        }
    }

    pub(crate) fn adopted(&self, count: u64) {
        self.adopted.add(count, std::slice::from_ref(&self.service));
    }

    pub(crate) fn ran(&self, kind: &str, outcome: &'static str, took: Duration) {
        self.runs.record(
            took.as_secs_f64(),
            &[
                self.service.clone(),
                KeyValue::new("kind", kind.to_owned()),
                KeyValue::new("outcome", outcome),
            ],
        );
    }

    /// Keeps a new census. What was there before and is not any more stays with a count of 0, so that its series go to 0
    /// instead of standing still.
    pub(crate) fn count(&self, mut census: Vec<Count>) {
        let mut kept = self.census.lock().unwrap_or_else(PoisonError::into_inner);
        for old in kept.drain(..) {
            let same = |new: &Count| new.kind == old.kind && new.status == old.status;
            if !census.iter().any(same) {
                census.push(Count {
                    count: 0,
                    oldest: None,
                    ..old
                });
            }
        }
        *kept = census;
    }
}

/// Since when the oldest work of each kind is there, whatever its status.
fn oldest(counts: &[Count]) -> BTreeMap<&str, Option<Timestamp>> {
    let mut kinds: BTreeMap<&str, Option<Timestamp>> = BTreeMap::new();
    for count in counts {
        let oldest = kinds.entry(count.kind.as_str()).or_default();
        *oldest = match (*oldest, count.oldest) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
    kinds
}

/// Counts what is not done; reads two indexes.
pub(crate) async fn census(db: &Db) -> Result<Vec<Count>, StoreError> {
    db.query(CENSUS, &())
        .await?
        .iter()
        .map(|row| {
            Ok(Count {
                kind: row.get("kind")?,
                status: row.get("status")?,
                count: row.get("count")?,
                oldest: Some(row.get("oldest")?),
            })
        })
        .collect()
}
