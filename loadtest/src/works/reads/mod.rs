//! Reads of one product: over gRPC with every layer on and over REST (HTTP/2, and HTTP/1.1 with a connection for each caller),
//! against a bare echo of the same size.
//!
//! What is looked for is the most that is taken, so the loop is closed: so many callers, each of whom calls again when he has
//! his answer, at the number of callers and connections that suits each contestant best. Latencies are then taken in an open
//! loop, at half of that rate. All contestants have the same client and the same two cores, in turn, round after round.
//!
//! | file | answers |
//! |---|---|
//! | `mod` | who is measured, in which order, and what is reported |
//! | `grpc`, `http1` | how a call is made; over HTTP/2 both are made the same way |

mod grpc;
mod http1;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use prost::Message;
use stoa_api::catalog::v1::catalog_service_client::CatalogServiceClient;
use stoa_api::catalog::v1::{GetProductRequest, GetProductResponse, ListProductsRequest};
use tonic::transport::Channel;

use self::grpc::GrpcCall;
use self::http1::Http1Call;
use super::best::{TRY, best};
use super::echo::{self, EchoServer};
use crate::bench::Bench;
use crate::figures::{Figures, per};
use crate::grpc::{Connection, Method, framed};
use crate::load::{Call, Outcome};
use crate::open_loop::Load;
use crate::report::Report;
use crate::suite::Suite;
use crate::suite::reading::Between;
use crate::{closed_loop, open_loop, shop};

/// Callers that are tried; over HTTP/1.1 each has a connection.
const CALLERS: [u64; 5] = [8, 16, 32, 64, 128];

/// Connections of each thread that are tried.
const CONNECTIONS: [usize; 3] = [1, 2, 4];

/// The method that is compared with the echo.
const GET_PRODUCT: &str = "/stoa.catalog.v1.CatalogService/GetProduct";

/// Log lines as a suite writes them when nothing is said: each call has its span.
const FILTER: (&str, &str) = ("STOA_TELEMETRY__FILTER", "info");

/// How long an event may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The bytes of a frame's head.
const HEAD: usize = 5;

/// The work's options: none.
#[derive(Debug, clap::Args)]
pub(crate) struct Reads {}

/// What is asked for, of whom, and how much comes back.
struct Question {
    request: GetProductRequest,
    path: String,
    /// Bytes of the answer's message.
    bytes: usize,
    /// Bytes of the same answer over REST.
    document: usize,
}

impl Question {
    /// The first product of the shop.
    async fn of(suite: &Suite) -> Result<Self> {
        tokio::task::LocalSet::new()
            .run_until(Self::asked(suite))
            .await
    }

    async fn asked(suite: &Suite) -> Result<Self> {
        let mut catalog = CatalogServiceClient::new(suite.channel()?);
        let listed = catalog
            .list_products(ListProductsRequest::default())
            .await?;
        let product = listed.into_inner().products.into_iter().next();
        let id = product.context("the shop is empty")?.product_id;
        let request = GetProductRequest {
            product: id.clone(),
            ..GetProductRequest::default()
        };
        let found = settled(&mut catalog, &request).await?;
        let path = format!("/v1/products/{id}");
        let at = suite.addresses().http;
        let document = Connection::open(at)
            .await?
            .bytes(&Method::get(at, &path)?, Bytes::new())
            .await
            .map_err(anyhow::Error::msg)?;
        Ok(Self {
            request,
            path,
            bytes: found.encoded_len(),
            document: document.len(),
        })
    }

    /// The same product over REST.
    fn rest(&self, address: SocketAddr) -> Result<GrpcCall> {
        Ok(GrpcCall {
            address,
            connections: 1,
            method: Method::get(address, &self.path)?,
            frame: Bytes::new(),
            answer: self.document,
        })
    }

    /// The same bytes, asked of anybody.
    fn call(&self, address: SocketAddr, method: Method) -> GrpcCall {
        GrpcCall {
            address,
            connections: 1,
            method,
            frame: framed(&self.request),
            answer: HEAD + self.bytes,
        }
    }
}

/// The answer once it stays as it is: that the product is in stock comes later, by an event.
async fn settled(
    catalog: &mut CatalogServiceClient<Channel>,
    request: &GetProductRequest,
) -> Result<GetProductResponse> {
    let started = Instant::now();
    loop {
        let found = catalog.get_product(request.clone()).await?.into_inner();
        if found
            .product
            .as_ref()
            .is_some_and(|product| product.in_stock)
        {
            return Ok(found);
        }
        if started.elapsed() > PATIENCE {
            bail!("the catalogue does not hear that its products are in stock");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// One contestant at its best.
struct Contestant<C> {
    call: Arc<C>,
    callers: u64,
}

impl<C: Call> Contestant<C> {
    fn closed(&self, span: Duration) -> Result<f64> {
        rate(&closed_loop::run(&self.call, self.callers, span)?)
    }

    fn open(&self, rate: u32, span: Duration) -> Result<Outcome> {
        open_loop::run(&self.call, Load { rate, span })
    }
}

impl Contestant<GrpcCall> {
    /// With the connections and callers by whom most is taken.
    fn grpc(name: &str, call: &GrpcCall) -> Result<Self> {
        let try_one = |callers, connections| {
            let call = Arc::new(call.with_connections(connections));
            rate(&closed_loop::run(&call, callers, TRY)?)
        };
        let [first, ..] = CONNECTIONS;
        let (callers, _) = best(&CALLERS, |callers| try_one(callers, first))?;
        let (connections, found) = best(&CONNECTIONS, |connections| try_one(callers, connections))?;
        eprintln!(
            "{name}: {found:.0}/s by {callers} callers on {connections} connections a thread"
        );
        let call = Arc::new(call.with_connections(connections));
        Ok(Self { call, callers })
    }
}

impl Reads {
    pub(crate) fn run(&self, bench: &Bench) -> Result<Report> {
        let suite = bench.suite()?.set(FILTER.0, FILTER.1).start()?;
        shop::open(bench, &suite)?;
        let question = bench.block_on(Question::of(&suite))?;
        let server = EchoServer::start(question.bytes)?;
        let Contestants {
            product,
            echo,
            rest,
            http1,
        } = Contestants::of(&suite, &server, &question)?;
        let span = bench.span();
        let figures = bench.rounds(|_| {
            let echo_per_s = echo.closed(span)?;
            let before = suite.reading()?;
            let grpc_per_s = product.closed(span)?;
            let between = suite.reading()?;
            let rest_per_s = rest.closed(span)?;
            let after = suite.reading()?;
            let http1_per_s = http1.closed(span)?;
            let last = suite.reading()?;
            let figures = Figures::new()
                .with("echo_per_s", echo_per_s)
                .with("grpc_per_s", grpc_per_s)
                .with("ratio", per(grpc_per_s, echo_per_s))
                .with("rest_per_s", rest_per_s)
                .with("rest_ratio", per(rest_per_s, echo_per_s))
                .with("http1_per_s", http1_per_s)
                .with("http1_ratio", per(http1_per_s, echo_per_s));
            let costs = cost("grpc", grpc_per_s, &between.since(&before));
            Ok(figures
                .joined(costs)
                .joined(cost("rest", rest_per_s, &after.since(&between)))
                .joined(cost("http1", http1_per_s, &last.since(&after))))
        })?;
        let half = |name: &str| half(figures.number(name).unwrap_or(0.0));
        let (grpc_rate, rest_rate) = (half("grpc_per_s"), half("rest_per_s"));
        let grpc = product.open(grpc_rate, span)?;
        let http = rest.open(rest_rate, span)?;
        suite.stop()?;
        let figures = Figures::new()
            .with("engine", bench.engine().name())
            .with("answer_bytes", u64::try_from(question.bytes)?)
            .with("loop", "closed")
            .with("grpc_callers", product.callers)
            .with("grpc_connections", u64::try_from(product.call.connections)?)
            .with("echo_callers", echo.callers)
            .with("echo_connections", u64::try_from(echo.call.connections)?)
            .with("rest_callers", rest.callers)
            .with("rest_connections", u64::try_from(rest.call.connections)?)
            .with("http1_callers", http1.callers)
            .joined(figures)
            .joined(latencies("grpc", grpc_rate, &grpc))
            .joined(latencies("rest", rest_rate, &http));
        Ok(Report::new("reads", figures)
            .latency(format!("gRPC, {grpc_rate}/s arriving"), grpc.latency)
            .latency(format!("REST, {rest_rate}/s arriving"), http.latency))
    }
}

/// All of them, each at its best.
struct Contestants {
    product: Contestant<GrpcCall>,
    echo: Contestant<GrpcCall>,
    rest: Contestant<GrpcCall>,
    http1: Contestant<Http1Call>,
}

impl Contestants {
    fn of(suite: &Suite, server: &EchoServer, question: &Question) -> Result<Self> {
        let at = suite.addresses();
        let product = question.call(at.grpc, Method::new(at.grpc, GET_PRODUCT, &[])?);
        let echo = question.call(server.address(), echo::method(server.address())?);
        let http1 = Arc::new(Http1Call {
            address: at.http,
            path: question.path.clone(),
        });
        let product = Contestant::grpc("GetProduct", &product)?;
        let echo = Contestant::grpc("echo", &echo)?;
        let rest = Contestant::grpc("REST", &question.rest(at.http)?)?;
        let try_http1 = |callers| rate(&closed_loop::run(&http1, callers, TRY)?);
        let (callers, found) = best(&CALLERS, try_http1)?;
        eprintln!("REST over HTTP/1.1: {found:.0}/s by {callers} callers");
        Ok(Self {
            product,
            echo,
            rest,
            http1: Contestant {
                call: http1,
                callers,
            },
        })
    }
}

/// Half of the most that is taken.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate of some thousands"
)]
fn half(most: f64) -> u32 {
    (most / 2.0).max(1.0) as u32
}

/// Calls per second, if all of them were answered.
fn rate(outcome: &Outcome) -> Result<f64> {
    if let Some(failure) = &outcome.first_failure {
        bail!("{} reads failed, the first: {failure}", outcome.failed);
    }
    Ok(outcome.per_second())
}

/// What a call costs in microseconds of processor time.
fn cost(name: &str, per_s: f64, between: &Between<'_>) -> Figures {
    let calls = per_s * between.took().as_secs_f64();
    Figures::new()
        .with(
            format!("{name}_suite_cpu_us"),
            per(between.suite_cpu_us(), calls),
        )
        .with(
            format!("{name}_client_cpu_us"),
            per(between.client_cpu_us(), calls),
        )
}

fn latencies(name: &str, rate: u32, outcome: &Outcome) -> Figures {
    Figures::new()
        .with(format!("{name}_half_per_s"), rate)
        .with(format!("{name}_half_failed"), outcome.failed)
        .with(format!("{name}_half_late_starts"), outcome.late_starts)
        .with(format!("{name}_half_p50_ms"), outcome.quantile_ms(0.5))
        .with(format!("{name}_half_p99_ms"), outcome.quantile_ms(0.99))
}
