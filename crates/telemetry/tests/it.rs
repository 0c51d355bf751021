//! Telemetry as a process uses it: a page that moves, and spans that reach a collector on a real socket.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "tests"
)]

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use stoa_telemetry::{LogFormat, Otlp, Settings, Telemetry, TelemetryError, Traceparent};
use tokio::sync::mpsc;
use tonic::{Request, Response, Status};

#[test]
fn the_page_shows_what_was_recorded_and_the_process() {
    let telemetry = Telemetry::quiet("stoa-test").unwrap();
    let meter = telemetry.meter("test");
    let none: &[KeyValue] = &[];
    meter.u64_counter("test.calls").build().add(3, none);
    let histogram = meter.f64_histogram("test.duration").with_unit("s").build();
    histogram.record(0.003, none);
    let page = telemetry.metrics().render().unwrap();
    assert!(page.contains("test_calls_total 3"), "{page}");
    assert!(
        page.contains(r#"test_duration_seconds_bucket{le="0.0025"} 0"#),
        "{page}"
    );
    assert!(
        page.contains(r#"test_duration_seconds_bucket{le="0.005"} 1"#),
        "{page}"
    );
    let resident: f64 = page
        .lines()
        .find_map(|line| line.strip_prefix("process_resident_memory_bytes "))
        .expect("the process's memory is on the page")
        .parse()
        .unwrap();
    assert!(resident > 1_000_000.0, "{resident}");
    assert!(page.contains("process_cpu_seconds_total"), "{page}");
}

#[test]
fn a_filter_that_cannot_be_read_is_refused() {
    let settings = Settings {
        service: "stoa-test".to_owned(),
        version: "0".to_owned(),
        format: LogFormat::Human,
        filter: "stoa=loudest".to_owned(),
        otlp: None,
    };
    assert!(matches!(
        Telemetry::start(&settings),
        Err(TelemetryError::Filter { .. })
    ));
}

/// A collector that hands on what it is sent.
struct Collector(mpsc::UnboundedSender<ExportTraceServiceRequest>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.0.send(request.into_inner()).unwrap();
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_span_reaches_the_collector_under_its_callers_trace() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, mut sent) = mpsc::unbounded_channel();
    let server = tokio::spawn(
        tonic::transport::Server::builder()
            .add_service(TraceServiceServer::new(Collector(sender)))
            .serve_with_incoming(tokio_stream::wrappers::TcpListenerStream::new(listener)),
    );
    let telemetry = Telemetry::start(&Settings {
        service: "stoa-test".to_owned(),
        version: "1.2.3".to_owned(),
        format: LogFormat::Json,
        filter: "warn".to_owned(),
        otlp: Some(Otlp {
            endpoint: format!("http://{address}"),
            ratio: 0.0,
        }),
    })
    .unwrap();

    let parent: Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        .parse()
        .unwrap();
    let span =
        tracing::info_span!(target: "stoa_test", "PlaceOrder", trace.id = tracing::field::Empty);
    let ours = stoa_telemetry::propagation::adopt(&span, Some(parent), || [1; 16]);
    assert_eq!(ours.trace_id(), parent.trace_id());
    assert_ne!(ours, parent, "the span has an id of its own");
    drop(span);
    // The caller's decision goes before our ratio of nothing: a root of our own is not sent.
    drop(tracing::info_span!(target: "stoa_test", "unsampled"));

    tokio::task::spawn_blocking(move || telemetry.shutdown())
        .await
        .unwrap();
    let batch = tokio::time::timeout(Duration::from_secs(10), sent.recv())
        .await
        .unwrap()
        .unwrap();
    server.abort();
    let spans: Vec<_> = batch
        .resource_spans
        .iter()
        .flat_map(|resource| &resource.scope_spans)
        .flat_map(|scope| &scope.spans)
        .collect();
    assert_eq!(spans.len(), 1, "{spans:?}");
    let span = spans.first().unwrap();
    assert_eq!(span.name, "PlaceOrder");
    assert_eq!(
        span.parent_span_id,
        0xb7ad_6b71_6920_3331_u64.to_be_bytes().to_vec()
    );
}
