//! Opens the span of the call, a child of the caller's. Outside of all that logs, inside of the request
//! id, which it shows.

use http::{HeaderValue, Response};
use stoa_telemetry::calls::{self, Call};
use stoa_telemetry::{Traceparent, propagation};
use tonic::body::Body;
use tracing::Instrument;
use tracing::field::Empty;

use super::{Handle, Inbound};

pub(crate) struct Span<H>(pub(crate) H);

impl<H: Handle> Handle for Span<H> {
    type Error = H::Error;

    async fn handle(&self, call: &mut Inbound) -> Result<Response<Body>, Self::Error> {
        let parent = match call.facts.traceparent.as_deref() {
            Some(text) => text.parse().ok(),
            None => propagation::extract(call.request.headers()),
        };
        let (span, trace) = match calls::are_exported() {
            true => exported(call, parent),
            false => silent(call, parent),
        };
        let text = trace.text();
        call.trace = HeaderValue::from_str(&text).ok();
        call.facts.traceparent = Some(text);
        self.0.handle(call).instrument(span).await
    }
}

/// A span with all that an exporter is told of it.
fn exported(call: &Inbound, parent: Option<Traceparent>) -> (tracing::Span, Traceparent) {
    let path = call.request.uri().path();
    let span = tracing::info_span!(
        "rpc",
        otel.name = path,
        otel.kind = "server",
        rpc.method = path,
        request.id = %call.facts.request_id,
        trace.id = Empty,
    );
    let fresh = call.fresh;
    let trace = propagation::adopt(&span, parent, || fresh.into_bytes());
    (span, trace)
}

/// A span that nobody hears of unless something is logged in it.
fn silent(call: &Inbound, parent: Option<Traceparent>) -> (tracing::Span, Traceparent) {
    let trace = parent.unwrap_or_else(|| Traceparent::fresh(call.fresh.into_bytes()));
    let span = tracing::info_span!("rpc");
    if !span.is_disabled() {
        let said = Call {
            method: call.request.uri().clone(),
            request_id: call.facts.request_id.clone(),
            trace,
        };
        said.describe(&span);
    }
    (span, trace)
}
