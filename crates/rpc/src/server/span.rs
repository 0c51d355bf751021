//! Opens the span of the call, a child of the caller's. Outside of all that logs, inside of the request
//! id, which it shows.

use http::{HeaderValue, Response};
use stoa_telemetry::propagation;
use tonic::body::Body;
use tracing::Instrument;
use tracing::field::Empty;

use super::{Handle, Inbound};

pub(crate) struct Span<H>(pub(crate) H);

impl<H: Handle> Handle for Span<H> {
    type Error = H::Error;

    async fn handle(&self, call: &mut Inbound) -> Result<Response<Body>, Self::Error> {
        let path = call.request.uri().path();
        let span = tracing::info_span!(
            "rpc",
            otel.name = path,
            otel.kind = "server",
            rpc.method = path,
            request.id = %call.facts.request_id,
            trace.id = Empty,
        );
        let parent = match call.facts.traceparent.as_deref() {
            Some(text) => text.parse().ok(),
            None => propagation::extract(call.request.headers()),
        };
        let fresh = call.fresh;
        let adopted = propagation::adopt(&span, parent, || fresh.into_bytes());
        let text = adopted.to_string();
        call.trace = HeaderValue::from_str(&text).ok();
        call.facts.traceparent = Some(text);
        self.0.handle(call).instrument(span).await
    }
}
