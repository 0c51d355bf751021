//! How a consumer's span continues the trace of the call that made the event.

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::Envelope;

/// One span per event, child of the span that made it. A batch of events is one piece of work for many traces,
/// so each trace sees its own span around the whole of it.
pub(crate) fn spans(consumer: &'static str, events: &[Envelope]) -> Vec<Span> {
    events
        .iter()
        .map(|event| {
            let span = tracing::info_span!(
                "consume",
                otel.kind = "consumer",
                consumer,
                event.id = %event.event_id,
                event.r#type = event.event_type,
                aggregate.id = event.aggregate_id,
                aggregate.version = event.aggregate_version,
                correlation.id = %event.correlation_id,
            );
            let parent = event.traceparent.as_deref().and_then(parent);
            if let Some(parent) = parent
                && let Err(error) = span.set_parent(parent)
            {
                tracing::trace!(%error, "no exporter: the span has no parent");
            }
            span
        })
        .collect()
}

/// Reads a W3C `traceparent`: `00-<32 hex digits>-<16 hex digits>-<2 hex digits>`.
fn parent(traceparent: &str) -> Option<Context> {
    let mut parts = traceparent.split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if version == "ff" || trace.len() != 32 || span.len() != 16 || flags.len() != 2 {
        return None;
    }
    let context = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(span).ok()?,
        TraceFlags::new(u8::from_str_radix(flags, 16).ok()?),
        true,
        TraceState::default(),
    );
    context
        .is_valid()
        .then(|| Context::new().with_remote_span_context(context))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_traceparent_is_a_parent() {
        let whole = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert!(parent(whole).is_some());
        for broken in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902-01",
        ] {
            assert!(parent(broken).is_none(), "{broken}");
        }
    }
}
