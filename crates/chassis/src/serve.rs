//! How a connection is served: HTTP/2 for gRPC, HTTP/1 and 2 for REST and gRPC-Web, and how either ends.

use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use stoa_rpc::server::{self, Stack};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

/// How often a silent connection is asked whether anybody is there, and how long he may take to answer.
const KEEPALIVE: Duration = Duration::from_secs(20);

/// Calls of one connection at once; the process has a limit of its own.
const STREAMS: u32 = 1_024;

/// Bytes that may be on their way to us in one call, and in one connection.
const STREAM_WINDOW: u32 = 1024 * 1024;
const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;

/// Bytes of headers that one request may have.
const HEADERS: u32 = 32 * 1024;

/// How long a client of HTTP/1 may take for his headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// What the connections of a process are served with.
#[derive(Clone)]
pub(crate) struct Services {
    /// All public routes behind the layers of the server.
    pub(crate) grpc: Stack<server::Services>,
    /// The REST edge over the same.
    pub(crate) http: Router,
    /// What other services of the deployment may call, behind layers that know them.
    pub(crate) peers: Option<Stack<server::Services>>,
}

/// How the process tells its connections to end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ending {
    /// Take no new calls; finish those under way.
    pub(crate) drain: CancellationToken,
    /// End now.
    pub(crate) kill: CancellationToken,
}

/// Which protocol a listener speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// gRPC over HTTP/2 with prior knowledge.
    Grpc,
    /// REST and gRPC-Web.
    Http,
    /// gRPC with other services of the deployment.
    Peers,
}

/// Serves one connection until it ends or is told to.
pub(crate) async fn connection(
    stream: TcpStream,
    protocol: Protocol,
    services: Services,
    ending: Ending,
) {
    let killed = ending.kill.clone();
    let served = async {
        match protocol {
            Protocol::Grpc => grpc(stream, services.grpc, &ending).await,
            Protocol::Http => rest(stream, services.http, &ending).await,
            Protocol::Peers => match services.peers {
                Some(peers) => grpc(stream, peers, &ending).await,
                None => Ok(()),
            },
        }
    };
    tokio::select! {
        () = killed.cancelled() => {}
        ended = served => if let Err(error) = ended {
            // Clients go away in the middle of things; that is their affair.
            tracing::debug!(%error, "a connection ended badly");
        },
    }
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

async fn grpc(
    stream: TcpStream,
    service: Stack<server::Services>,
    ending: &Ending,
) -> Result<(), Failed> {
    let serving = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(KEEPALIVE))
        .keep_alive_timeout(KEEPALIVE)
        .max_concurrent_streams(Some(STREAMS))
        .initial_stream_window_size(Some(STREAM_WINDOW))
        .initial_connection_window_size(Some(CONNECTION_WINDOW))
        .max_header_list_size(HEADERS)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut serving = pin!(serving);
    tokio::select! {
        ended = serving.as_mut() => return Ok(ended?),
        () = ending.drain.cancelled() => serving.as_mut().graceful_shutdown(),
    }
    Ok(serving.await?)
}

async fn rest(stream: TcpStream, service: Router, ending: &Ending) -> Result<(), Failed> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(KEEPALIVE))
        .keep_alive_timeout(KEEPALIVE)
        .max_concurrent_streams(Some(STREAMS))
        .max_header_list_size(HEADERS);
    let serving = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut serving = pin!(serving);
    tokio::select! {
        ended = serving.as_mut() => return ended,
        () = ending.drain.cancelled() => serving.as_mut().graceful_shutdown(),
    }
    serving.await
}
