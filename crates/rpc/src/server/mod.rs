//! The layers through which a call comes in. Each is a file that says why it stands where it stands;
//! the types allow no other order around the rescue, and `tests/it/layers.rs` sends one error per layer.
//!
//! ```text
//! request id     every answer and every line of the log carries it, so nothing may stand outside
//!   span         what the layers below log belongs to the call
//!     metrics    counts what the caller got: after the rescue has made its answer
//!       rescue   turns any error from below into a status with an ErrorInfo, and logs it, once
//!         catch panic   a panic is an error like others: it is rescued, counted and logged
//!           deadline    from here on the caller's time runs, waiting for room included
//!             shed      refuses before anything is spent on the call: no hash, no decoding
//!               authenticate   who calls
//!                 authorise    may he, before his message is read
//!                   routes     decode, then `unary` or `server_stream`
//! ```
//!
//! What needs the message (idempotency key, rules of the contract) comes after it: [`crate::admit`].
//!
//! Inside, a layer is an async function around another (`Handle`) and not a `tower::Service`: the whole
//! stack is one future, allocated once per call. Outside it is a `tower::Service` and a `tower::Layer`.

pub(crate) mod authenticate;
pub(crate) mod authorise;
pub(crate) mod catch_panic;
pub(crate) mod deadline;
pub(crate) mod measure;
pub(crate) mod request_id;
pub(crate) mod rescue;
pub(crate) mod routes;
pub mod services;
pub(crate) mod shed;
pub(crate) mod span;

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use tonic::body::Body;
use uuid::Uuid;

use crate::admit::Facts;
use crate::gate::Gate;
use crate::peer::PeerSecret;

use self::authenticate::{Authenticate, Credentials};
use self::authorise::Authorise;
use self::catch_panic::CatchPanic;
use self::deadline::Deadline;
use self::measure::Measure;
use self::request_id::RequestId;
use self::rescue::Rescue;
use self::routes::Routed;
pub use self::services::{Services, ServicesBuilder};
use self::shed::Shed;
use self::span::Span;

/// A call on its way in: the request, and what the layers have found out about it.
pub(crate) struct Inbound {
    pub(crate) request: Request<Body>,
    /// Its row in the table of RPCs; 0 when it is none of the contract.
    pub(crate) row: usize,
    /// 16 fresh bytes: the call's ids are made of them unless the caller brings his own.
    pub(crate) fresh: Uuid,
    /// The deadline, where it is known without the header; see [`deadline`].
    pub(crate) until: Option<stoa_types::Timestamp>,
    /// The trace that it belongs to, once its span is open, as the answer says it.
    pub(crate) trace: Option<http::HeaderValue>,
    /// What goes on to the use case.
    pub(crate) facts: Facts,
}

impl Inbound {
    pub(crate) fn new(request: Request<Body>, gate: &Gate) -> Self {
        let fresh = gate.ids().uuid();
        Self {
            row: gate.table().find(request.uri().path()),
            request,
            fresh,
            until: None,
            trace: None,
            facts: Facts::new(fresh),
        }
    }
}

/// A layer, or what is behind the last one.
pub(crate) trait Handle: Send + Sync + 'static {
    /// What it leaves to the layer around it. Outside [`rescue`] nothing is left.
    type Error: Send;

    /// Answers the call.
    fn handle(
        &self,
        call: &mut Inbound,
    ) -> impl Future<Output = Result<Response<Body>, Self::Error>> + Send;
}

type Layers<S> = RequestId<
    Span<Measure<Rescue<CatchPanic<Deadline<Shed<Authenticate<Authorise<Routed<S>>>>>>>>>,
>;

/// All layers around the routes `S`: a `tower::Service` that never fails.
pub struct Stack<S> {
    gate: Gate,
    layers: Arc<Layers<S>>,
}

/// All layers around `routes`, for a listener that anybody may reach.
///
/// `routes` is anything that answers gRPC requests, usually [`Services`] or a [`tonic::service::Routes`].
pub fn stack<S>(gate: &Gate, routes: S) -> Stack<S> {
    layered(gate, Credentials::Callers, routes)
}

/// All layers around `routes`, for a listener of other services of the suite: who has not the secret of the deployment is
/// refused, whatever else he presents.
pub fn peer_stack<S>(gate: &Gate, secret: &PeerSecret, routes: S) -> Stack<S> {
    layered(gate, Credentials::Peers(secret.clone()), routes)
}

fn layered<S>(gate: &Gate, credentials: Credentials, routes: S) -> Stack<S> {
    let layers = Routed(routes);
    let layers = Authorise::new(gate.clone(), layers);
    let layers = Authenticate::new(gate.clone(), credentials, layers);
    let layers = Shed::new(gate.clone(), gate.in_flight(), layers);
    let layers = Deadline::new(gate.clone(), layers);
    let layers = CatchPanic(layers);
    let layers = Rescue::new(gate.clone(), layers);
    let layers = Measure::new(gate.clone(), layers);
    let layers = Span(layers);
    let layers = RequestId(layers);
    Stack {
        gate: gate.clone(),
        layers: Arc::new(layers),
    }
}

/// [`stack`] as a `tower::Layer`, for `tonic::transport::Server::layer`.
#[derive(Clone, Debug)]
pub struct StackLayer(Gate);

/// [`stack`] as a `tower::Layer`.
#[must_use]
pub fn layer(gate: &Gate) -> StackLayer {
    StackLayer(gate.clone())
}

impl<S> tower::Layer<S> for StackLayer {
    type Service = Stack<S>;

    fn layer(&self, routes: S) -> Stack<S> {
        stack(&self.0, routes)
    }
}

impl<S> Clone for Stack<S> {
    fn clone(&self) -> Self {
        Self {
            gate: self.gate.clone(),
            layers: Arc::clone(&self.layers),
        }
    }
}

impl<S> std::fmt::Debug for Stack<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stack")
            .field("gate", &self.gate)
            .finish_non_exhaustive()
    }
}

/// The future of a whole call.
pub type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl<S, B> tower::Service<Request<B>> for Stack<S>
where
    S: tower::Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answer {
        let layers = Arc::clone(&self.layers);
        let mut call = Inbound::new(request.map(Body::new), &self.gate);
        Box::pin(async move { layers.handle(&mut call).await })
    }
}
