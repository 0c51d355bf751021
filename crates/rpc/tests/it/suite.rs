//! A server on a real socket with all layers, and clients of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use stoa_api::catalog::v1::GetProductRequest;
use stoa_api::catalog::v1::catalog_service_client::CatalogServiceClient;
use stoa_api::order::v1::order_service_client::OrderServiceClient;
use stoa_errors::Error;
use stoa_rpc::server::ServicesBuilder;
use stoa_rpc::{Gate, GateConfig, StaffToken, client, server};
use stoa_telemetry::Telemetry;
use stoa_types::{Permissions, SystemClock, SystemIds};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::Request;
use tonic::service::Routes;
use tonic::transport::{Channel, Endpoint, Server};

use crate::handler::Handler;

pub(crate) const ROOT: &str = "token-that-may-everything";
pub(crate) const CLERK: &str = "token-that-may-a-little";
pub(crate) const SECRET: &str = "a-secret-of-22-letters";
pub(crate) const ORDER: &str = "ord_01h455vb4pex5vsknk084sn02q";
pub(crate) const PRODUCT: &str = "prd_01h455vb4pex5vsknk084sn02q";

/// A running server and what a test looks at.
pub(crate) struct Suite {
    pub(crate) handler: Arc<Handler>,
    pub(crate) gate: Gate,
    pub(crate) addr: SocketAddr,
    telemetry: Telemetry,
}

/// Everything that the handler does.
pub(crate) fn services(gate: &Gate, handler: &Arc<Handler>) -> ServicesBuilder {
    let (gate, handler) = (|| gate.clone(), || Arc::clone(handler));
    let mut services = ServicesBuilder::default();
    services
        .add_service(stoa_rpc::catalog::v1::catalog_service(gate(), handler()))
        .add_service(stoa_rpc::catalog::v1::catalog_admin_service(
            gate(),
            handler(),
        ))
        .add_service(stoa_rpc::catalog::v1::catalog_internal_service(
            gate(),
            handler(),
        ))
        .add_service(stoa_rpc::order::v1::order_service(gate(), handler()));
    services
}

/// The same as routes.
pub(crate) fn routes(gate: &Gate, handler: &Arc<Handler>) -> Routes {
    services(gate, handler).routes()
}

pub(crate) fn gate(telemetry: &Telemetry, in_flight: usize) -> Gate {
    let clerk: Permissions = ["order.read"].into_iter().collect();
    Gate::new(GateConfig {
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds),
        staff: vec![
            StaffToken::new("root", ROOT, Permissions::All),
            StaffToken::new("clerk", CLERK, clerk),
        ],
        meter: telemetry.meter("rpc"),
        in_flight,
    })
}

impl Suite {
    pub(crate) async fn start() -> Self {
        Self::with_room(100).await
    }

    /// A server that takes so many calls at once.
    pub(crate) async fn with_room(in_flight: usize) -> Self {
        let telemetry = Telemetry::quiet("test").unwrap();
        let (handler, gate) = (Handler::new(), gate(&telemetry, in_flight));
        let (_, health) = tonic_health::server::health_reporter();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let server = Server::builder()
            .layer(server::layer(&gate))
            .add_routes(routes(&gate, &handler).prepare())
            .add_service(health)
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(server);
        Self {
            handler,
            gate,
            addr,
            telemetry,
        }
    }

    pub(crate) async fn channel(&self) -> Channel {
        Endpoint::from_shared(format!("http://{}", self.addr))
            .unwrap()
            .connect()
            .await
            .unwrap()
    }

    pub(crate) async fn catalog(&self) -> CatalogServiceClient<Channel> {
        CatalogServiceClient::new(self.channel().await)
    }

    pub(crate) async fn orders(&self) -> OrderServiceClient<Channel> {
        OrderServiceClient::new(self.channel().await)
    }

    /// The error of a GetProduct with this word and these headers.
    pub(crate) async fn refused(&self, word: &str, headers: &[(&'static str, &str)]) -> Error {
        let request = with(product(word), headers);
        let status = self.catalog().await.get_product(request).await.unwrap_err();
        client::error(status)
    }

    /// The line of the metrics page that begins so, as soon as there is one.
    pub(crate) async fn metric(&self, begin: &str) -> String {
        let seen = || {
            let page = self.telemetry.metrics().render().unwrap();
            page.lines()
                .find(|line| line.starts_with(begin))
                .map(str::to_owned)
        };
        // A call is counted when its answer has left; the client may be faster than the counter.
        for _ in 0..100 {
            if let Some(line) = seen() {
                return line;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!(
            "no line begins with {begin}:\n{}",
            self.telemetry.metrics().render().unwrap()
        )
    }
}

pub(crate) fn product(word: &str) -> GetProductRequest {
    GetProductRequest {
        product: word.to_owned(),
        read_mask: None,
    }
}

/// A request with these headers.
pub(crate) fn with<T>(message: T, headers: &[(&'static str, &str)]) -> Request<T> {
    let mut request = Request::new(message);
    for (name, value) in headers {
        request.metadata_mut().insert(*name, value.parse().unwrap());
    }
    request
}
