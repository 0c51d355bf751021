//! One inventory on a folder of its own: its public services on a socket with all layers, its internal one for the order service.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use stoa_api::inventory::v1::availability_service_client::AvailabilityServiceClient;
use stoa_api::inventory::v1::inventory_admin_service_client::InventoryAdminServiceClient;
use stoa_api::inventory::v1::inventory_internal_service_client::InventoryInternalServiceClient;
use stoa_api::inventory::v1::{
    CreateHoldRequest, GetStockLevelRequest, Hold, HoldDemand, ListMovementsRequest, Movement,
    ReceiveStockRequest, StockLevel, StockLine,
};
use stoa_api::ops::v1::CheckInvariantsRequest;
use stoa_chassis::{Audit, Deps, Module as _, Peers, Tasks};
use stoa_config::{Settings, Sources};
use stoa_errors::Error;
use stoa_inventory::Module;
use stoa_rpc::{Gate, GateConfig, Peer, StaffToken, client, server};
use stoa_store::{Db, Engine, Options};
use stoa_telemetry::Telemetry;
use stoa_types::{ChannelId, Clock, Ids, OrderId, Permissions, SystemClock, SystemIds, Timestamp};
use stoa_workflow::{Limits, Runner};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;

pub(crate) type Admin = InventoryAdminServiceClient<Peer>;
pub(crate) type Internal = InventoryInternalServiceClient<Peer>;

pub(crate) const ROOT: &str = "token-that-may-everything";
pub(crate) const READER: &str = "token-that-may-only-read";

/// The machine's clock, put forward as far as a test says.
#[derive(Debug, Default)]
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn forward(&self, span: Duration) {
        let micros = i64::try_from(span.as_micros()).unwrap();
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let ahead = u64::try_from(self.0.load(Ordering::SeqCst)).unwrap();
        SystemClock.now().plus(Duration::from_micros(ahead))
    }
}

/// A running inventory.
pub(crate) struct Inventory {
    pub(crate) db: Db,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) audit: Arc<dyn Audit>,
    pub(crate) telemetry: Telemetry,
    pub(crate) address: String,
    order: Peer,
    shutdown: CancellationToken,
    tasks: Tasks,
    folder: Folder,
}

/// Where its file stands.
enum Folder {
    /// Gone with the test.
    Own(TempDir),
    #[cfg(feature = "crash-points")]
    Given(std::path::PathBuf),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Own(folder) => folder.path(),
            #[cfg(feature = "crash-points")]
            Self::Given(path) => path,
        }
    }
}

impl Inventory {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With these settings.
    pub(crate) async fn with(flags: &[(&str, &str)]) -> Self {
        Self::on(Folder::Own(tempfile::tempdir().unwrap()), flags).await
    }

    /// With one lane on either engine, so that whoever keeps it busy has everybody wait.
    pub(crate) async fn with_one_lane() -> Self {
        let folder = Folder::Own(tempfile::tempdir().unwrap());
        Self::open(folder, &[], 1).await
    }

    /// Ends it in order, and starts it again on the same file.
    pub(crate) async fn restart(self) -> Self {
        self.shutdown.cancel();
        self.tasks.join(Duration::from_secs(5)).await;
        self.db.close().await;
        Self::on(self.folder, &[]).await
    }

    /// On the file in this folder, for two processes one after the other.
    #[cfg(feature = "crash-points")]
    pub(crate) async fn at(folder: &Path) -> Self {
        Self::on(Folder::Given(folder.to_owned()), &[]).await
    }

    async fn on(folder: Folder, flags: &[(&str, &str)]) -> Self {
        Self::open(folder, flags, stoa_testdb::options().lanes).await
    }

    async fn open(folder: Folder, flags: &[(&str, &str)], lanes: u32) -> Self {
        let clock = Arc::new(TestClock::default());
        let handle = tokio::runtime::Handle::current();
        let (now, ids): (Arc<dyn Clock>, Arc<dyn Ids>) = (clock.clone(), Arc::new(SystemIds));
        let config = stoa_testdb::config("inventory", folder.path());
        let migrations = [stoa_events::MIGRATIONS, stoa_workflow::MIGRATIONS].concat();
        let migrations = migrations.into_iter().chain(Module::migrations()).collect();
        let options = Options {
            lanes,
            ..Options::default()
        };
        let db = Db::open_with(config, options, migrations, now.clone(), handle.clone())
            .await
            .unwrap();
        let telemetry = Telemetry::quiet("inventory").unwrap();
        let meter = telemetry.meter("inventory");
        db.set_meter(&meter);
        let gate = gate(&now, &ids, &telemetry);
        let (shutdown, tasks) = (CancellationToken::new(), Tasks::new(handle));
        let deps = Deps {
            runner: Runner::new(
                "inventory",
                &db,
                now.clone(),
                ids.clone(),
                Limits::default(),
                &meter,
            ),
            db: db.clone(),
            peers: Peers::new(),
            clock: now,
            ids,
            gate: gate.clone(),
            meter,
            shutdown: shutdown.clone(),
            tasks: tasks.clone(),
            data: folder.path().to_owned(),
        };
        let flags = flags
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let settings = Settings::load(&Sources {
            flags: flags.collect(),
            ..Sources::default()
        });
        let mounted = Module::mount(deps, settings.unwrap()).await.unwrap();
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
        let order = Peer::local(mounted.internal.routes(), "order", "inventory", 1_000);
        Self {
            order: order.with_gate(&gate),
            audit: mounted.audit,
            db,
            clock,
            telemetry,
            address,
            shutdown,
            tasks,
            folder,
        }
    }

    /// The service that the order service calls, as the order service.
    pub(crate) fn internal(&self) -> Internal {
        InventoryInternalServiceClient::new(self.order.clone())
    }

    /// The service for staff, with a token that may everything.
    pub(crate) fn admin(&self) -> Admin {
        self.admin_with(ROOT)
    }

    pub(crate) fn admin_with(&self, token: &str) -> Admin {
        InventoryAdminServiceClient::new(self.remote().with_token(token).unwrap())
    }

    pub(crate) fn shop(&self) -> AvailabilityServiceClient<Peer> {
        AvailabilityServiceClient::new(self.remote())
    }

    /// The public listener, as nobody.
    pub(crate) fn remote(&self) -> Peer {
        Peer::remote(self.address.parse().unwrap(), "test")
    }

    /// Books so many units at `main`.
    pub(crate) async fn receive(&self, lines: &[(&str, i64)]) {
        self.receive_at("main", lines).await;
    }

    pub(crate) async fn receive_at(&self, location: &str, lines: &[(&str, i64)]) {
        let request = ReceiveStockRequest {
            request_id: key(),
            location: location.to_owned(),
            reference: key(),
            lines: stock_lines(lines),
        };
        self.admin().receive_stock(request).await.unwrap();
    }

    /// The level of a sku at `main`.
    pub(crate) async fn level(&self, sku: &str) -> StockLevel {
        self.level_at("main", sku).await
    }

    pub(crate) async fn level_at(&self, location: &str, sku: &str) -> StockLevel {
        let request = GetStockLevelRequest {
            location: location.to_owned(),
            sku: sku.to_owned(),
            read_mask: None,
        };
        let answer = self.admin().get_stock_level(request).await.unwrap();
        answer.into_inner().stock_level.unwrap()
    }

    /// Every movement of a sku.
    pub(crate) async fn movements(&self, sku: &str) -> Vec<Movement> {
        let mut request = ListMovementsRequest {
            sku: sku.to_owned(),
            page_size: 1_000,
            ..ListMovementsRequest::default()
        };
        let mut all = Vec::new();
        loop {
            let answer = self.admin().list_movements(request.clone()).await.unwrap();
            let answer = answer.into_inner();
            all.extend(answer.movements);
            if answer.next_page_token.is_empty() {
                return all;
            }
            request.page_token = answer.next_page_token;
        }
    }

    /// Keeps stock for a new order.
    pub(crate) async fn hold(&self, lines: &[(&str, i64)]) -> Result<Hold, Error> {
        self.ask(hold_request(lines)).await
    }

    pub(crate) async fn ask(&self, request: CreateHoldRequest) -> Result<Hold, Error> {
        let answer = self.internal().create_hold(request).await;
        Ok(answer.map_err(client::error)?.into_inner().hold.unwrap())
    }

    /// Levels are the sums of their movements, holds agree with levels, nothing is sold twice.
    pub(crate) async fn sound(&self) {
        let ctx = stoa_types::Ctx::background("test", self.clock.now(), &SystemIds);
        let answer = self
            .audit
            .check_invariants(&ctx, CheckInvariantsRequest::default())
            .await
            .unwrap();
        for check in answer.checks {
            assert_eq!(check.violation_count, 0, "{check:?}");
        }
    }

    /// The first line of the metrics page that begins so.
    pub(crate) fn metric(&self, begin: &str) -> Option<f64> {
        let page = self.telemetry.metrics().render().unwrap();
        let line = page.lines().find(|line| line.starts_with(begin))?;
        line.rsplit(' ').next().unwrap().parse().ok()
    }

    /// How many statements the transactions of a command have run.
    pub(crate) fn statements(&self, command: &str) -> f64 {
        let page = self.telemetry.metrics().render().unwrap();
        let label = format!("command=\"{command}\"");
        let mut lines = page
            .lines()
            .filter(|line| line.starts_with("stoa_store_statements_total{"));
        let line = lines.find(|line| line.contains(&label));
        line.map_or(0.0, |line| {
            line.rsplit(' ').next().unwrap().parse().unwrap()
        })
    }

    /// How many rows the tables of inventory and the log have.
    pub(crate) async fn rows(&self) -> Vec<(String, i64)> {
        let mut counts = Vec::new();
        for statement in [
            "SELECT 'locations' AS what, COUNT(*) AS rows FROM inventory_location",
            "SELECT 'levels' AS what, COUNT(*) AS rows FROM inventory_level",
            "SELECT 'movements' AS what, COUNT(*) AS rows FROM inventory_movement",
            "SELECT 'holds' AS what, COUNT(*) AS rows FROM inventory_hold",
            "SELECT 'hold lines' AS what, COUNT(*) AS rows FROM inventory_hold_line",
            "SELECT 'events' AS what, COUNT(*) AS rows FROM event_log",
        ] {
            let row = self.db.query_one(statement, &()).await.unwrap().unwrap();
            counts.push((row.get("what").unwrap(), row.get("rows").unwrap()));
        }
        counts
    }

    /// Does to the tables what no code of ours does.
    pub(crate) async fn tamper(&self, statement: &str) {
        let statement = statement.to_owned();
        self.db
            .write("test.tamper", move |tx| {
                let statement = statement.clone();
                Box::pin(async move { tx.execute_unprepared(&statement).await })
            })
            .await
            .unwrap();
    }

    /// The same where a constraint of the levels would refuse it.
    pub(crate) async fn tamper_unguarded(&self, statement: &str) {
        let unguarded = match self.db.engine() {
            Engine::Sqlite => "PRAGMA ignore_check_constraints = 1",
            Engine::Postgres => "ALTER TABLE inventory_level DROP CONSTRAINT inventory_level_check",
        };
        self.tamper(&format!("{unguarded}; {statement}")).await;
    }
}

fn gate(clock: &Arc<dyn Clock>, ids: &Arc<dyn Ids>, telemetry: &Telemetry) -> Gate {
    let reading: Permissions = ["inventory.read"].into_iter().collect();
    Gate::new(GateConfig {
        clock: Arc::clone(clock),
        ids: Arc::clone(ids),
        staff: vec![
            StaffToken::new("root", ROOT, Permissions::All),
            StaffToken::new("reader", READER, reading),
        ],
        meter: telemetry.meter("rpc"),
        in_flight: stoa_rpc::gate::IN_FLIGHT,
    })
}

/// A fresh request id or reference.
pub(crate) fn key() -> String {
    SystemIds.uuid().to_string()
}

pub(crate) fn order_id() -> String {
    OrderId::new(&SystemIds).to_string()
}

pub(crate) fn channel_id() -> String {
    ChannelId::new(&SystemIds).to_string()
}

pub(crate) fn stock_lines(lines: &[(&str, i64)]) -> Vec<StockLine> {
    let lines = lines.iter().map(|(sku, quantity)| StockLine {
        sku: (*sku).to_owned(),
        quantity: *quantity,
    });
    lines.collect()
}

pub(crate) fn demands(lines: &[(&str, i64)]) -> Vec<HoldDemand> {
    let lines = lines.iter().map(|(sku, quantity)| HoldDemand {
        sku: (*sku).to_owned(),
        quantity: *quantity,
    });
    lines.collect()
}

pub(crate) fn hold_request(lines: &[(&str, i64)]) -> CreateHoldRequest {
    CreateHoldRequest {
        request_id: key(),
        owner: order_id(),
        channel_id: channel_id(),
        lines: demands(lines),
        ..CreateHoldRequest::default()
    }
}

pub(crate) fn seconds(seconds: i64) -> Option<prost_types::Duration> {
    Some(prost_types::Duration { seconds, nanos: 0 })
}
