//! The settings that belong to the process and not to one of its services.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use stoa_config::{Mistakes, Section};
use stoa_telemetry::{LogFormat, Otlp};

/// `[server]`: where the process listens and keeps its data.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerSettings {
    /// The data folder; made when it is missing.
    pub data: PathBuf,
    /// Where gRPC is served; port 0 takes a free one.
    pub grpc: SocketAddr,
    /// Where REST and gRPC-Web are served.
    pub http: SocketAddr,
    /// Where `/livez`, `/readyz` and `/metrics` are served.
    pub admin: SocketAddr,
    /// Where a service that is a process of its own listens for the others; the whole suite in one process does not.
    pub peers: SocketAddr,
    /// Threads that serve calls; 0 takes one per core.
    pub threads: usize,
    /// Calls taken at once; beyond them the less important are refused first.
    pub in_flight: usize,
    /// Calls of one module to one other at once.
    pub peer_calls: usize,
    /// How long calls under way may take at shutdown.
    #[serde(with = "stoa_config::span")]
    pub drain: Duration,
}

impl Default for ServerSettings {
    fn default() -> Self {
        let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self {
            data: PathBuf::from("stoa-data"),
            grpc: local(7400),
            http: local(7480),
            admin: local(7490),
            peers: local(7410),
            threads: 0,
            in_flight: stoa_rpc::gate::IN_FLIGHT,
            peer_calls: 1_024,
            drain: Duration::from_secs(10),
        }
    }
}

impl Section for ServerSettings {
    const NAME: &'static str = "server";

    fn validate(&self, mistakes: &mut Mistakes) {
        let data = self.data.as_os_str();
        mistakes.require(!data.is_empty(), "data", "must name a folder");
        mistakes.require(self.threads <= 256, "threads", "must be at most 256");
        mistakes.require(self.in_flight >= 1, "in_flight", "must be at least 1");
        mistakes.require(self.peer_calls >= 1, "peer_calls", "must be at least 1");
        let named = [("http", self.http), ("admin", self.admin)];
        let clash = |other: SocketAddr| other == self.grpc && other.port() != 0;
        for (key, address) in named {
            mistakes.require(!clash(address), key, "is the address of grpc too");
        }
        let both = self.http == self.admin && self.http.port() != 0;
        mistakes.require(!both, "admin", "is the address of http too");
    }
}

/// `[telemetry]`: what the process tells its operators.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct TelemetrySettings {
    /// `human` or `json`.
    pub format: LogFormat,
    /// Which lines are written, in the syntax of `tracing`'s filters.
    pub filter: String,
    /// The OTLP/gRPC collector of traces, e.g. `http://127.0.0.1:4317`; absent: none.
    pub otlp: Option<String>,
    /// The share of new traces that is kept, 0 to 1.
    pub ratio: f64,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self {
            format: LogFormat::Human,
            filter: "info,opentelemetry_sdk=warn".to_owned(),
            otlp: None,
            ratio: 0.05,
        }
    }
}

impl Section for TelemetrySettings {
    const NAME: &'static str = "telemetry";

    fn validate(&self, mistakes: &mut Mistakes) {
        let share = (0.0..=1.0).contains(&self.ratio);
        mistakes.require(share, "ratio", "must be from 0 to 1");
        let uri = |text: &String| {
            text.parse::<http::Uri>()
                .is_ok_and(|uri| uri.host().is_some() && uri.scheme_str() == Some("http"))
        };
        mistakes.require(
            self.otlp.as_ref().is_none_or(uri),
            "otlp",
            "must be an address such as http://127.0.0.1:4317",
        );
        mistakes.require(
            stoa_telemetry::is_filter(&self.filter),
            "filter",
            "must be a filter such as info,stoa_store=debug",
        );
    }
}

impl TelemetrySettings {
    pub(crate) fn of(&self, service: &str, version: &str) -> stoa_telemetry::Settings {
        stoa_telemetry::Settings {
            service: service.to_owned(),
            version: version.to_owned(),
            format: self.format,
            filter: self.filter.clone(),
            otlp: self.otlp.clone().map(|endpoint| Otlp {
                endpoint,
                ratio: self.ratio,
            }),
        }
    }
}

/// `[workflow]`: how durable work runs, in each service of the process.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkflowSettings {
    /// Runs at the same time, per service.
    pub concurrency: usize,
    /// How long a finished workflow stays.
    #[serde(with = "stoa_config::span")]
    pub keep: Duration,
    /// The longest pause of a failing step.
    #[serde(with = "stoa_config::span")]
    pub backoff_cap: Duration,
    /// How often work is counted for the metrics, and what stayed long enough pruned.
    #[serde(with = "stoa_config::span")]
    pub housekeeping: Duration,
    /// How long a process may be silent before others on the same database take over its work; renewed three times in it.
    #[serde(with = "stoa_config::span")]
    pub lease: Duration,
}

impl Default for WorkflowSettings {
    fn default() -> Self {
        let limits = stoa_workflow::Limits::default();
        Self {
            concurrency: limits.concurrency,
            keep: limits.keep,
            backoff_cap: limits.backoff_cap,
            housekeeping: limits.housekeeping,
            lease: limits.lease,
        }
    }
}

impl Section for WorkflowSettings {
    const NAME: &'static str = "workflow";

    fn validate(&self, mistakes: &mut Mistakes) {
        mistakes.require(self.concurrency >= 1, "concurrency", "must be at least 1");
        mistakes.require(
            self.backoff_cap >= Duration::from_millis(100),
            "backoff_cap",
            "must be at least 100ms",
        );
        mistakes.require(
            self.housekeeping >= Duration::from_millis(10),
            "housekeeping",
            "must be at least 10ms",
        );
        mistakes.require(
            self.lease >= Duration::from_secs(1),
            "lease",
            "must be at least 1s",
        );
    }
}

impl WorkflowSettings {
    pub(crate) fn limits(&self) -> stoa_workflow::Limits {
        stoa_workflow::Limits {
            concurrency: self.concurrency,
            keep: self.keep,
            backoff_cap: self.backoff_cap,
            housekeeping: self.housekeeping,
            lease: self.lease,
            ..stoa_workflow::Limits::default()
        }
    }
}
