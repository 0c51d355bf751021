//! The registry of one process and its page in Prometheus text format.
//!
//! A crate makes its instruments from the [`Meter`] that it is handed, with dotted names and a unit
//! (`store.commit.duration`, `s` becomes `store_commit_duration_seconds`). A histogram in seconds gets [`LATENCY_SECONDS`] as
//! its buckets, any other one [`SIZES`], unless it names its own.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{
    Aggregation, Instrument, InstrumentKind, SdkMeterProvider, Stream,
};
use prometheus::{Registry, TextEncoder};

use crate::{TelemetryError, process};

/// Buckets of histograms in seconds: from 100 µs to 30 s.
pub const LATENCY_SECONDS: &[f64] = &[
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0, 30.0,
];

/// Buckets of every other histogram: counts from 1 to 10,000.
pub const SIZES: &[f64] = &[
    1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1_000.0, 2_500.0, 10_000.0,
];

/// The content type of the page made by [`Metrics::render`].
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The metrics of one process.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Registry,
    provider: SdkMeterProvider,
}

impl Metrics {
    /// A registry of its own; nothing global is touched.
    pub(crate) fn new(service: &str, version: &str) -> Result<Self, TelemetryError> {
        let registry = Registry::new();
        let exporter = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .scope_info_enabled(false)
            .build()
            .map_err(TelemetryError::Registry)?;
        let provider = SdkMeterProvider::builder()
            .with_reader(exporter)
            .with_resource(resource(service, version))
            .with_view(buckets)
            .build();
        process::observe(&provider.meter("process"));
        Ok(Self { registry, provider })
    }

    /// A meter for the crate or module named `scope`.
    #[must_use]
    pub fn meter(&self, scope: &'static str) -> Meter {
        self.provider.meter(scope)
    }

    /// The page: everything that was recorded so far, in Prometheus text format.
    ///
    /// # Errors
    /// When a family cannot be encoded, which names it.
    pub fn render(&self) -> Result<String, prometheus::Error> {
        let mut page = String::new();
        TextEncoder::new().encode_utf8(&self.registry.gather(), &mut page)?;
        Ok(page)
    }

    pub(crate) fn shutdown(self) {
        // The page is pulled, so nothing is lost here; the call only ends the readers.
        if let Err(error) = self.provider.shutdown_with_timeout(Duration::from_secs(1)) {
            tracing::debug!(%error, "the meter provider was stopped already");
        }
    }
}

/// What every span and series of this process is marked with.
pub(crate) fn resource(service: &str, version: &str) -> Resource {
    Resource::builder_empty()
        .with_service_name(service.to_owned())
        .with_attribute(KeyValue::new("service.version", version.to_owned()))
        .build()
}

/// Gives a histogram the buckets of its unit. Instruments that name their own boundaries lose them to a view, so one that
/// must have others than these belongs in this function.
fn buckets(instrument: &Instrument) -> Option<Stream> {
    if instrument.kind() != InstrumentKind::Histogram {
        return None;
    }
    let boundaries = if instrument.unit() == "s" {
        LATENCY_SECONDS
    } else {
        SIZES
    };
    Stream::builder()
        .with_aggregation(Aggregation::ExplicitBucketHistogram {
            boundaries: boundaries.to_vec(),
            record_min_max: false,
        })
        .build()
        .ok()
}
