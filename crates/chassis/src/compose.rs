//! Several modules in one process: stores, peers, mounting, in the order of their calls.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use futures::future::{BoxFuture, try_join_all};
use stoa_config::{Mistakes, Settings};
use stoa_events::EmbeddedBus;
use stoa_rpc::server::Services;
use stoa_rpc::{Gate, Peer};
use stoa_store::{Db, DbConfig, Migration, StoreError};
use stoa_telemetry::Telemetry;
use stoa_types::{Clock, Ids};
use stoa_workflow::{Limits, Runner};
use tokio_util::sync::CancellationToken;

use crate::network::Network;
use crate::{Deps, Module, Mounted, Peers, Tasks};

/// A module as a value.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) calls: &'static [&'static str],
    migrations: fn() -> Vec<Migration>,
    pub(crate) check: fn(&Settings) -> Result<(), Mistakes>,
    mount: fn(Deps, Settings) -> BoxFuture<'static, anyhow::Result<Mounted>>,
}

impl Entry {
    pub(crate) fn of<M: Module>() -> Self {
        Self {
            name: M::NAME,
            calls: M::CALLS,
            migrations: M::migrations,
            check: M::check,
            mount: M::mount,
        }
    }

    /// The schema of its database: the crates' own first.
    pub(crate) fn schema(&self) -> Vec<Migration> {
        let mut schema = stoa_events::MIGRATIONS.to_vec();
        schema.extend_from_slice(stoa_workflow::MIGRATIONS);
        schema.extend((self.migrations)());
        schema
    }
}

/// A composition that cannot work.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// A module calls one that is not mounted before it.
    #[error("{module} calls {peer}, which is not mounted before it")]
    Calls {
        /// Who calls.
        module: &'static str,
        /// Whom.
        peer: &'static str,
    },
    /// A database cannot be opened.
    #[error("cannot open the database of {module}")]
    Store {
        /// Whose.
        module: &'static str,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// A module cannot be mounted.
    #[error("cannot mount {module}: {source:#}")]
    Mount {
        /// Which.
        module: &'static str,
        /// Why.
        source: anyhow::Error,
    },
    /// A runner cannot start.
    #[error("cannot start the workflows of {module}")]
    Runner {
        /// Whose.
        module: &'static str,
        /// Why.
        #[source]
        source: StoreError,
    },
}

/// Everything that modules of one process share.
pub(crate) struct Ground {
    pub(crate) data: PathBuf,
    pub(crate) settings: Settings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) gate: Gate,
    pub(crate) bus: Arc<EmbeddedBus>,
    pub(crate) shutdown: CancellationToken,
    pub(crate) tasks: Tasks,
    pub(crate) limits: Limits,
    pub(crate) peer_calls: usize,
    /// The way to services that are other processes.
    pub(crate) network: Option<Network>,
}

/// A module that is mounted.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) db: Db,
    pub(crate) runner: Runner,
    pub(crate) schema: Vec<Migration>,
    pub(crate) mounted: Mounted,
}

/// Whether each module finds before it whom it calls.
pub(crate) fn in_order(entries: &[Entry]) -> Result<(), ComposeError> {
    let mut before = Vec::new();
    for entry in entries {
        if let Some(peer) = entry.calls.iter().find(|peer| !before.contains(peer)) {
            return Err(ComposeError::Calls {
                module: entry.name,
                peer,
            });
        }
        before.push(&entry.name);
    }
    Ok(())
}

/// Opens every database, side by side: most of the time is waiting for the disk.
pub(crate) async fn stores(
    entries: &[Entry],
    places: Vec<DbConfig>,
    clock: &Arc<dyn Clock>,
    tasks: &Tasks,
) -> Result<Vec<Db>, ComposeError> {
    try_join_all(
        entries
            .iter()
            .zip(places)
            .map(|(entry, config)| async move {
                Db::open(
                    config,
                    entry.schema(),
                    Arc::clone(clock),
                    tasks.handle().clone(),
                )
                .await
                .map_err(|source| ComposeError::Store {
                    module: entry.name,
                    source,
                })
            }),
    )
    .await
}

/// The service `peer` for `caller`: in this process where it is mounted, else over the network.
fn reach(
    caller: &'static str,
    peer: &'static str,
    here: Option<&Services>,
    ground: &Ground,
) -> Option<Peer> {
    match (here, &ground.network) {
        (Some(services), _) => {
            let local = Peer::local(services.clone(), caller, peer, ground.peer_calls);
            Some(local.with_gate(&ground.gate))
        }
        (None, Some(network)) => network.peer(caller, peer, &ground.gate),
        (None, None) => None,
    }
}

/// Mounts the modules one after the other, each with peers to those that it calls.
pub(crate) async fn mount(
    entries: &[Entry],
    stores: Vec<Db>,
    ground: &Ground,
    telemetry: &Telemetry,
) -> Result<Vec<Part>, ComposeError> {
    let mut services = BTreeMap::new();
    let mut parts = Vec::new();
    for (entry, db) in entries.iter().zip(stores) {
        let meter = telemetry.meter(entry.name);
        db.set_meter(&telemetry.meter("store"));
        let runner = Runner::new(
            entry.name,
            &db,
            Arc::clone(&ground.clock),
            Arc::clone(&ground.ids),
            ground.limits.clone(),
            &telemetry.meter("workflow"),
        );
        let peers = entry.calls.iter().fold(Peers::new(), |peers, peer| {
            match reach(entry.name, peer, services.get(peer), ground) {
                Some(reached) => peers.with(peer, reached),
                None => peers,
            }
        });
        let deps = Deps {
            db: db.clone(),
            peers,
            clock: Arc::clone(&ground.clock),
            ids: Arc::clone(&ground.ids),
            gate: ground.gate.clone(),
            runner: runner.clone(),
            meter,
            shutdown: ground.shutdown.clone(),
            tasks: ground.tasks.clone(),
            data: ground.data.clone(),
        };
        let mounted = (entry.mount)(deps, ground.settings.clone())
            .await
            .map_err(|source| ComposeError::Mount {
                module: entry.name,
                source,
            })?;
        let both = [mounted.public.clone(), mounted.internal.clone()];
        services.insert(entry.name, both.into_iter().collect::<Services>());
        parts.push(Part {
            name: entry.name,
            db,
            runner,
            schema: entry.schema(),
            mounted,
        });
    }
    Ok(parts)
}
