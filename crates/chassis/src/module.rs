//! What a service is to the chassis: its name, whom it calls, its schema, and how it is mounted.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;
use stoa_api::ops::v1::{
    CheckInvariantsRequest, CheckInvariantsResponse, CloseBooksRequest, CloseBooksResponse,
    ListFactsRequest, ListFactsResponse, reason,
};
use stoa_config::{Mistakes, Settings};
use stoa_errors::Error;
use stoa_events::Consumer;
use stoa_rpc::Gate;
use stoa_rpc::server::ServicesBuilder;
use stoa_store::{Db, Migration, PageToken};
use stoa_telemetry::Meter;
use stoa_types::{Clock, Ctx, Ids};
use stoa_workflow::{Kind, RunnerHandle};
use tokio_util::sync::CancellationToken;

use crate::{Peers, Tasks};

/// A service. A process mounts one or several; which, it says in the order in which they may call each other.
pub trait Module: Send + Sync + 'static {
    /// The name of the service, of its section in the settings, and of its database.
    const NAME: &'static str;

    /// The services that it calls, all of them mounted before it.
    const CALLS: &'static [&'static str];

    /// Its own schema; those of the event log and of the workflows stand before it.
    fn migrations() -> Vec<Migration>;

    /// Says what is wrong with its settings, so that every mistake of every module is reported at once, before anything is
    /// opened.
    ///
    /// # Errors
    /// Every mistake in its sections.
    fn check(settings: &Settings) -> Result<(), Mistakes> {
        let _ = settings;
        Ok(())
    }

    /// Builds the service on what it is handed.
    fn mount(deps: Deps, settings: Settings) -> BoxFuture<'static, anyhow::Result<Mounted>>;
}

/// Everything ambient that a module is handed; nothing is global.
#[derive(Clone)]
pub struct Deps {
    /// Its database, open and migrated.
    pub db: Db,
    /// The services that it calls.
    pub peers: Peers,
    /// The current moment.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn Ids>,
    /// What its servers are made with (`stoa_rpc::order::v1::order_service(gate, handler)`).
    pub gate: Gate,
    /// Its runner: inserts and kicks are kept until it starts, after all modules are mounted.
    pub runner: RunnerHandle,
    /// Where it counts.
    pub meter: Meter,
    /// Cancelled when draining begins: long streams and periodic tasks end.
    pub shutdown: CancellationToken,
    /// Starts named tasks that are joined at shutdown.
    pub tasks: Tasks,
    /// The data folder of the process.
    pub data: PathBuf,
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deps")
            .field("db", &self.db.name())
            .field("peers", &self.peers)
            .field("runner", &self.runner)
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}

/// A task that a module wants started once all modules are mounted and all runners run: its name, and what it does.
pub type Task = (&'static str, BoxFuture<'static, ()>);

/// A service that is built and not served yet.
pub struct Mounted {
    /// The services of the public listener: `XService` and `XAdminService`.
    pub public: ServicesBuilder,
    /// The services of local peers only: `XInternalService`.
    pub internal: ServicesBuilder,
    /// What the public HTTP listener serves besides the contract: what a provider outside sends, in its own words.
    pub http: axum::Router,
    /// The full names of the public ones (`stoa.order.v1.OrderService`), for health, reflection and REST.
    pub services: Vec<&'static str>,
    /// Who listens to events, with inbox and dead letters in this module's database.
    pub consumers: Vec<Arc<dyn Consumer>>,
    /// The definitions of its workflows.
    pub kinds: Vec<Arc<dyn Kind>>,
    /// What answers the doctor.
    pub audit: Arc<dyn Audit>,
    /// Tasks that start when everything is mounted.
    pub tasks: Vec<Task>,
}

impl Mounted {
    /// Nothing but an audit, to be filled.
    #[must_use]
    pub fn new(audit: Arc<dyn Audit>) -> Self {
        Self {
            public: ServicesBuilder::default(),
            internal: ServicesBuilder::default(),
            http: axum::Router::new(),
            services: Vec::new(),
            consumers: Vec::new(),
            kinds: Vec::new(),
            audit,
            tasks: Vec::new(),
        }
    }
}

impl fmt::Debug for Mounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mounted")
            .field("services", &self.services)
            .finish_non_exhaustive()
    }
}

/// What a service tells the doctor (`stoa.ops.v1.AuditService`). The caller has the permission `ops.audit`.
#[async_trait]
pub trait Audit: Send + Sync + 'static {
    /// Checks what the service can check alone, each check in one read transaction. At most 100 violations are listed per
    /// check; all are counted.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn check_invariants(
        &self,
        ctx: &Ctx,
        request: CheckInvariantsRequest,
    ) -> Result<CheckInvariantsResponse, Error>;

    /// The facts about orders and credits by subject, a page of them, with the log position at which they were read. A
    /// service that keeps nothing of orders has none.
    ///
    /// # Errors
    /// When the database cannot be read, or `PAGE_TOKEN_INVALID`.
    async fn list_facts(
        &self,
        _: &Ctx,
        request: ListFactsRequest,
    ) -> Result<ListFactsResponse, Error> {
        // No page follows the empty one, so whatever token comes is none of this list.
        PageToken::decode::<(), _>(&request.page_token, &"no facts")?;
        Ok(ListFactsResponse::default())
    }

    /// Orders and credits over which the books were closed.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn closed(&self) -> Result<i64, Error> {
        Ok(0)
    }

    /// Closes the books over what was judged, if it stands as it did then.
    ///
    /// # Errors
    /// When the database does not take it; `SERVICE_NOT_FOUND` where a service keeps no closing rows.
    async fn close_books(
        &self,
        _: &Ctx,
        request: CloseBooksRequest,
    ) -> Result<CloseBooksResponse, Error> {
        Err(Error::not_found(
            reason::SERVICE_NOT_FOUND,
            format!("{} keeps no closing rows", request.service),
        ))
    }
}

/// The audit of a service that has nothing to compare.
#[derive(Clone, Copy, Debug, Default)]
pub struct NothingToAudit;

#[async_trait]
impl Audit for NothingToAudit {
    async fn check_invariants(
        &self,
        _: &Ctx,
        _: CheckInvariantsRequest,
    ) -> Result<CheckInvariantsResponse, Error> {
        Ok(CheckInvariantsResponse::default())
    }
}
