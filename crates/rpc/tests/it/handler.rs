//! A handler that does what the request says, and shows in its answer in which context it was called.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use stoa_api::catalog::v1::{
    ArchiveProductRequest, ArchiveProductResponse, BatchGetProductsRequest,
    BatchGetProductsResponse, BatchUpsertProductsRequest, BatchUpsertProductsResponse,
    CreateProductRequest, CreateProductResponse, GetProductRequest, GetProductResponse,
    ListProductsRequest, ListProductsResponse, Product, ResolveSkusRequest, ResolveSkusResponse,
    ResolvedSku, UpdateProductRequest, UpdateProductResponse,
};
use stoa_api::order::v1::{
    CancelOrderRequest, CancelOrderResponse, CreateQuoteRequest, CreateQuoteResponse,
    GetOrderRequest, GetOrderResponse, GetQuoteRequest, GetQuoteResponse, GetReturnRequest,
    GetReturnResponse, ListOrderEventsRequest, ListOrderEventsResponse, ListOrdersRequest,
    ListOrdersResponse, ListReturnsRequest, ListReturnsResponse, Order, PlaceOrderRequest,
    PlaceOrderResponse, RequestReturnRequest, RequestReturnResponse, WatchOrderRequest,
    WatchOrderResponse,
};
use stoa_errors::{Error, Kind};
use stoa_rpc::catalog::v1::{
    CatalogAdminServiceHandler, CatalogInternalServiceHandler, CatalogServiceHandler,
};
use stoa_rpc::order::v1::OrderServiceHandler;
use stoa_types::Ctx;
use tokio::sync::Notify;

/// What the handler shares with its test.
#[derive(Debug, Default)]
pub(crate) struct Handler {
    /// How often anything was called.
    pub(crate) calls: AtomicU32,
    /// Told when a call has begun to wait.
    pub(crate) waiting: Notify,
    /// Lets waiting calls go on.
    pub(crate) go: Notify,
}

impl Handler {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn count(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }

    /// Does what `word` says.
    async fn act(&self, word: &str) -> Result<(), Error> {
        let before = self.calls.fetch_add(1, Ordering::SeqCst);
        match word {
            "panic" => panic!("the secret of the panic"),
            "broken" => Err(Error::internal("the secret of the disk")),
            "for-ever" => std::future::pending().await,
            "wait" => {
                self.waiting.notify_one();
                self.go.notified().await;
                Ok(())
            }
            "gone" => Err(Error::not_found("PRODUCT_NOT_FOUND", "the product").meta("sku", "MUG")),
            "try-again" => Err(retry()),
            "third-time" if before < 2 => Err(retry()),
            "no-hint" => Err(Error::new(Kind::Unavailable, "UNAVAILABLE", "down")),
            _ => Ok(()),
        }
    }
}

fn retry() -> Error {
    Error::new(Kind::Unavailable, "UNAVAILABLE", "in a moment").retry(Duration::from_millis(1))
}

fn unasked<T>() -> Result<T, Error> {
    Err(Error::internal("not asked in these tests"))
}

/// What a test reads of a context, one `name=value` per line.
fn shown(ctx: &Ctx) -> String {
    let key = ctx.key.as_ref();
    format!(
        "actor={}\nacting_for={}\nscope={}\nrequest_id={}\ntraceparent={}\ncorrelation={}\ndeadline={}\nmethod={}\nkey={}\nkey_scope={}\nfingerprint={:?}",
        ctx.principal.actor(),
        ctx.acting_for.clone().unwrap_or_default(),
        ctx.principal.scope(),
        ctx.request_id,
        ctx.traceparent.clone().unwrap_or_default(),
        ctx.correlation_id,
        ctx.deadline.micros(),
        ctx.method,
        key.map(|key| key.id.clone()).unwrap_or_default(),
        key.map(|key| key.scope.clone()).unwrap_or_default(),
        key.map(|key| key.fingerprint),
    )
}

/// The value of a line that [`shown`] wrote.
pub(crate) fn field<'a>(text: &'a str, name: &str) -> &'a str {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
        .unwrap()
}

#[async_trait::async_trait]
impl CatalogServiceHandler for Handler {
    async fn get_product(
        &self,
        ctx: Ctx,
        request: GetProductRequest,
    ) -> Result<GetProductResponse, Error> {
        self.act(&request.product).await?;
        let description = shown(&ctx);
        Ok(GetProductResponse {
            product: Some(Product {
                description,
                ..Product::default()
            }),
        })
    }

    async fn batch_get_products(
        &self,
        _: Ctx,
        _: BatchGetProductsRequest,
    ) -> Result<BatchGetProductsResponse, Error> {
        unasked()
    }

    async fn list_products(
        &self,
        _: Ctx,
        _: ListProductsRequest,
    ) -> Result<ListProductsResponse, Error> {
        unasked()
    }
}

#[async_trait::async_trait]
impl CatalogAdminServiceHandler for Handler {
    async fn create_product(
        &self,
        _: Ctx,
        _: CreateProductRequest,
    ) -> Result<CreateProductResponse, Error> {
        unasked()
    }

    async fn update_product(
        &self,
        _: Ctx,
        _: UpdateProductRequest,
    ) -> Result<UpdateProductResponse, Error> {
        unasked()
    }

    async fn archive_product(
        &self,
        ctx: Ctx,
        _: ArchiveProductRequest,
    ) -> Result<ArchiveProductResponse, Error> {
        let description = shown(&ctx);
        Ok(ArchiveProductResponse {
            product: Some(Product {
                description,
                ..Product::default()
            }),
        })
    }

    async fn batch_upsert_products(
        &self,
        _: Ctx,
        _: BatchUpsertProductsRequest,
    ) -> Result<BatchUpsertProductsResponse, Error> {
        unasked()
    }
}

#[async_trait::async_trait]
impl CatalogInternalServiceHandler for Handler {
    async fn resolve_skus(
        &self,
        ctx: Ctx,
        request: ResolveSkusRequest,
    ) -> Result<ResolveSkusResponse, Error> {
        self.act(&request.skus[0]).await?;
        let title = shown(&ctx);
        Ok(ResolveSkusResponse {
            skus: vec![ResolvedSku {
                title,
                ..ResolvedSku::default()
            }],
        })
    }
}

#[async_trait::async_trait]
impl OrderServiceHandler for Handler {
    async fn cancel_order(
        &self,
        ctx: Ctx,
        _: CancelOrderRequest,
    ) -> Result<CancelOrderResponse, Error> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let order_id = shown(&ctx);
        Ok(CancelOrderResponse {
            order: Some(Order {
                order_id,
                ..Order::default()
            }),
        })
    }

    /// Two orders, then what the request says by its number.
    async fn watch_order(
        &self,
        _: Ctx,
        request: WatchOrderRequest,
    ) -> Result<BoxStream<'static, Result<WatchOrderResponse, Error>>, Error> {
        let two = futures::stream::repeat_with(|| Ok(WatchOrderResponse::default())).take(2);
        Ok(match request.after_revision {
            0 => two.boxed(),
            1 => two
                .chain(futures::stream::once(async {
                    Err(Error::not_found("ORDER_NOT_FOUND", "the order"))
                }))
                .chain(futures::stream::once(async {
                    Ok(WatchOrderResponse::default())
                }))
                .boxed(),
            2 => two
                .chain(futures::stream::once(async {
                    panic!("the secret of the stream")
                }))
                .boxed(),
            _ => two.chain(futures::stream::pending()).boxed(),
        })
    }

    async fn create_quote(
        &self,
        _: Ctx,
        _: CreateQuoteRequest,
    ) -> Result<CreateQuoteResponse, Error> {
        unasked()
    }

    async fn get_quote(&self, _: Ctx, _: GetQuoteRequest) -> Result<GetQuoteResponse, Error> {
        unasked()
    }

    async fn place_order(&self, _: Ctx, _: PlaceOrderRequest) -> Result<PlaceOrderResponse, Error> {
        unasked()
    }

    async fn get_order(&self, _: Ctx, _: GetOrderRequest) -> Result<GetOrderResponse, Error> {
        unasked()
    }

    async fn list_orders(&self, _: Ctx, _: ListOrdersRequest) -> Result<ListOrdersResponse, Error> {
        unasked()
    }

    async fn list_order_events(
        &self,
        _: Ctx,
        _: ListOrderEventsRequest,
    ) -> Result<ListOrderEventsResponse, Error> {
        unasked()
    }

    async fn request_return(
        &self,
        _: Ctx,
        _: RequestReturnRequest,
    ) -> Result<RequestReturnResponse, Error> {
        unasked()
    }

    async fn get_return(&self, _: Ctx, _: GetReturnRequest) -> Result<GetReturnResponse, Error> {
        unasked()
    }

    async fn list_returns(
        &self,
        _: Ctx,
        _: ListReturnsRequest,
    ) -> Result<ListReturnsResponse, Error> {
        unasked()
    }
}
