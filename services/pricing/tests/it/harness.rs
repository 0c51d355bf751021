//! The module alone on a temporary folder: staff reach it over a socket, the order service in the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use stoa_api::pricing::v1 as pb;
use stoa_api::pricing::v1::pricing_admin_service_client::PricingAdminServiceClient;
use stoa_api::pricing::v1::pricing_internal_service_client::PricingInternalServiceClient;
use stoa_api::type_::v1::UnitPrice;
use stoa_chassis::{Audit, Deps, Module as _, Peers, Tasks};
use stoa_errors::Error;
use stoa_events::{Envelope, EventLog};
use stoa_pricing::Module;
use stoa_rpc::{Gate, GateConfig, Peer, StaffToken, client, server};
use stoa_store::{Db, Engine};
use stoa_telemetry::Telemetry;
use stoa_types::{Clock, Ids, Permissions, SystemIds, Timestamp};
use stoa_workflow::{Limits, Runner};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::{Response, Status};

const TOKEN: &str = "token-that-may-everything";
const CLERK: &str = "token-that-may-write-products";

/// A clock that stands until it is moved.
#[derive(Debug)]
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn advance(&self, span: Duration) {
        let micros = i64::try_from(span.as_micros()).unwrap();
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// The running module and what a test looks at.
pub(crate) struct Suite {
    pub(crate) db: Db,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) audit: Arc<dyn Audit>,
    pub(crate) deps: Deps,
    uri: tonic::codegen::http::Uri,
    internal: Routes,
    gate: Gate,
    folder: Arc<tempfile::TempDir>,
}

fn gate(clock: &Arc<dyn Clock>, telemetry: &Telemetry) -> Gate {
    let products: Permissions = ["catalog.write"].into_iter().collect();
    Gate::new(GateConfig {
        clock: Arc::clone(clock),
        ids: Arc::new(SystemIds),
        staff: vec![
            StaffToken::new("operator", TOKEN, Permissions::All),
            StaffToken::new("clerk", CLERK, products),
        ],
        meter: telemetry.meter("rpc"),
        in_flight: 1_000,
    })
}

impl Suite {
    pub(crate) async fn start() -> Self {
        Self::on(Arc::new(tempfile::tempdir().unwrap())).await
    }

    /// Two instances of the service on one database; on a file, which has one, the same one twice.
    pub(crate) async fn pair() -> (Arc<Self>, Arc<Self>) {
        let first = Arc::new(Self::start().await);
        let second = match first.db.engine() {
            Engine::Sqlite => Arc::clone(&first),
            Engine::Postgres => Arc::new(Self::on(Arc::clone(&first.folder)).await),
        };
        (first, second)
    }

    async fn on(folder: Arc<tempfile::TempDir>) -> Self {
        let clock = Arc::new(TestClock(AtomicI64::new(1_700_000_000_000_000)));
        let shared: Arc<dyn Clock> = Arc::<TestClock>::clone(&clock);
        let ids: Arc<dyn Ids> = Arc::new(SystemIds);
        let telemetry = Telemetry::quiet("test").unwrap();
        let gate = gate(&shared, &telemetry);
        let mut schema = stoa_events::MIGRATIONS.to_vec();
        schema.extend_from_slice(stoa_workflow::MIGRATIONS);
        schema.extend(Module::migrations());
        let config = stoa_testdb::config(Module::NAME, folder.path());
        let db = stoa_testdb::open(config, schema, Arc::clone(&shared)).await;
        let meter = telemetry.meter("test");
        let runner = Runner::new(
            Module::NAME,
            &db,
            Arc::clone(&shared),
            Arc::clone(&ids),
            Limits::default(),
            &meter,
        );
        let deps = Deps {
            db: db.clone(),
            peers: Peers::new(),
            clock: shared,
            ids,
            gate: gate.clone(),
            runner,
            meter,
            shutdown: CancellationToken::new(),
            tasks: Tasks::new(Handle::current()),
            data: folder.path().to_owned(),
        };
        let mounted = Module::mount(deps.clone(), stoa_config::Settings::defaults())
            .await
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}", listener.local_addr().unwrap());
        let serving = Server::builder()
            .layer(server::layer(&gate))
            .add_routes(mounted.public.routes().prepare())
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(serving);
        Self {
            db,
            clock,
            audit: mounted.audit,
            deps,
            uri: uri.parse().unwrap(),
            internal: mounted.internal.routes(),
            gate,
            folder,
        }
    }

    /// The moment at which the clock stands, in seconds.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now().micros() / 1_000_000
    }

    fn remote(&self, token: &str) -> Peer {
        let peer = Peer::remote(self.uri.clone(), "test").with_gate(&self.gate);
        peer.with_token(token).unwrap()
    }

    /// Staff that may everything.
    pub(crate) fn staff(&self) -> PricingAdminServiceClient<Peer> {
        PricingAdminServiceClient::new(self.remote(TOKEN))
    }

    /// Staff that may something else.
    pub(crate) fn clerk(&self) -> PricingAdminServiceClient<Peer> {
        PricingAdminServiceClient::new(self.remote(CLERK))
    }

    /// The service `caller` in the same process.
    pub(crate) fn service(&self, caller: &'static str) -> PricingInternalServiceClient<Peer> {
        let peer = Peer::local(self.internal.clone(), caller, "pricing", 100);
        PricingInternalServiceClient::new(peer.with_gate(&self.gate))
    }

    /// A key that no call has used.
    pub(crate) fn key(&self) -> String {
        let _of = self;
        format!("key-{}", SystemIds.uuid())
    }

    /// Makes a channel.
    pub(crate) async fn create(&self, channel: pb::Channel) -> Result<pb::Channel, Error> {
        let request = pb::CreateChannelRequest {
            request_id: self.key(),
            channel: Some(channel),
        };
        let made = self.staff().create_channel(request).await;
        answer(made).map(|made| made.channel.unwrap())
    }

    /// The channel with this id or code.
    pub(crate) async fn channel(&self, channel: &str) -> Result<pb::Channel, Error> {
        let request = pb::GetChannelRequest {
            channel: channel.to_owned(),
            read_mask: None,
        };
        let found = self.staff().get_channel(request).await;
        answer(found).map(|found| found.channel.unwrap())
    }

    /// Sets prices of the channel `default`.
    pub(crate) async fn set(&self, prices: Vec<pb::PriceEntry>) -> Result<Vec<pb::Price>, Error> {
        self.set_in("default", &self.key(), prices).await
    }

    /// Sets prices of a channel under a key.
    pub(crate) async fn set_in(
        &self,
        channel: &str,
        key: &str,
        prices: Vec<pb::PriceEntry>,
    ) -> Result<Vec<pb::Price>, Error> {
        let request = pb::BatchSetPricesRequest {
            request_id: key.to_owned(),
            channel: channel.to_owned(),
            prices,
        };
        let set = self.staff().batch_set_prices(request).await;
        answer(set).map(|set| set.prices)
    }

    /// Prices a basket of the channel `default`, as the order service.
    pub(crate) async fn basket(
        &self,
        lines: Vec<pb::BasketLine>,
        at: Option<i64>,
    ) -> Result<pb::PriceBasketResponse, Error> {
        let request = pb::PriceBasketRequest {
            channel: "default".to_owned(),
            lines,
            price_time: at.map(time),
            destination_country_code: String::new(),
        };
        answer(self.service("order").price_basket(request).await)
    }

    /// The events of an aggregate, by version.
    pub(crate) async fn told(&self, kind: &str, id: &str) -> Vec<Envelope> {
        EventLog::stream(&self.db, kind, id, 0, 100).await.unwrap()
    }

    /// Rows of a table.
    pub(crate) async fn count(&self, table: &'static str) -> i64 {
        let sql: &'static str = match table {
            "price" => "SELECT count(*) AS rows FROM pricing_price",
            "channel" => "SELECT count(*) AS rows FROM pricing_channel",
            "book" => "SELECT count(*) AS rows FROM pricing_book",
            "event" => "SELECT count(*) AS rows FROM event_log",
            other => panic!("{other}"),
        };
        let row = self.db.query_one(sql, &()).await.unwrap().unwrap();
        row.get("rows").unwrap()
    }
}

/// The message of an answer, or the error that it is.
pub(crate) fn answer<T>(answered: Result<Response<T>, Status>) -> Result<T, Error> {
    answered.map(Response::into_inner).map_err(client::error)
}

/// A moment in seconds.
pub(crate) fn time(seconds: i64) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds, nanos: 0 }
}

/// A price of one unit, in pounds.
pub(crate) fn pounds(micros: i64) -> UnitPrice {
    UnitPrice {
        currency_code: "GBP".to_owned(),
        micros,
    }
}

/// A price from quantity 1 and from now on.
pub(crate) fn entry(sku: &str, micros: i64) -> pb::PriceEntry {
    pb::PriceEntry {
        sku: sku.to_owned(),
        unit_price: Some(pounds(micros)),
        from_quantity: 0,
        start_time: None,
    }
}

/// A line that takes the book's price.
pub(crate) fn line(sku: &str, quantity: i64) -> pb::BasketLine {
    pb::BasketLine {
        sku: sku.to_owned(),
        quantity,
        override_unit_price: None,
        tax_category: String::new(),
    }
}

/// The fields that an error names.
pub(crate) fn fields(error: &Error) -> Vec<&str> {
    let fields = error.violations.iter();
    fields.map(|violation| violation.field.as_str()).collect()
}
