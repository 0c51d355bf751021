//! The trace of a call goes on in whoever hears of it.

use std::sync::{Arc, Mutex};

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use stoa_events::{Mode, append};
use stoa_types::{Clock, SystemClock, SystemIds};
use tracing_subscriber::layer::SubscriberExt;

use crate::support::{Pair, Scribe, context, event};

/// Keeps the spans that end.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

#[tokio::test]
async fn the_span_of_a_consumer_is_a_child_of_the_call() {
    let kept = Kept::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(kept.clone())
        .build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    // For the whole process: what one thread decides about a span's interest holds for all of them.
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let pair = Pair::open().await;
    pair.listen(&Scribe::new("any", Mode::Any));
    let mut ctx = context();
    let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    ctx.traceparent = Some(format!("00-{trace}-{span}-01"));
    let events = Arc::new(vec![(Arc::new(ctx), event("a", 1))]);
    pair.source
        .write("test.append", move |tx| {
            let events = Arc::clone(&events);
            Box::pin(async move { append(tx, &events, SystemClock.now(), &SystemIds).await })
        })
        .await
        .unwrap();
    let relay = pair.relay();
    pair.published().await;
    relay.abort();

    let mut spans = kept.0.lock().unwrap().clone();
    spans.retain(|span| span.span_context.trace_id().to_string() == trace);
    assert_eq!(spans.len(), 1);
    let consumed = spans.first().unwrap();
    assert_eq!(consumed.name, "consume");
    assert_eq!(consumed.parent_span_id.to_string(), span);
}
