//! Two modules: a catalog that answers, and an order service that calls it, works for it and listens to it.

use std::sync::{Arc, Mutex, OnceLock};

use async_trait::async_trait;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use stoa_api::catalog::v1::catalog_internal_service_client::CatalogInternalServiceClient;
use stoa_api::catalog::v1::{
    BatchGetProductsRequest, BatchGetProductsResponse, GetProductRequest, GetProductResponse,
    ListProductsRequest, ListProductsResponse, Product, ResolveSkusRequest, ResolveSkusResponse,
};
use stoa_api::ops::v1::{
    CheckInvariantsRequest, CheckInvariantsResponse, InvariantCheck, ListFactsRequest,
    ListFactsResponse,
};
use stoa_chassis::{Audit, Deps, Module, Mounted, NothingToAudit};
use stoa_config::{Mistakes, Section, Settings};
use stoa_errors::Error;
use stoa_events::{ConsumeError, Consumer, Envelope, Mode, NewEvent};
use stoa_rpc::catalog::v1::{
    CatalogInternalServiceHandler, CatalogServiceHandler, catalog_internal_service, catalog_service,
};
use stoa_store::{Db, Migration, Tx};
use stoa_types::{Ctx, Ids, WorkflowId};
use stoa_workflow::{Kind, NewWorkflow, Next, RunnerHandle, Work};
use tokio::sync::Notify;

/// What a test holds in its hands: the test's own suite finds it by the data folder.
#[derive(Debug, Default)]
pub(crate) struct Strings {
    /// A call of the product "slow" has arrived, and may go on.
    pub(crate) arrived: Notify,
    pub(crate) go_on: Notify,
    /// Who called ResolveSkus.
    pub(crate) callers: Mutex<Vec<String>>,
    /// What the consumer was told.
    pub(crate) heard: Notify,
}

/// The strings of each suite, by its folder.
type ByFolder = Vec<(std::path::PathBuf, Arc<Strings>)>;

static STRINGS: OnceLock<Mutex<ByFolder>> = OnceLock::new();

/// The strings of the suite in this folder.
pub(crate) fn strings(data: &std::path::Path) -> Arc<Strings> {
    let mut all = STRINGS.get_or_init(Mutex::default).lock().unwrap();
    if let Some((_, strings)) = all.iter().find(|(folder, _)| folder == data) {
        return Arc::clone(strings);
    }
    let strings = Arc::new(Strings::default());
    all.push((data.to_owned(), Arc::clone(&strings)));
    strings
}

pub(crate) struct Catalog;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct CatalogSettings {
    greeting: String,
}

impl Section for CatalogSettings {
    const NAME: &'static str = "catalog";

    fn validate(&self, mistakes: &mut Mistakes) {
        mistakes.require(self.greeting != "rude", "greeting", "must be polite");
    }
}

impl Module for Catalog {
    const NAME: &'static str = "catalog";
    const CALLS: &'static [&'static str] = &[];

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }

    fn check(settings: &Settings) -> Result<(), Mistakes> {
        settings.section::<CatalogSettings>().map(drop)
    }

    fn mount(deps: Deps, _: Settings) -> BoxFuture<'static, anyhow::Result<Mounted>> {
        Box::pin(async move {
            anyhow::ensure!(deps.peers.get("order").is_err(), "it may call nobody");
            let handler = Arc::new(CatalogHandler {
                strings: strings(&deps.data),
                db: deps.db,
                ids: deps.ids,
            });
            let mut mounted = Mounted::new(Arc::new(NothingToAudit));
            mounted
                .public
                .add_service(catalog_service(deps.gate.clone(), Arc::clone(&handler)));
            mounted.services = vec!["stoa.catalog.v1.CatalogService"];
            mounted
                .internal
                .add_service(catalog_internal_service(deps.gate, handler));
            Ok(mounted)
        })
    }
}

struct CatalogHandler {
    strings: Arc<Strings>,
    db: Db,
    ids: Arc<dyn Ids>,
}

#[async_trait]
impl CatalogServiceHandler for CatalogHandler {
    async fn get_product(
        &self,
        ctx: Ctx,
        request: GetProductRequest,
    ) -> Result<GetProductResponse, Error> {
        if request.product == "slow" {
            self.strings.arrived.notify_one();
            self.strings.go_on.notified().await;
        }
        if request.product == "eventful" {
            self.tell(ctx).await?;
        }
        Ok(GetProductResponse {
            product: Some(Product {
                title: request.product,
                ..Product::default()
            }),
        })
    }

    async fn batch_get_products(
        &self,
        _: Ctx,
        _: BatchGetProductsRequest,
    ) -> Result<BatchGetProductsResponse, Error> {
        Ok(BatchGetProductsResponse::default())
    }

    async fn list_products(
        &self,
        _: Ctx,
        _: ListProductsRequest,
    ) -> Result<ListProductsResponse, Error> {
        Ok(ListProductsResponse::default())
    }
}

impl CatalogHandler {
    async fn tell(&self, ctx: Ctx) -> Result<(), Error> {
        let event = NewEvent {
            aggregate_kind: "product",
            aggregate_id: "prd_1".to_owned(),
            aggregate_version: 1,
            event_type: "stoa.catalog.v1.ProductCreated",
            payload: Vec::new(),
            channel: None,
        };
        let (ctx, ids, now) = (Arc::new(ctx), Arc::clone(&self.ids), self.db.now());
        self.db
            .write("test.tell", move |tx| {
                let (ctx, ids, event) = (Arc::clone(&ctx), Arc::clone(&ids), event.clone());
                Box::pin(async move {
                    stoa_events::append(tx, &[(ctx, event)], now, ids.as_ref()).await?;
                    Ok(())
                })
            })
            .await?;
        Ok(())
    }
}

#[async_trait]
impl CatalogInternalServiceHandler for CatalogHandler {
    async fn resolve_skus(
        &self,
        ctx: Ctx,
        _: ResolveSkusRequest,
    ) -> Result<ResolveSkusResponse, Error> {
        let caller = format!("{} for {}", ctx.principal.actor(), ctx.actor());
        self.strings.callers.lock().unwrap().push(caller);
        Ok(ResolveSkusResponse::default())
    }
}

pub(crate) struct Order;

impl Module for Order {
    const NAME: &'static str = "order";
    const CALLS: &'static [&'static str] = &["catalog"];

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }

    fn mount(deps: Deps, _: Settings) -> BoxFuture<'static, anyhow::Result<Mounted>> {
        Box::pin(async move {
            let catalog = CatalogInternalServiceClient::new(deps.peers.get("catalog")?);
            let strings = strings(&deps.data);
            let mut mounted = Mounted::new(Arc::new(OrderAudit {
                catalog,
                db: deps.db,
                ids: deps.ids,
                runner: deps.runner,
            }));
            mounted.kinds = vec![Arc::new(Checkout)];
            mounted.consumers = vec![Arc::new(Listener(Arc::clone(&strings)))];
            let shutdown = deps.shutdown;
            mounted.tasks = vec![(
                "wait for the end",
                Box::pin(async move { shutdown.cancelled().await }),
            )];
            Ok(mounted)
        })
    }
}

/// Its audit calls the catalog and leaves a workflow behind.
struct OrderAudit {
    catalog: CatalogInternalServiceClient<stoa_rpc::Peer>,
    db: Db,
    ids: Arc<dyn Ids>,
    runner: RunnerHandle,
}

#[async_trait]
impl Audit for OrderAudit {
    async fn check_invariants(
        &self,
        ctx: &Ctx,
        _: CheckInvariantsRequest,
    ) -> Result<CheckInvariantsResponse, Error> {
        let request = ResolveSkusRequest {
            skus: vec!["MUG".to_owned()],
            ..ResolveSkusRequest::default()
        };
        self.catalog
            .clone()
            .resolve_skus(stoa_rpc::client::request(ctx, request))
            .await
            .map_err(stoa_rpc::client::error)?;
        let new = NewWorkflow {
            id: WorkflowId::new(self.ids.as_ref()),
            kind: "checkout",
            version: 1,
            subject: "ord_1".to_owned(),
            step: "hold",
            state: serde_json::Value::Null,
            due_at: self.db.now(),
            ctx: Arc::new(ctx.clone()),
        };
        let (id, runner) = (new.id, self.runner.clone());
        self.db
            .write("test.accept", move |tx| {
                let (new, runner) = (new.clone(), runner.clone());
                Box::pin(async move { stoa_workflow::insert(tx, &[new], &runner).await })
            })
            .await?;
        self.runner.kick(id);
        Ok(CheckInvariantsResponse {
            checks: vec![InvariantCheck {
                name: "the_catalog_answers".to_owned(),
                examined: 1,
                ..InvariantCheck::default()
            }],
        })
    }

    async fn list_facts(&self, _: &Ctx, _: ListFactsRequest) -> Result<ListFactsResponse, Error> {
        Ok(ListFactsResponse::default())
    }
}

/// Work that needs an operator.
struct Checkout;

#[async_trait]
impl Kind for Checkout {
    fn name(&self) -> &'static str {
        "checkout"
    }

    fn version(&self) -> u16 {
        1
    }

    async fn run(&self, _: &Work) -> Result<Next, Error> {
        Ok(Next::Stuck(Error::internal("it never ends well")))
    }
}

struct Listener(Arc<Strings>);

impl Consumer for Listener {
    fn name(&self) -> &'static str {
        "order.products"
    }

    fn listens(&self) -> &[&'static str] {
        &["stoa.catalog.v1.*"]
    }

    fn mode(&self) -> Mode {
        Mode::Any
    }

    fn handle<'a>(
        &'a self,
        _: &'a Tx,
        _: &'a [Envelope],
    ) -> BoxFuture<'a, Result<(), ConsumeError>> {
        Box::pin(async { Ok(()) })
    }

    fn committed(&self, _: &[Envelope]) {
        self.0.heard.notify_one();
    }
}
