//! A collector that takes every span over OTLP/gRPC, counts the bytes, and forgets them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use anyhow::{Context, Result};
use bytes::Bytes;
use h2::RecvStream;
use h2::server::SendResponse;
use http::{HeaderMap, HeaderValue, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinSet, LocalSet};

/// A message without a field, framed: not compressed, and of no bytes.
const EMPTY: &[u8] = &[0; 5];

/// The collector, on a thread of its own. Dropped, it ends.
#[derive(Debug)]
pub(super) struct Collector {
    address: SocketAddr,
    received: Arc<Received>,
    /// Closed with it, which ends the thread.
    _running: oneshot::Sender<()>,
}

#[derive(Debug, Default)]
struct Received {
    exports: AtomicU64,
    bytes: AtomicU64,
}

impl Collector {
    pub(super) fn start() -> Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let received = Arc::new(Received::default());
        let (running, mut ended) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot start a runtime")?;
        let counted = Arc::clone(&received);
        let serve = move || {
            LocalSet::new().block_on(&runtime, async move {
                tokio::select! {
                    served = serve(listener, counted) => {
                        if let Err(error) = served {
                            eprintln!("the collector has ended: {error:#}");
                        }
                    }
                    _ = &mut ended => {}
                }
            });
        };
        thread::Builder::new()
            .name("collector".to_owned())
            .spawn(serve)
            .context("cannot start the collector's thread")?;
        Ok(Self {
            address,
            received,
            _running: running,
        })
    }

    /// Where spans are sent to.
    pub(super) fn uri(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Calls and their bytes so far.
    pub(super) fn received(&self) -> (u64, u64) {
        (
            self.received.exports.load(Ordering::Relaxed),
            self.received.bytes.load(Ordering::Relaxed),
        )
    }
}

async fn serve(listener: std::net::TcpListener, received: Arc<Received>) -> Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await?;
        connections.spawn_local(connection(stream, Arc::clone(&received)));
    }
}

/// Serves one connection; a client that goes away is no error.
async fn connection(stream: TcpStream, received: Arc<Received>) -> Result<(), h2::Error> {
    let mut connection = h2::server::handshake(stream).await?;
    let mut calls = JoinSet::new();
    while let Some(call) = connection.accept().await {
        let (request, answer) = call?;
        calls.spawn_local(swallow(request.into_body(), answer, Arc::clone(&received)));
    }
    Ok(())
}

async fn swallow(
    mut body: RecvStream,
    mut answer: SendResponse<Bytes>,
    received: Arc<Received>,
) -> Result<(), h2::Error> {
    while let Some(data) = body.data().await {
        let length = data?.len();
        body.flow_control().release_capacity(length)?;
        let bytes = u64::try_from(length).unwrap_or(0);
        received.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
    received.exports.fetch_add(1, Ordering::Relaxed);
    let mut head = Response::new(());
    head.headers_mut().insert(
        http::header::CONTENT_TYPE,
        HeaderValue::from_static("application/grpc"),
    );
    let mut stream = answer.send_response(head, false)?;
    stream.send_data(Bytes::from_static(EMPTY), false)?;
    let mut end = HeaderMap::new();
    end.insert("grpc-status", HeaderValue::from_static("0"));
    stream.send_trailers(end)
}

#[cfg(test)]
mod tests {
    use stoa_api::catalog::v1::ListProductsRequest;
    use stoa_api::catalog::v1::catalog_service_client::CatalogServiceClient;

    use super::*;

    #[tokio::test]
    async fn any_call_is_answered_with_an_empty_message_and_counted() {
        let collector = Collector::start().unwrap();
        let mut client = CatalogServiceClient::connect(collector.uri())
            .await
            .unwrap();
        let request = ListProductsRequest {
            page_token: "x".repeat(100_000),
            ..ListProductsRequest::default()
        };
        let answer = client.list_products(request).await.unwrap().into_inner();
        assert!(answer.products.is_empty());
        let (exports, bytes) = collector.received();
        assert_eq!(exports, 1);
        assert!(bytes > 100_000, "{bytes}");
    }
}
