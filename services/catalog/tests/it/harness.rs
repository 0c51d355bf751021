//! The module alone on a temporary folder: staff and shoppers reach it over a socket, the order service in the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use stoa_api::catalog::v1 as pb;
use stoa_api::catalog::v1::catalog_admin_service_client::CatalogAdminServiceClient;
use stoa_api::catalog::v1::catalog_internal_service_client::CatalogInternalServiceClient;
use stoa_api::catalog::v1::catalog_service_client::CatalogServiceClient;
use stoa_catalog::Module;
use stoa_chassis::{Audit, Deps, Module as _, Peers, Tasks};
use stoa_errors::Error;
use stoa_events::{Bus, EmbeddedBus, Envelope, EventLog};
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
const CLERK: &str = "token-that-may-write-prices";

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
    pub(crate) bus: EmbeddedBus,
    uri: tonic::codegen::http::Uri,
    internal: Routes,
    gate: Gate,
    folder: Arc<tempfile::TempDir>,
}

fn gate(clock: &Arc<dyn Clock>, telemetry: &Telemetry) -> Gate {
    let prices: Permissions = ["pricing.write"].into_iter().collect();
    Gate::new(GateConfig {
        clock: Arc::clone(clock),
        ids: Arc::new(SystemIds),
        staff: vec![
            StaffToken::new("operator", TOKEN, Permissions::All),
            StaffToken::new("clerk", CLERK, prices),
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
        let mounted = Module::mount(deps, stoa_config::Settings::defaults())
            .await
            .unwrap();
        let bus = EmbeddedBus::new();
        for consumer in mounted.consumers {
            bus.subscribe(db.clone(), consumer);
        }
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
            bus,
            uri: uri.parse().unwrap(),
            internal: mounted.internal.routes(),
            gate,
            folder,
        }
    }

    fn remote(&self, token: &str) -> Peer {
        let peer = Peer::remote(self.uri.clone(), "test").with_gate(&self.gate);
        peer.with_token(token).unwrap()
    }

    /// Staff that may everything.
    pub(crate) fn staff(&self) -> CatalogAdminServiceClient<Peer> {
        CatalogAdminServiceClient::new(self.remote(TOKEN))
    }

    /// Staff that may something else.
    pub(crate) fn clerk(&self) -> CatalogAdminServiceClient<Peer> {
        CatalogAdminServiceClient::new(self.remote(CLERK))
    }

    /// A shopper.
    pub(crate) fn shopper(&self) -> CatalogServiceClient<Peer> {
        CatalogServiceClient::new(Peer::remote(self.uri.clone(), "test").with_gate(&self.gate))
    }

    /// The service `caller` in the same process.
    pub(crate) fn service(&self, caller: &'static str) -> CatalogInternalServiceClient<Peer> {
        let peer = Peer::local(self.internal.clone(), caller, "catalog", 100);
        CatalogInternalServiceClient::new(peer.with_gate(&self.gate))
    }

    /// A key that no call has used.
    pub(crate) fn key(&self) -> String {
        let _of = self;
        format!("key-{}", SystemIds.uuid())
    }

    /// Makes a product.
    pub(crate) async fn create(&self, product: pb::Product) -> Result<pb::Product, Error> {
        let request = pb::CreateProductRequest {
            request_id: self.key(),
            product: Some(product),
        };
        let made = self.staff().create_product(request).await;
        answer(made).map(|made| made.product.unwrap())
    }

    /// Changes the fields of a product that `paths` name; all, when they name none.
    pub(crate) async fn update(
        &self,
        product: pb::Product,
        paths: &[&str],
    ) -> Result<pb::Product, Error> {
        let request = pb::UpdateProductRequest {
            request_id: self.key(),
            product: Some(product),
            update_mask: mask(paths),
        };
        let changed = self.staff().update_product(request).await;
        answer(changed).map(|changed| changed.product.unwrap())
    }

    /// The product with this id or slug.
    pub(crate) async fn get(&self, product: &str) -> Result<pb::Product, Error> {
        let request = pb::GetProductRequest {
            product: product.to_owned(),
            read_mask: None,
        };
        let found = self.shopper().get_product(request).await;
        answer(found).map(|found| found.product.unwrap())
    }

    /// The events of a product, by version.
    pub(crate) async fn told(&self, product: &str) -> Vec<Envelope> {
        EventLog::stream(&self.db, "product", product, 0, 100)
            .await
            .unwrap()
    }

    /// Rows of a table.
    pub(crate) async fn count(&self, table: &'static str) -> i64 {
        let sql: &'static str = match table {
            "product" => "SELECT count(*) AS rows FROM catalog_product",
            "variant" => "SELECT count(*) AS rows FROM catalog_variant",
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

/// The paths as a mask; none for none.
pub(crate) fn mask(paths: &[&str]) -> Option<prost_types::FieldMask> {
    (!paths.is_empty()).then(|| prost_types::FieldMask {
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
    })
}

/// A variant with nothing but a sku.
pub(crate) fn variant(sku: &str) -> pb::Variant {
    pb::Variant {
        sku: sku.to_owned(),
        ..pb::Variant::default()
    }
}

/// A product with these skus.
pub(crate) fn product(title: &str, skus: &[&str]) -> pb::Product {
    pb::Product {
        title: title.to_owned(),
        variants: skus.iter().map(|sku| variant(sku)).collect(),
        ..pb::Product::default()
    }
}

/// The fields that an error names.
pub(crate) fn fields(error: &Error) -> Vec<&str> {
    let fields = error.violations.iter();
    fields.map(|violation| violation.field.as_str()).collect()
}
