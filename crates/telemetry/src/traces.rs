//! Traces over OTLP/gRPC, batched, sampled by the parent's decision and else by a ratio.

use std::time::Duration;

use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use serde::{Deserialize, Serialize};
use tracing::Metadata;
use tracing_subscriber::filter::{FilterFn, filter_fn};

use crate::{Settings, TelemetryError, metrics};

/// Where traces go, and how many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Otlp {
    /// The collector, e.g. `http://127.0.0.1:4317`.
    pub endpoint: String,
    /// The share of new traces that is kept, 0 to 1; a caller's own decision goes before it. All of them at full load overrun
    /// the batch queue, so the default is 0.05.
    pub ratio: f64,
}

/// The provider whose tracer the subscriber writes to.
pub(crate) fn provider(
    otlp: &Otlp,
    settings: &Settings,
) -> Result<SdkTracerProvider, TelemetryError> {
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(&otlp.endpoint)
        .with_timeout(Duration::from_secs(3))
        .build()
        .map_err(|source| TelemetryError::Otlp {
            endpoint: otlp.endpoint.clone(),
            source,
        })?;
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(
            otlp.ratio,
        ))))
        .with_resource(metrics::resource(&settings.service, &settings.version))
        .build())
}

/// Lets through the spans of Stoa only: those of the exporter's own connection (h2, hyper, tonic, tower) would be exported
/// in their turn, and so for ever; an event inside our spans becomes an event of theirs from `info` up.
pub(crate) fn own_spans_only() -> FilterFn<fn(&Metadata<'_>) -> bool> {
    filter_fn(|meta| meta.target().starts_with("stoa") && *meta.level() <= tracing::Level::INFO)
}
