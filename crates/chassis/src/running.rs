//! A process that serves, and how it ends in order.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::join_all;
use stoa_store::{Db, FolderLock};
use stoa_telemetry::Telemetry;
use stoa_workflow::Runner;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::compose::Ground;
use crate::folder::Addresses;
use crate::serve::Ending;
use crate::settings::ServerSettings;
use crate::workers::Workers;

/// How long runs under way may take after the last call was answered.
const RUNS: Duration = Duration::from_secs(5);

/// How long tasks may take to end after they were told.
const TASKS: Duration = Duration::from_secs(5);

/// One module of a process that runs.
pub(crate) struct Unit {
    pub(crate) name: &'static str,
    pub(crate) db: Db,
    pub(crate) runner: Runner,
}

/// Everything that runs.
pub(crate) struct Alive {
    pub(crate) addresses: Addresses,
    pub(crate) server: ServerSettings,
    pub(crate) health: HealthReporter,
    pub(crate) ready: Arc<AtomicBool>,
    pub(crate) ending: Ending,
    pub(crate) admin_end: CancellationToken,
    pub(crate) workers: Workers,
    pub(crate) units: Vec<Unit>,
    pub(crate) relays: CancellationToken,
    pub(crate) ground: Ground,
    pub(crate) telemetry: Telemetry,
    pub(crate) lock: FolderLock,
}

/// A process that serves. Dropped without [`Running::stop`], its threads and tasks end as if it had been killed.
pub struct Running {
    all: Alive,
    _guards: Vec<DropGuard>,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("addresses", &self.all.addresses)
            .field("data", &self.all.server.data)
            .finish_non_exhaustive()
    }
}

impl Running {
    pub(crate) fn new(all: Alive) -> Self {
        all.ready.store(true, Ordering::Release);
        let guards = [
            &all.ending.drain,
            &all.ending.kill,
            &all.admin_end,
            &all.relays,
            &all.ground.shutdown,
        ]
        .map(|token| token.clone().drop_guard())
        .into();
        tracing::info!(
            grpc.address = %all.addresses.grpc,
            http.address = %all.addresses.http,
            admin.address = %all.addresses.admin,
            data.folder = %all.server.data.display(),
            "ready"
        );
        Self {
            all,
            _guards: guards,
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        self.all.addresses
    }

    /// Its data folder; the operator's token is in it.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.all.server.data
    }

    /// The metrics page, as on the admin port.
    #[must_use]
    pub fn metrics(&self) -> &stoa_telemetry::Metrics {
        self.all.telemetry.metrics()
    }

    /// Ends in order: not ready, no new calls, the calls under way, the runs under way, the relays (their rows are durable),
    /// the tasks, the databases, telemetry.
    pub async fn stop(self) {
        let all = self.all;
        all.ready.store(false, Ordering::Release);
        let names: Vec<&'static str> = all.units.iter().map(|unit| unit.name).collect();
        tracing::info!(modules = ?names, "draining");
        not_serving(&all.health).await;
        all.ground.shutdown.cancel();
        all.ending.drain.cancel();
        drain(all.workers, &all.ending, all.server.drain).await;
        join_all(all.units.iter().map(|unit| unit.runner.stop(RUNS))).await;
        all.relays.cancel();
        all.admin_end.cancel();
        all.ground.tasks.join(TASKS).await;
        drop(all.ground);
        join_all(all.units.into_iter().map(|unit| {
            drop(unit.runner);
            unit.db.close()
        }))
        .await;
        drop(all.lock);
        let telemetry = all.telemetry;
        tracing::info!("stopped");
        let flushed = tokio::task::spawn_blocking(move || telemetry.shutdown());
        if let Err(error) = flushed.await {
            tracing::debug!(%error, "telemetry was not flushed");
        }
    }
}

async fn not_serving(health: &HealthReporter) {
    // Every name that was ever set; the empty one stands for the process.
    health
        .set_service_status("", ServingStatus::NotServing)
        .await;
    for method in stoa_api::METHODS {
        health
            .set_service_status(method.service, ServingStatus::NotServing)
            .await;
    }
}

/// Waits for the calls under way, and after `limit` cuts what is left.
async fn drain(workers: Workers, ending: &Ending, limit: Duration) {
    let mut joined = std::pin::pin!(workers.join());
    if tokio::time::timeout(limit, joined.as_mut()).await.is_err() {
        tracing::warn!("calls did not end in time and are cut");
        ending.kill.cancel();
        joined.await;
    }
}
