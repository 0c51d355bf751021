//! A collector of traces: OTLP over gRPC on a real socket, which keeps what it is sent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Span>>>);

#[tonic::async_trait]
impl TraceService for Kept {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let spans = request
            .into_inner()
            .resource_spans
            .into_iter()
            .flat_map(|resource| resource.scope_spans)
            .flat_map(|scope| scope.spans);
        self.0.lock().unwrap().extend(spans);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// The collector. Dropped, it ends.
pub(super) struct Collector {
    kept: Kept,
    serving: JoinHandle<()>,
    /// Where spans are sent to.
    pub(super) uri: String,
}

impl Collector {
    #[expect(
        clippy::disallowed_methods,
        reason = "the collector is no part of the suite: it stands for another process"
    )]
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}", listener.local_addr().unwrap());
        let kept = Kept::default();
        let server = tonic::transport::Server::builder()
            .add_service(TraceServiceServer::new(kept.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        let serving = tokio::spawn(async move { server.await.unwrap() });
        Self { kept, serving, uri }
    }

    /// What has come of this trace.
    pub(super) fn trace(&self, trace_id: &str) -> Trace {
        let kept = self.kept.0.lock().unwrap();
        let of_it = kept.iter().filter(|span| hex(&span.trace_id) == trace_id);
        Trace(
            of_it
                .map(|span| (hex(&span.span_id), span.clone()))
                .collect(),
        )
    }

    /// Everything that has come so far.
    pub(super) fn all(&self) -> Vec<Span> {
        self.kept.0.lock().unwrap().clone()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The spans of one trace by their id.
#[derive(Debug)]
pub(super) struct Trace(HashMap<String, Span>);

impl Trace {
    /// The spans of this name, of which an attribute has this value; `""` asks for none.
    pub(super) fn named<'a>(
        &'a self,
        name: &'a str,
        attribute: &'a str,
        value: &'a str,
    ) -> impl Iterator<Item = &'a Span> {
        self.0.values().filter(move |span| {
            let fits = attribute.is_empty() || text(span, attribute).is_some_and(|it| it == value);
            span.name == name && fits
        })
    }

    /// The names from this span up to the one that the trace came in with, or what is missing on the way.
    pub(super) fn way_up(&self, span: &Span, root: &str) -> Result<Vec<String>, String> {
        let mut names = vec![span.name.clone()];
        let mut parent = hex(&span.parent_span_id);
        while parent != root {
            let Some(above) = self.0.get(&parent) else {
                return Err(format!("{names:?} hang on {parent:?}, which has not come"));
            };
            names.push(above.name.clone());
            parent = hex(&above.parent_span_id);
        }
        Ok(names)
    }

    /// Every span's name and attributes, for who misses one.
    pub(super) fn names(&self) -> Vec<String> {
        let shown = |span: &Span| {
            let parts = ["workflow.kind", "consumer", "task.name"];
            let parts: Vec<&str> = parts.iter().filter_map(|key| text(span, key)).collect();
            format!(
                "{} {parts:?} {} < {}",
                span.name,
                hex(&span.span_id),
                hex(&span.parent_span_id)
            )
        };
        self.0.values().map(shown).collect()
    }

    /// Every span.
    pub(super) fn spans(&self) -> impl Iterator<Item = &Span> {
        self.0.values()
    }
}

/// The text of an attribute.
pub(super) fn text<'a>(span: &'a Span, key: &str) -> Option<&'a str> {
    let found = span
        .attributes
        .iter()
        .find(|attribute| attribute.key == key);
    match found?.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}
