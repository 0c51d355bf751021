//! The run loop: from settings to a process that serves.
//!
//! Settings are checked as a whole, telemetry starts, the listeners are bound (so that a port that is taken is known before
//! anything is written), the folder is locked, the stores are opened and migrated, the modules are mounted in the order of
//! their calls, the runners start (and adopt what a dead process left), then the relays, then the modules' own tasks; only
//! then does the process serve and say that it is ready.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use stoa_config::{Mistakes, Settings};
use stoa_events::{EmbeddedBus, Operator};
use stoa_rpc::server::ServicesBuilder;
use stoa_rpc::{Gate, GateConfig, StaffToken};
use stoa_store::{DbConfig, FolderLock, StoreError};
use stoa_telemetry::{Telemetry, TelemetryError};
use stoa_types::{Clock, Ids, Permissions, SystemClock, SystemIds};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::admin::{self, Admin};
use crate::begin::begin;
use crate::compose::{self, ComposeError, Entry, Ground, Part};
use crate::databases::{self, DatabaseSettings, DatabasesError};
use crate::folder;
use crate::listen::{BindError, Listeners};
use crate::network::{Network, PeersSettings};
use crate::restored::Restores;
use crate::running::{Alive, Running};
use crate::serve::{Ending, Protocol, Services};
use crate::settings::{ServerSettings, TelemetrySettings, WorkflowSettings};
use crate::workers::Workers;
use crate::{Module, Tasks, ops, reflection};

/// The modules of one process.
#[derive(Clone)]
pub struct Suite {
    name: &'static str,
    version: &'static str,
    entries: Vec<Entry>,
    /// Whether it is one service whose peers are other processes.
    alone: bool,
}

/// What a start takes from outside.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The current moment.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn Ids>,
    /// Staff besides the operator, who may do everything. Until the identity service comes only tests have some.
    pub staff: Vec<StaffToken>,
    /// Whether log lines are written and traces sent; without, there are metrics only. For tests.
    pub quiet: bool,
}

impl Default for Launch {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
            staff: Vec::new(),
            quiet: false,
        }
    }
}

/// Why a process does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings are wrong; nothing was touched.
    #[error("{0}")]
    Settings(Mistakes),
    /// Telemetry cannot start.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// An address cannot be had.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The data folder belongs to somebody else, or cannot be made.
    #[error("cannot use the data folder")]
    Folder(#[source] StoreError),
    /// The operator's token or the addresses cannot be written.
    #[error("cannot write to the data folder")]
    Files(#[source] std::io::Error),
    /// A restore into the folder was begun and did not end.
    #[error("{0}")]
    Unfinished(String),
    /// It cannot be told where the databases are, or they cannot be made.
    #[error(transparent)]
    Databases(#[from] DatabasesError),
    /// The modules cannot be put together.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// Reflection cannot be built of the contract.
    #[error("cannot build the reflection service")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// Threads or listeners cannot be started.
    #[error("cannot start to serve")]
    Serve(#[source] std::io::Error),
}

/// The settings of the process, all of them good.
struct Checked {
    server: ServerSettings,
    telemetry: TelemetrySettings,
    workflow: WorkflowSettings,
    database: DatabaseSettings,
    peers: Option<PeersSettings>,
}

impl Suite {
    /// A process called `name` (in telemetry) of this version, without modules yet.
    #[must_use]
    pub fn new(name: &'static str, version: &'static str) -> Self {
        Self {
            name,
            version,
            entries: Vec::new(),
            alone: false,
        }
    }

    /// The process of one service, which listens for its peers and finds those that it calls by their addresses.
    #[must_use]
    pub fn service<M: Module>(version: &'static str) -> Self {
        Self {
            alone: true,
            ..Self::new(M::NAME, version).with::<M>()
        }
    }

    /// With one more module; those that it calls stand before it.
    #[must_use]
    pub fn with<M: Module>(mut self) -> Self {
        self.entries.push(Entry::of::<M>());
        self
    }

    /// The names of its modules; those that are called stand before those that call them.
    #[must_use]
    pub fn modules(&self) -> Vec<&'static str> {
        self.entries.iter().map(|entry| entry.name).collect()
    }

    /// Where the databases of its modules stand, in that order: what a data folder remembers, and what these settings add to
    /// it, which is made when it is missing.
    ///
    /// # Errors
    /// When it cannot be told or made.
    pub async fn databases(
        &self,
        settings: &DatabaseSettings,
        data: &Path,
    ) -> Result<Vec<DbConfig>, DatabasesError> {
        databases::of(&self.modules(), settings, data).await
    }

    /// Checks the settings of the process and of every module, and says everything that is wrong.
    ///
    /// # Errors
    /// Every mistake.
    pub fn check(&self, settings: &Settings) -> Result<(), Mistakes> {
        self.checked(settings).map(|_| ())
    }

    fn checked(&self, settings: &Settings) -> Result<Checked, Mistakes> {
        let mut mistakes = Mistakes::new();
        let server = mistakes.keep(settings.section());
        let telemetry = mistakes.keep(settings.section());
        let workflow = mistakes.keep(settings.section());
        let database = mistakes.keep(settings.section());
        let peers = self.alone.then(|| mistakes.keep(self.peers(settings)));
        for entry in &self.entries {
            mistakes.keep((entry.check)(settings));
        }
        mistakes.keep(settings.unread().into_result());
        match (server, telemetry, workflow, database) {
            (Some(server), Some(telemetry), Some(workflow), Some(database))
                if mistakes.is_empty() =>
            {
                Ok(Checked {
                    server,
                    telemetry,
                    workflow,
                    database,
                    peers: peers.flatten(),
                })
            }
            _ => Err(mistakes),
        }
    }

    fn peers(&self, settings: &Settings) -> Result<PeersSettings, Mistakes> {
        let peers: PeersSettings = settings.section()?;
        for entry in &self.entries {
            peers.require(entry.calls)?;
        }
        Ok(peers)
    }

    /// Starts everything. Stores, runners and relays live on the current runtime, calls are served on threads of their own.
    ///
    /// # Errors
    /// Why it does not start; what was begun has ended.
    pub async fn start(self, settings: Settings, launch: Launch) -> Result<Running, StartError> {
        let checked = self.checked(&settings).map_err(StartError::Settings)?;
        if checked.peers.is_none() {
            compose::in_order(&self.entries)?;
        }
        let telemetry = self.telemetry(&checked.telemetry, &launch)?;
        let server = &checked.server;
        let peers = checked.peers.as_ref().map(|_| server.peers);
        let listeners = Listeners::bind(server.grpc, server.http, server.admin, peers)?;
        let lock = FolderLock::folder(&server.data).map_err(StartError::Folder)?;
        if let Some(why) = folder::unfinished_restore(&server.data) {
            return Err(StartError::Unfinished(why));
        }
        let ground = self.ground(&checked, settings, &launch, &telemetry)?;
        let names: Vec<&'static str> = self.entries.iter().map(|entry| entry.name).collect();
        let places = databases::of(&names, &checked.database, &server.data).await?;
        let stores = compose::stores(&self.entries, places, &ground.clock, &ground.tasks).await?;
        let parts = compose::mount(&self.entries, stores, &ground, &telemetry).await?;
        self.serve(checked.server, listeners, lock, ground, parts, telemetry)
            .await
    }

    fn telemetry(
        &self,
        settings: &TelemetrySettings,
        launch: &Launch,
    ) -> Result<Telemetry, TelemetryError> {
        if launch.quiet {
            Telemetry::quiet(self.name)
        } else {
            Telemetry::start(&settings.of(self.name, self.version))
        }
    }

    fn ground(
        &self,
        checked: &Checked,
        settings: Settings,
        launch: &Launch,
        telemetry: &Telemetry,
    ) -> Result<Ground, StartError> {
        let server = &checked.server;
        let token = folder::operator_token(&server.data).map_err(StartError::Files)?;
        let operator = StaffToken::new("operator", token.expose(), Permissions::All);
        let gate = Gate::new(GateConfig {
            clock: Arc::clone(&launch.clock),
            ids: Arc::clone(&launch.ids),
            staff: [operator].into_iter().chain(launch.staff.clone()).collect(),
            meter: telemetry.meter("rpc"),
            in_flight: server.in_flight,
        });
        let network = checked.peers.as_ref();
        let network = network.map(|peers| Network::open(peers, &server.data));
        Ok(Ground {
            network: network.transpose().map_err(StartError::Files)?,
            data: server.data.clone(),
            settings,
            clock: Arc::clone(&launch.clock),
            ids: Arc::clone(&launch.ids),
            gate,
            bus: Arc::new(EmbeddedBus::new()),
            shutdown: CancellationToken::new(),
            tasks: Tasks::new(Handle::current()),
            limits: checked.workflow.limits(),
            peer_calls: server.peer_calls,
        })
    }

    /// Everything is mounted: start what runs by itself, then serve.
    async fn serve(
        &self,
        server: ServerSettings,
        listeners: Listeners,
        lock: FolderLock,
        ground: Ground,
        parts: Vec<Part>,
        telemetry: Telemetry,
    ) -> Result<Running, StartError> {
        let addresses = listeners.addresses().map_err(StartError::Serve)?;
        let now = ground.clock.now();
        let restores = Restores::of(&ground.gate, &parts, now).await?;
        let process = Arc::new(self.process(&ground, &parts, &restores));
        let (health, services) = public(&ground, &parts, &process).await?;
        let ready = Arc::new(AtomicBool::new(false));
        let admin_end = CancellationToken::new();
        let admin = Admin {
            metrics: telemetry.metrics().clone(),
            ready: Arc::clone(&ready),
            databases: parts
                .iter()
                .map(|part| (part.name, part.db.clone()))
                .collect(),
        };
        admin::serve(&ground.tasks, listeners.admin, admin, admin_end.clone())
            .map_err(StartError::Serve)?;

        let (units, relays) = begin(&ground, parts, &restores, &telemetry).await?;
        let ending = Ending::default();
        let threads = threads(server.threads);
        let workers = Workers::start(threads, &services, &ending).map_err(StartError::Serve)?;
        let public = [
            (listeners.grpc, Protocol::Grpc),
            (listeners.http, Protocol::Http),
        ];
        let peers = listeners.peers.map(|peers| (peers, Protocol::Peers));
        for (listener, protocol) in public.into_iter().chain(peers) {
            workers
                .deal(&ground.tasks, listener, protocol, &ending)
                .map_err(StartError::Serve)?;
        }
        addresses.write(&server.data).map_err(StartError::Files)?;
        // Set once, here.
        let _first = process.ready.set(ground.clock.now());
        Ok(Running::new(Alive {
            addresses,
            server,
            health,
            ready,
            ending,
            admin_end,
            workers,
            units,
            relays,
            ground,
            telemetry,
            lock,
        }))
    }

    fn process(&self, ground: &Ground, parts: &[Part], restores: &Arc<Restores>) -> ops::Process {
        let provider = ground
            .settings
            .described()
            .into_iter()
            .find(|setting| setting.key == "payment.provider_url")
            .map(|setting| setting.value)
            .unwrap_or_default();
        let parts: BTreeMap<_, _> = parts
            .iter()
            .map(|part| {
                let seen = ops::Part {
                    db: part.db.clone(),
                    runner: part.runner.clone(),
                    operator: Operator::new(&part.db),
                    audit: Arc::clone(&part.mounted.audit),
                    migrations: part.schema.clone(),
                };
                (part.name, seen)
            })
            .collect();
        ops::Process {
            version: self.version,
            provider,
            clock: Arc::clone(&ground.clock),
            bus: Arc::clone(&ground.bus),
            parts,
            restores: Arc::clone(restores),
            ready: OnceLock::new(),
        }
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let modules: Vec<&str> = self.entries.iter().map(|entry| entry.name).collect();
        f.debug_struct("Suite")
            .field("name", &self.name)
            .field("version", &self.version)
            .field("modules", &modules)
            .finish()
    }
}

/// What the listeners serve: to anybody the modules, the operator's services, health and reflection; to peers the modules alone,
/// with what is internal.
async fn public(
    ground: &Ground,
    parts: &[Part],
    process: &Arc<ops::Process>,
) -> Result<(HealthReporter, Services), StartError> {
    let mut names: Vec<&'static str> = ops::SERVICES.to_vec();
    names.extend(parts.iter().flat_map(|part| &part.mounted.services));
    let (health, health_service) = tonic_health::server::health_reporter();
    for name in &names {
        health
            .set_service_status(*name, ServingStatus::Serving)
            .await;
    }
    let mut own = ServicesBuilder::default();
    ops::add(&mut own, &ground.gate, process);
    own.add_service(health_service);
    let mut shown = names.clone();
    shown.push("grpc.health.v1.Health");
    reflection::add(&mut own, &shown)?;
    let modules = parts.iter().map(|part| part.mounted.public.clone());
    let services: stoa_rpc::server::Services = modules.chain([own]).collect();
    let grpc = stoa_rpc::server::stack(&ground.gate, services);
    let http = stoa_edge::router(grpc.clone(), &names);
    let besides = parts.iter().map(|part| part.mounted.http.clone());
    let http = besides.fold(http, axum::Router::merge);
    let peers = ground.network.as_ref().map(|network| {
        let modules = parts.iter().map(|part| &part.mounted);
        let all = modules.flat_map(|mounted| [mounted.public.clone(), mounted.internal.clone()]);
        let services: stoa_rpc::server::Services = all.collect();
        stoa_rpc::server::peer_stack(&ground.gate, &network.secret, services)
    });
    Ok((health, Services { grpc, http, peers }))
}

fn threads(wished: usize) -> usize {
    match wished {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    }
}
