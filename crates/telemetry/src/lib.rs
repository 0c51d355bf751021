//! What a running process tells its operators: log lines on stderr, metrics as Prometheus text, traces over OTLP.
//!
//! * [`calls`]: what a log line says of its call.
//! * [`logs`]: human or JSON lines, with the request id and the trace id of the span they were written in.
//! * [`metrics`]: one registry per process; instruments are made from the [`Meter`] that a crate is handed.
//! * [`process`]: the process's own figures, read from `/proc`.
//! * [`propagation`]: W3C `traceparent`, in and out.
//! * [`traces`]: the OTLP exporter, when an endpoint is configured.
//!
//! [`Telemetry::start`] is called once, right after the configuration was read; [`Telemetry::shutdown`] is the last thing a
//! process does, because it flushes what the batch exporter still holds.

pub mod calls;
pub mod logs;
pub mod metrics;
pub mod process;
pub mod propagation;
pub mod traces;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

pub use logs::LogFormat;
pub use metrics::Metrics;
pub use opentelemetry::metrics::Meter;
pub use propagation::Traceparent;
pub use traces::Otlp;

/// What telemetry needs to know before it starts.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `service.name` of traces and metrics, e.g. `stoa`.
    pub service: String,
    /// The version of the binary, `service.version` of traces and metrics.
    pub version: String,
    /// How a log line looks.
    pub format: LogFormat,
    /// Which lines are written, in `tracing`'s filter syntax, e.g. `info` or `info,stoa_store=debug`.
    pub filter: String,
    /// Where traces go; `None` sends none and costs nothing.
    pub otlp: Option<Otlp>,
}

/// Why telemetry could not start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The log filter is not in `tracing`'s syntax.
    #[error("the log filter {filter:?} cannot be read")]
    Filter {
        /// The text as configured.
        filter: String,
        /// What the parser said.
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    /// The exporter of traces could not be built.
    #[error("the OTLP exporter cannot be built for {endpoint}")]
    Otlp {
        /// The endpoint as configured.
        endpoint: String,
        /// What the exporter said.
        #[source]
        source: opentelemetry_otlp::ExporterBuildError,
    },
    /// The registry of metrics could not be built.
    #[error("the metrics registry cannot be built")]
    Registry(#[source] opentelemetry_sdk::error::OTelSdkError),
}

/// The telemetry of one process, alive until [`Telemetry::shutdown`].
#[derive(Debug)]
pub struct Telemetry {
    metrics: Metrics,
    traces: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Starts logs, metrics and (when configured) traces.
    ///
    /// The subscriber of `tracing` is global by that crate's design; a second call in one process (tests that run two suites)
    /// keeps the first subscriber and still gets metrics of its own. With OTLP configured it must be called inside a tokio
    /// runtime, which then carries the exporter's connection.
    ///
    /// # Errors
    /// A filter that cannot be read, or an exporter that cannot be built.
    pub fn start(settings: &Settings) -> Result<Self, TelemetryError> {
        let filter =
            EnvFilter::try_new(&settings.filter).map_err(|source| TelemetryError::Filter {
                filter: settings.filter.clone(),
                source,
            })?;
        let metrics = Metrics::new(&settings.service, &settings.version)?;
        let provider = match &settings.otlp {
            Some(otlp) => Some(traces::provider(otlp, settings)?),
            None => None,
        };
        let traced = provider.as_ref().map(|provider| {
            tracing_opentelemetry::layer()
                .with_tracer(provider.tracer("stoa"))
                .with_location(false)
                .with_threads(false)
                .with_filter(traces::own_spans_only())
        });
        let registry = tracing_subscriber::registry().with(traced);
        let installed = match settings.format {
            LogFormat::Human => registry
                .with(logs::human(std::io::stderr).with_filter(filter))
                .try_init(),
            LogFormat::Json => registry
                .with(logs::json(std::io::stderr).with_filter(filter))
                .try_init(),
        };
        if provider.is_some() {
            calls::exported();
        }
        if installed.is_err() {
            tracing::debug!("a subscriber is installed already; it is kept");
        }
        Ok(Self {
            metrics,
            traces: provider,
        })
    }

    /// Metrics alone, for tools and tests: no subscriber, no exporter.
    ///
    /// # Errors
    /// When the registry cannot be built.
    pub fn quiet(service: &str) -> Result<Self, TelemetryError> {
        Ok(Self {
            metrics: Metrics::new(service, env!("CARGO_PKG_VERSION"))?,
            traces: None,
        })
    }

    /// The registry: meters are made and the page is rendered from it.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// A meter for the crate or module named `scope`.
    #[must_use]
    pub fn meter(&self, scope: &'static str) -> Meter {
        self.metrics.meter(scope)
    }

    /// Sends what the exporter still holds and stops it. Blocks for at most five seconds, so call it from a thread that may
    /// block (`spawn_blocking`), while the runtime that [`Telemetry::start`] was called in still runs.
    pub fn shutdown(self) {
        if let Some(traces) = self.traces
            && let Err(error) = traces.shutdown_with_timeout(std::time::Duration::from_secs(5))
        {
            tracing::warn!(%error, "the last spans could not be sent");
        }
        self.metrics.shutdown();
    }
}

/// Whether a log filter can be read: asked when settings are checked, before anything starts.
#[must_use]
pub fn is_filter(filter: &str) -> bool {
    EnvFilter::try_new(filter).is_ok()
}
