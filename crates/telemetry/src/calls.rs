//! What a log line says of the call that it belongs to, put into words when there is a line.
//!
//! Each call has a span, and nearly none writes a line. A subscriber formats the fields of a span when it is made, which costs
//! more than many a call; so without an exporter, which wants them too, a call's span is made without fields, and what it would
//! say of the call goes along as it is.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::{Event, Span, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::{LookupSpan, Registry};

use crate::Traceparent;

/// Whether the subscriber of this process has an exporter of spans.
static EXPORTED: AtomicBool = AtomicBool::new(false);

/// What a line says of its call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The path of its RPC.
    pub method: http::Uri,
    /// The id under which the caller finds it.
    pub request_id: String,
    /// The trace that it belongs to.
    pub trace: Traceparent,
}

impl Call {
    /// The names and values of the fields.
    pub(crate) fn fields(&self) -> [(&'static str, String); 3] {
        [
            ("rpc.method", self.method.path().to_owned()),
            ("request.id", self.request_id.clone()),
            ("trace.id", self.trace.trace_id()),
        ]
    }

    /// Goes along with `span`, which was made without fields.
    pub fn describe(self, span: &Span) {
        span.with_subscriber(|(id, subscriber)| {
            if let Some(registry) = subscriber.downcast_ref::<Registry>()
                && let Some(span) = registry.span(id)
            {
                span.extensions_mut().insert(self);
            }
        });
    }
}

/// Whether spans need their fields from the start, because they are exported.
#[must_use]
pub fn are_exported() -> bool {
    EXPORTED.load(Ordering::Relaxed)
}

/// From now on they are.
pub(crate) fn exported() {
    EXPORTED.store(true, Ordering::Relaxed);
}

/// Lines of another format, in which the calls' spans have their fields.
pub(crate) struct WithCalls<F>(pub(crate) F);

impl<S, N, F> FormatEvent<S, N> for WithCalls<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        for span in context.event_scope().into_iter().flatten() {
            let mut extensions = span.extensions_mut();
            let Some(fields) = extensions.get_mut::<Call>().map(|call| call.fields()) else {
                continue;
            };
            if let Some(text) = extensions.get_mut::<FormattedFields<N>>()
                && text.fields.is_empty()
            {
                let fields = fields.map(|(name, value)| format!("{name}={value}"));
                text.fields = fields.join(" ");
            }
        }
        self.0.format_event(context, writer, event)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::Value;
    use tracing_subscriber::fmt::MakeWriter;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::logs;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Lines {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    /// Two lines of one call, inside of another span.
    fn lines(subscriber: impl Subscriber + Send + Sync, lines: &Lines) -> Vec<String> {
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("rpc");
            let call = Call {
                method: "/stoa.test.v1.Test/Do?x=1".parse().unwrap(),
                request_id: "req-1".to_owned(),
                trace: Traceparent::fresh([7; 16]),
            };
            call.describe(&span);
            let _inside = span.enter();
            tracing::warn!("one");
            tracing::info_span!("step", step = "hold").in_scope(|| tracing::warn!("two"));
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_line_for_people_names_its_call() {
        let written = Lines::default();
        let subscriber = tracing_subscriber::registry().with(logs::human(written.clone()));
        let lines = lines(subscriber, &written);
        let call = format!(
            "rpc{{rpc.method=/stoa.test.v1.Test/Do request.id=req-1 trace.id={}}}:",
            "07".repeat(16)
        );
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.contains(&call)), "{lines:?}");
        assert!(lines[1].contains("step"), "{lines:?}");
    }

    #[test]
    fn a_line_of_json_names_its_call() {
        let written = Lines::default();
        let subscriber = tracing_subscriber::registry().with(logs::json(written.clone()));
        for line in lines(subscriber, &written) {
            let line: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(line["rpc.method"], "/stoa.test.v1.Test/Do");
            assert_eq!(line["request.id"], "req-1");
            assert_eq!(line["trace.id"], "07".repeat(16));
        }
    }
}
