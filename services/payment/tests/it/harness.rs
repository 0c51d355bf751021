//! A payment module on a runtime of its own, which can die, and the provider beside it, which lives on.

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use stoa_api::payment::v1 as pb;
use stoa_api::payment::v1::payment_admin_service_client::PaymentAdminServiceClient;
use stoa_api::payment::v1::payment_internal_service_client::PaymentInternalServiceClient;
use stoa_api::payment::v1::payment_service_client::PaymentServiceClient;
use stoa_api::type_::v1::Money;
use stoa_chassis::{Audit, Deps, Module, Peers, Tasks};
use stoa_config::{Settings, Sources};
use stoa_errors::Error;
use stoa_payment::PaymentModule;
use stoa_rpc::server::{Stack, stack};
use stoa_rpc::{Gate, GateConfig, Peer, StaffToken, client};
use stoa_store::Db;
use stoa_telemetry::{Metrics, Telemetry};
use stoa_types::{Clock, Ctx, OrderId, Permissions, SystemClock, SystemIds};
use stoa_workflow::{Limits, Runner};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::{Request, Status};

pub(crate) const SETTLE: Duration = Duration::from_millis(400);
/// For tests that wait for calls which are never answered.
pub(crate) const HASTY: (&str, &str) = ("payment.timeout", "200ms");
pub(crate) const STAFF: &str = "staff-token-of-the-tests-0123456789";

/// The provider, served from a runtime of its own.
pub(crate) struct Provider {
    pub(crate) url: String,
    address: SocketAddr,
    config: stoa_sandbox::Config,
    _data: TempDir,
    runtime: Option<Runtime>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Provider {
    pub(crate) fn start(change: impl FnOnce(&mut stoa_sandbox::Config)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut config = stoa_sandbox::Config::new(data.path());
        config.settle_window = SETTLE;
        config.slow = Duration::from_millis(100);
        change(&mut config);
        let mut provider = Self {
            url: String::new(),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            config,
            _data: data,
            runtime: None,
        };
        provider.come_back();
        provider
    }

    /// Ends it where it stands; nobody listens at its address any more.
    pub(crate) fn go_away(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            let ended = std::thread::spawn(|| runtime.shutdown_timeout(Duration::from_secs(5)));
            ended.join().unwrap();
        }
    }

    /// Serves at its address again, from its own books.
    pub(crate) fn come_back(&mut self) {
        let runtime = runtime();
        let listener = std::net::TcpListener::bind(self.address).unwrap();
        listener.set_nonblocking(true).unwrap();
        self.address = listener.local_addr().unwrap();
        self.url = format!("http://{}", self.address);
        let config = self.config.clone();
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            stoa_sandbox::run(config, listener, CancellationToken::new()).await
        });
        self.runtime = Some(runtime);
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = reqwest::get(format!("{}/v1/{path}", self.url)).await;
        answer.unwrap().json().await.unwrap()
    }

    /// The customer who was sent to `uri` does what he is asked, or refuses to.
    pub(crate) async fn act(&self, uri: &str, approves: bool) {
        let answer = if approves { "approve" } else { "refuse" };
        let sent = reqwest::Client::new()
            .post(format!("{uri}/{answer}"))
            .send();
        assert_eq!(sent.await.unwrap().status(), 200);
    }

    /// Posts to the provider what no payment service would.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}/v1/{path}", self.url);
        let sent = reqwest::Client::new().post(url).json(body).send();
        let answer = sent.await.unwrap();
        let status = answer.status();
        let body = answer.json().await.unwrap();
        assert_eq!(status, 201, "{body}");
        body
    }

    /// Tells the provider where to tell what nobody waits for.
    pub(crate) async fn tells(&self, url: &str, secret: &str) {
        let hook = serde_json::json!({ "url": url, "secret": secret });
        let put = reqwest::Client::new().put(format!("{}/v1/webhook", self.url));
        assert_eq!(put.json(&hook).send().await.unwrap().status(), 204);
    }

    /// How many operations the provider has declined.
    pub(crate) async fn declined(&self) -> usize {
        let list = self.get("operations?after=0&limit=1000").await;
        let all = list["operations"].as_array().unwrap();
        all.iter().filter(|op| op["state"] == "declined").count()
    }

    /// What the provider holds in pounds: authorised, captured, voided, refunded, credited.
    pub(crate) async fn pounds(&self) -> [i64; 5] {
        let body = self.get("balances").await;
        let row = &body["balances"][0];
        [
            "authorized_minor",
            "captured_minor",
            "voided_minor",
            "refunded_minor",
            "credited_minor",
        ]
        .map(|name| row[name].as_i64().unwrap_or_default())
    }

    /// How many operations the provider did, declines not counted.
    pub(crate) async fn done(&self) -> i64 {
        let body = self.get("balances").await;
        body["balances"][0]["operations"].as_i64().unwrap_or(0)
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

/// A payment module that runs.
pub(crate) struct Payment {
    pub(crate) db: Db,
    pub(crate) audit: Arc<dyn Audit>,
    pub(crate) peer: Peer,
    pub(crate) public: Stack<Routes>,
    pub(crate) metrics: Metrics,
    /// Where it hears of what the provider tells by itself.
    pub(crate) hook: String,
    runtime: Option<Runtime>,
    _runner: Runner,
}

impl Payment {
    /// Mounts the module on the files in `data`.
    pub(crate) fn start(data: &Path, provider: &Provider, settings: &[(&str, &str)]) -> Self {
        Self::start_with(data, &provider.url, settings)
    }

    /// Mounts the module on the files in `data`, with the provider at `url`.
    pub(crate) fn start_with(data: &Path, url: &str, settings: &[(&str, &str)]) -> Self {
        let runtime = runtime();
        let metrics = Telemetry::quiet("tests").unwrap().metrics().clone();
        let handle = runtime.handle().clone();
        let settings = settings_of(url, settings);
        let data = data.to_owned();
        let mounted = runtime.spawn(mount(data, settings, metrics.clone(), handle.clone()));
        let (db, mounted, gate, runner) = futures::executor::block_on(mounted).unwrap();
        let started = runtime.spawn({
            let runner = runner.clone();
            let kinds = mounted.kinds;
            async move { runner.start(kinds, &handle).await.unwrap() }
        });
        futures::executor::block_on(started).unwrap();
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let http = mounted.http;
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            axum::serve(listener, http).await
        });
        Self {
            hook: format!("http://{address}/v1/provider-events/sandbox"),
            db,
            audit: mounted.audit,
            peer: Peer::local(mounted.internal.routes(), "order", "payment", 64).with_gate(&gate),
            public: stack(&gate, mounted.public.routes()),
            metrics,
            runtime: Some(runtime),
            _runner: runner,
        }
    }

    /// Ends the module where it stands: tasks are dropped, nothing is flushed.
    pub(crate) fn kill(mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
    }

    pub(crate) fn internal(&self) -> PaymentInternalServiceClient<Peer> {
        PaymentInternalServiceClient::new(self.peer.clone())
    }

    pub(crate) fn customer(&self) -> PaymentServiceClient<Stack<Routes>> {
        PaymentServiceClient::new(self.public.clone())
    }

    pub(crate) fn admin(&self) -> PaymentAdminServiceClient<Stack<Routes>> {
        PaymentAdminServiceClient::new(self.public.clone())
    }

    /// The payment as staff see it.
    pub(crate) async fn read(&self, payment: &pb::Payment) -> pb::Payment {
        let request = pb::GetPaymentRequest {
            payment_id: payment.payment_id.clone(),
            read_mask: None,
        };
        let answer = self.customer().get_payment(as_staff(request)).await;
        answer.unwrap().into_inner().payment.unwrap()
    }

    pub(crate) async fn operations(&self, payment: &pb::Payment) -> Vec<pb::PaymentOperation> {
        let request = pb::ListPaymentOperationsRequest {
            payment_id: payment.payment_id.clone(),
            ..Default::default()
        };
        let answer = self
            .admin()
            .list_payment_operations(as_staff(request))
            .await;
        answer.unwrap().into_inner().operations
    }

    /// What each account holds in pence: provider, sales, refunds, credits.
    pub(crate) async fn accounts(&self) -> [i64; 4] {
        let request = pb::GetLedgerBalancesRequest::default();
        let answer = self.admin().get_ledger_balances(as_staff(request)).await;
        let balances = answer.unwrap().into_inner().balances;
        [
            pb::LedgerAccount::Provider,
            pb::LedgerAccount::Sales,
            pb::LedgerAccount::Refunds,
            pb::LedgerAccount::Credits,
        ]
        .map(|account| {
            balances
                .iter()
                .filter(|balance| balance.account() == account)
                .map(|balance| balance.amount.as_ref().unwrap().minor_units)
                .sum()
        })
    }

    /// One number out of the books.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        let rows = self.db.query(sql, &()).await.unwrap();
        rows[0].get("n").unwrap()
    }

    /// The violations that the doctor would be told, as `check: subject detail`.
    pub(crate) async fn violations(&self) -> Vec<String> {
        let ctx = Ctx::background("doctor", SystemClock.now(), &SystemIds);
        let answer = self
            .audit
            .check_invariants(&ctx, Default::default())
            .await
            .unwrap();
        answer
            .checks
            .iter()
            .flat_map(|check| {
                check
                    .violations
                    .iter()
                    .map(|v| format!("{}: {} {}", check.name, v.subject, v.detail))
            })
            .collect()
    }
}

impl Drop for Payment {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A module with files of its own.
pub(crate) struct World {
    _data: TempDir,
    pub(crate) provider: Provider,
    pub(crate) payment: Payment,
}

pub(crate) fn world() -> World {
    world_with(|_| {}, &[])
}

pub(crate) fn world_with(
    provider: impl FnOnce(&mut stoa_sandbox::Config),
    settings: &[(&str, &str)],
) -> World {
    let data = tempfile::tempdir().unwrap();
    let provider = Provider::start(provider);
    let payment = Payment::start(data.path(), &provider, settings);
    World {
        _data: data,
        provider,
        payment,
    }
}

/// Runs a test outside of the runtimes that it kills.
pub(crate) fn block_on<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(test)
}

fn settings_of(url: &str, more: &[(&str, &str)]) -> Settings {
    let mut flags = vec![
        ("payment.provider_url".to_owned(), url.to_owned()),
        ("payment.timeout".to_owned(), "5s".to_owned()),
        ("payment.reconcile_every".to_owned(), "20ms".to_owned()),
        ("payment.sweep_every".to_owned(), "100ms".to_owned()),
    ];
    flags.extend(
        more.iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
    );
    Settings::load(&Sources {
        flags,
        ..Sources::default()
    })
    .unwrap()
}

async fn mount(
    data: std::path::PathBuf,
    settings: Settings,
    metrics: Metrics,
    handle: tokio::runtime::Handle,
) -> (Db, stoa_chassis::Mounted, Gate, Runner) {
    let meter = metrics.meter("payment");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids = Arc::new(SystemIds);
    let config = stoa_testdb::config("payment", &data);
    let mut migrations = stoa_events::MIGRATIONS.to_vec();
    migrations.extend(stoa_workflow::MIGRATIONS.to_vec());
    migrations.extend(PaymentModule::migrations());
    let db = stoa_testdb::open(config, migrations, clock.clone()).await;
    let limits = Limits {
        backoff: Duration::from_millis(20),
        // The dead are many here, and each is waited for on a server.
        lease: Duration::from_secs(2),
        ..Limits::default()
    };
    let runner = Runner::new("payment", &db, clock.clone(), ids.clone(), limits, &meter);
    let permissions = Permissions::All;
    let gate = Gate::new(GateConfig {
        clock: clock.clone(),
        ids: ids.clone(),
        staff: vec![StaffToken::new("operator", STAFF, permissions)],
        meter: meter.clone(),
        in_flight: 64,
    });
    let deps = Deps {
        db: db.clone(),
        peers: Peers::new(),
        clock,
        ids,
        gate: gate.clone(),
        runner: runner.clone(),
        meter,
        shutdown: CancellationToken::new(),
        tasks: Tasks::new(handle),
        data,
    };
    let mounted = PaymentModule::mount(deps, settings).await.unwrap();
    (db, mounted, gate, runner)
}

/// A request of the order service.
pub(crate) fn call<T>(message: T) -> Request<T> {
    client::request(
        &Ctx::background("order", SystemClock.now(), &SystemIds),
        message,
    )
}

/// A request of staff.
pub(crate) fn as_staff<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    let value = format!("Bearer {STAFF}").parse().unwrap();
    request.metadata_mut().insert("authorization", value);
    request
}

/// A request of the guest with a secret.
pub(crate) fn as_guest<T>(secret: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let value = secret.parse().unwrap();
    request.metadata_mut().insert("stoa-guest-secret", value);
    request
}

pub(crate) fn error(status: Status) -> Error {
    client::error(status)
}

/// A new request id.
pub(crate) fn key() -> String {
    OrderId::new(&SystemIds).to_string()
}

pub(crate) fn pence(amount: i64) -> Option<Money> {
    Some(Money {
        currency_code: "GBP".to_owned(),
        minor_units: amount,
    })
}

/// Asks until the answer is there; a test that waits longer than this has failed.
pub(crate) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while tokio::time::Instant::now() < deadline {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}: not in 20 s");
}
