//! Inventory alone, as often as a test wants, on one database: what several processes would be.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use stoa_api::inventory::v1::inventory_admin_service_client::InventoryAdminServiceClient;
use stoa_api::inventory::v1::inventory_internal_service_client::InventoryInternalServiceClient;
use stoa_api::ops::v1::CheckInvariantsRequest;
use stoa_chassis::{Audit, Deps, Module as _, Peers, Tasks};
use stoa_config::{Settings, Sources};
use stoa_inventory::Module;
use stoa_rpc::{Gate, GateConfig, Peer, PeerSecret, StaffToken, server};
use stoa_store::Db;
use stoa_telemetry::Telemetry;
use stoa_types::{Clock, Ctx, Ids, Permissions, SystemClock, SystemIds};
use stoa_workflow::{Limits, Runner};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::Server;
use tower::layer::layer_fn;

const STAFF: &str = "token-that-may-everything";

/// By what instances and those who call them over the network know each other.
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The file in which an instance says where it listens: for its peers, then for staff.
const ADDRESSES: &str = "addresses";

/// A way to an instance.
#[derive(Clone, Debug)]
pub(crate) struct Reach {
    order: Peer,
    staff: Peer,
}

impl Reach {
    /// What the order service calls, as the order service.
    pub(crate) fn order(&self) -> InventoryInternalServiceClient<Peer> {
        InventoryInternalServiceClient::new(self.order.clone())
    }

    /// What staff call, over a socket.
    pub(crate) fn staff(&self) -> InventoryAdminServiceClient<Peer> {
        InventoryAdminServiceClient::new(self.staff.clone())
    }

    /// The way to an instance in another process, once it has said in this folder where it listens.
    pub(crate) fn over(folder: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(folder.join(ADDRESSES)).ok()?;
        let (peers, public) = text.split_once(' ')?;
        let order = Peer::remote(peers.parse().unwrap(), "order");
        let staff = Peer::remote(public.parse().unwrap(), "test");
        Some(Self {
            order: order.with_secret(&PeerSecret::new(SECRET).unwrap()),
            staff: staff.with_token(STAFF).unwrap(),
        })
    }

    /// Forgets where another process listened.
    pub(crate) fn forget(folder: &Path) {
        let _missing = std::fs::remove_file(folder.join(ADDRESSES));
    }
}

/// One instance of inventory.
pub(crate) struct Instance {
    pub(crate) db: Db,
    audit: Arc<dyn Audit>,
    telemetry: Telemetry,
    shutdown: CancellationToken,
    tasks: Tasks,
    reach: Reach,
    addresses: String,
}

impl Instance {
    /// One more on the database of this folder.
    pub(crate) async fn start(folder: &Path) -> Self {
        let (clock, ids): (Arc<dyn Clock>, Arc<dyn Ids>) =
            (Arc::new(SystemClock), Arc::new(SystemIds));
        let handle = tokio::runtime::Handle::current();
        let migrations = [stoa_events::MIGRATIONS, stoa_workflow::MIGRATIONS].concat();
        let migrations = migrations.into_iter().chain(Module::migrations()).collect();
        let config = stoa_testdb::config("inventory", folder);
        let db = stoa_testdb::open(config, migrations, Arc::clone(&clock)).await;
        let telemetry = Telemetry::quiet("inventory").unwrap();
        let meter = telemetry.meter("inventory");
        db.set_meter(&meter);
        let gate = Gate::new(GateConfig {
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            staff: vec![StaffToken::new("root", STAFF, Permissions::All)],
            meter: telemetry.meter("rpc"),
            in_flight: stoa_rpc::gate::IN_FLIGHT,
        });
        let (shutdown, tasks) = (CancellationToken::new(), Tasks::new(handle));
        let runner = Runner::new(
            "inventory",
            &db,
            Arc::clone(&clock),
            Arc::clone(&ids),
            Limits::default(),
            &meter,
        );
        let deps = Deps {
            runner,
            db: db.clone(),
            peers: Peers::new(),
            clock,
            ids,
            gate: gate.clone(),
            meter,
            shutdown: shutdown.clone(),
            tasks: tasks.clone(),
            data: folder.to_owned(),
        };
        let settings = Settings::load(&Sources::default()).unwrap();
        let mounted = Module::mount(deps, settings).await.unwrap();
        for (name, task) in mounted.tasks {
            tasks.spawn(name, task);
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let public = Server::builder()
            .layer(server::layer(&gate))
            .add_routes(mounted.public.routes().prepare())
            .serve_with_incoming(TcpListenerStream::new(listener));
        let ending = shutdown.clone();
        tasks.spawn("public", async move {
            ending.run_until_cancelled(public).await;
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peers_address = format!("http://{}", listener.local_addr().unwrap());
        let internal = mounted.internal.routes();
        let (known, secret) = (gate.clone(), PeerSecret::new(SECRET).unwrap());
        let peers = Server::builder()
            .layer(layer_fn(move |routes: Routes| {
                server::peer_stack(&known, &secret, routes)
            }))
            .add_routes(internal.clone().prepare())
            .serve_with_incoming(TcpListenerStream::new(listener));
        let ending = shutdown.clone();
        tasks.spawn("peers", async move {
            ending.run_until_cancelled(peers).await;
        });
        let order = Peer::local(internal, "order", "inventory", 1_000);
        let staff = Peer::remote(address.parse().unwrap(), "test");
        let reach = Reach {
            order: order.with_gate(&gate),
            staff: staff.with_token(STAFF).unwrap(),
        };
        Self {
            reach,
            addresses: format!("{peers_address} {address}"),
            audit: mounted.audit,
            db,
            telemetry,
            shutdown,
            tasks,
        }
    }

    /// The way to it from this process.
    pub(crate) fn reach(&self) -> Reach {
        self.reach.clone()
    }

    /// What the order service calls, as the order service.
    pub(crate) fn order(&self) -> InventoryInternalServiceClient<Peer> {
        self.reach.order()
    }

    /// What staff call, over a socket.
    pub(crate) fn staff(&self) -> InventoryAdminServiceClient<Peer> {
        self.reach.staff()
    }

    /// Says in this folder where it listens, for another process.
    pub(crate) fn announce(&self, folder: &Path) {
        let fresh = folder.join("addresses.new");
        std::fs::write(&fresh, &self.addresses).unwrap();
        std::fs::rename(fresh, folder.join(ADDRESSES)).unwrap();
    }

    /// Levels are the sums of their movements, holds agree with levels, nothing is sold twice.
    pub(crate) async fn sound(&self) {
        let ctx = Ctx::background("test", SystemClock.now(), &SystemIds);
        let request = CheckInvariantsRequest::default();
        let answer = self.audit.check_invariants(&ctx, request).await.unwrap();
        for check in answer.checks {
            assert_eq!(check.violation_count, 0, "{check:?}");
        }
    }

    /// The sum of a figure over its labels.
    pub(crate) fn figure(&self, name: &str) -> f64 {
        let page = self.telemetry.metrics().render().unwrap();
        let lines = page.lines().filter(|line| line.starts_with(name));
        let values = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        values.sum()
    }

    /// Ends it in order.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.tasks.join(Duration::from_secs(5)).await;
        self.db.close().await;
    }
}
