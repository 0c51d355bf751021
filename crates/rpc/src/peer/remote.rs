//! A service in another process, over HTTP/2: span, deadline, budgeted retry, channel.
//!
//! Outermost the span, which covers all attempts; then the deadline, which all of them share; then the
//! retry, which is the only layer that repeats a call, and repeats only what the answer invites to
//! (RetryInfo) or what has never left. A call that broke off on its way back is not repeated here: whoever
//! made it has its idempotency key and a place to remember it.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderValue};
use http::request::Parts;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use stoa_errors::{Error, Kind, reason};
use tokio::time::Instant;
use tonic::body::Body;
use tonic::transport::{Channel, Endpoint};
use tower::{Service, ServiceExt};
use tracing::Instrument;

use crate::client::Outgoing;
use crate::gate::Gate;
use crate::peer::budget::Budget;
use crate::peer::secret::PeerSecret;
use crate::server::Answer;
use crate::server::deadline::exceeded;
use crate::trailers::REQUEST_ID;
use crate::{status, timeout};

/// How often a call is tried.
const TRIES: u32 = 3;
/// The pause before the first retry, at most; it doubles.
const PAUSE: Duration = Duration::from_millis(25);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// The deadline of a call that is made outside of any context.
const DEFAULT: Duration = Duration::from_secs(3);
/// How long a connection may take to stand.
const CONNECT: Duration = Duration::from_secs(1);
/// How often a quiet connection is asked whether it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// When to come back to a service that is not there.
const RETRY_AFTER: Duration = Duration::from_secs(1);

type BoxError = Box<dyn StdError + Send + Sync>;

pub(super) struct Remote {
    gate: Gate,
    channel: Channel,
    uri: Uri,
    caller: &'static str,
    token: Option<HeaderValue>,
    secret: Option<PeerSecret>,
    budget: Arc<Budget>,
}

impl Remote {
    pub(super) fn new(gate: &Gate, uri: Uri, caller: &'static str) -> Self {
        let channel = Endpoint::from(uri.clone())
            .tcp_nodelay(true)
            .connect_timeout(CONNECT)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .keep_alive_while_idle(true)
            .connect_lazy();
        Self {
            gate: gate.clone(),
            channel,
            uri,
            caller,
            token: None,
            secret: None,
            budget: Arc::new(Budget::new()),
        }
    }

    pub(super) fn with_gate(&self, gate: &Gate) -> Self {
        Self {
            gate: gate.clone(),
            ..self.copy()
        }
    }

    pub(super) fn with_token(&self, token: &str) -> Result<Self, Error> {
        let mut header = HeaderValue::try_from(format!("Bearer {token}"))
            .map_err(|_| Error::invalid("token", "header", "must be visible ASCII"))?;
        header.set_sensitive(true);
        Ok(Self {
            token: Some(header),
            ..self.copy()
        })
    }

    pub(super) fn with_secret(&self, secret: &PeerSecret) -> Self {
        Self {
            secret: Some(secret.clone()),
            ..self.copy()
        }
    }

    fn copy(&self) -> Self {
        Self {
            gate: self.gate.clone(),
            channel: self.channel.clone(),
            uri: self.uri.clone(),
            caller: self.caller,
            token: self.token.clone(),
            secret: self.secret.clone(),
            budget: Arc::clone(&self.budget),
        }
    }

    pub(super) fn call(self: Arc<Self>, request: Request<Body>) -> Answer {
        let span = tracing::info_span!(
            "rpc.client",
            otel.name = request.uri().path(),
            otel.kind = "client",
            rpc.method = request.uri().path(),
            server.address = %self.uri,
        );
        let answer = async move { Ok(self.answer(request).await.unwrap_or_else(status::response)) };
        Box::pin(answer.instrument(span))
    }

    async fn answer(&self, mut request: Request<Body>) -> Result<Response<Body>, Error> {
        let left = self.prepare(&mut request);
        if left.is_zero() {
            return Err(exceeded());
        }
        let deadline = Instant::now() + left;
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(|broken| {
            Error::internal(format!("the request cannot be encoded: {broken}"))
        })?;
        let body = body.to_bytes();
        let attempts = self.attempts(&parts, &body, deadline);
        tokio::time::timeout_at(deadline, attempts)
            .await
            .unwrap_or_else(|_| Err(exceeded()))
    }

    /// Writes what the call inherits into its headers; how long it may take.
    fn prepare(&self, request: &mut Request<Body>) -> Duration {
        let outgoing = request.extensions_mut().remove::<Outgoing>();
        let headers = request.headers_mut();
        if let Some(token) = &self.token {
            headers.insert(AUTHORIZATION, token.clone());
        }
        if let Some(secret) = &self.secret {
            secret.sign(self.caller, outgoing.as_ref(), headers);
        }
        let Some(outgoing) = outgoing else {
            return timeout::read(headers).ok().flatten().unwrap_or(DEFAULT);
        };
        if let Ok(id) = HeaderValue::try_from(&outgoing.request_id) {
            headers.insert(&REQUEST_ID, id);
        }
        if let Some(Ok(parent)) = outgoing.traceparent.map(HeaderValue::try_from) {
            headers.insert(stoa_telemetry::propagation::HEADER, parent);
        }
        outgoing.deadline.since(self.gate.clock().now())
    }

    async fn attempts(
        &self,
        parts: &Parts,
        body: &Bytes,
        deadline: Instant,
    ) -> Result<Response<Body>, Error> {
        self.budget.deposit();
        let mut tried = 0;
        loop {
            let outcome = self.once(parts, body, deadline).await;
            tried += 1;
            let Some(hint) = invitation(&outcome) else {
                return outcome.map_err(lost);
            };
            let pause = hint + jitter(tried);
            let in_time = Instant::now() + pause < deadline;
            if tried == TRIES || !in_time || !self.budget.withdraw() {
                return outcome.map_err(lost);
            }
            tracing::debug!(tried, pause.ms = pause.as_millis(), "trying again");
            tokio::time::sleep(pause).await;
        }
    }

    async fn once(
        &self,
        parts: &Parts,
        body: &Bytes,
        deadline: Instant,
    ) -> Result<Response<Body>, BoxError> {
        let body = Body::new(Full::new(body.clone()));
        let mut request = Request::from_parts(parts.clone(), body);
        let left = deadline.saturating_duration_since(Instant::now());
        request
            .headers_mut()
            .insert(timeout::GRPC_TIMEOUT, timeout::write(left));
        let mut channel = self.channel.clone();
        Ok(channel.ready().await?.call(request).await?)
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote")
            .field("caller", &self.caller)
            .field("uri", &self.uri)
            .finish_non_exhaustive()
    }
}

/// Whether the call may be tried again, and after which time at the earliest.
fn invitation(outcome: &Result<Response<Body>, BoxError>) -> Option<Duration> {
    match outcome {
        Ok(response) => status::failure_in(response)?.retry_after,
        Err(broken) => never_left(broken.as_ref()).then_some(Duration::ZERO),
    }
}

/// Full jitter: anything between nothing and the whole pause
/// (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).
fn jitter(tried: u32) -> Duration {
    let doubled = PAUSE.saturating_mul(1 << tried.saturating_sub(1).min(10));
    doubled
        .min(LONGEST_PAUSE)
        .mul_f64(rand::random_range(0.0..=1.0))
}

/// Whether the request has certainly reached nobody: no connection, or the stream was refused unseen.
fn never_left(broken: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(broken);
    while let Some(error) = next {
        if error.is::<tonic::ConnectError>() {
            return true;
        }
        if let Some(h2) = error.downcast_ref::<h2::Error>() {
            let unseen = h2.reason() == Some(h2::Reason::REFUSED_STREAM);
            let leaving = h2.is_go_away() && h2.reason() == Some(h2::Reason::NO_ERROR);
            return h2.is_remote() && (unseen || leaving);
        }
        next = error.source();
    }
    false
}

/// What a caller is told of a connection that could not be made, or broke. The same call with the same
/// idempotency key is safe, so a retry may help.
fn lost(broken: BoxError) -> Error {
    let mut next: Option<&(dyn StdError + 'static)> = Some(broken.as_ref());
    while let Some(error) = next {
        if error.is::<tonic::TimeoutExpired>() {
            return exceeded();
        }
        next = error.source();
    }
    Error::new(
        Kind::Unavailable,
        reason::UNAVAILABLE,
        "a service that is needed cannot be reached",
    )
    .retry(RETRY_AFTER)
    .caused_by(broken)
}
