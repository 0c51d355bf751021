//! How a log line looks.
//!
//! A line is an event of `tracing` with the fields of the spans around it. The outermost span of a call carries `request.id`
//! and `trace.id`, so both stand in every line that the call writes.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::calls::{Call, WithCalls};

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One line for a person to read, coloured on a terminal.
    #[default]
    Human,
    /// One JSON object per line, all fields at its top level.
    Json,
}

/// The time of a log line. The only clock here that nobody hands in: what it shows is when the line was written, it decides
/// nothing, and `tracing`'s global subscriber lives longer than any clock of a test.
#[derive(Clone, Copy, Debug)]
struct WallTime;

impl WallTime {
    #[expect(
        clippy::disallowed_methods,
        reason = "see above: a line's time decides nothing"
    )]
    fn text() -> String {
        OffsetDateTime::now_utc()
            .format(&Rfc3339)
            .unwrap_or_default()
    }
}

impl FormatTime for WallTime {
    fn format_time(&self, w: &mut tracing_subscriber::fmt::format::Writer<'_>) -> fmt::Result {
        w.write_str(&Self::text())
    }
}

/// The layer that writes lines for people.
pub fn human<S, W>(writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::format().with_timer(WallTime);
    tracing_subscriber::fmt::layer()
        .event_format(WithCalls(lines))
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_writer(writer)
}

/// The layer that writes one JSON object per line: `time`, `level`, `target`, `message`, `span` (the names from the outermost
/// inwards) and every field of the event and its spans, the inner one winning.
pub fn json<W>(writer: W) -> Json<W> {
    Json { writer }
}

/// See [`json`].
#[derive(Debug)]
pub struct Json<W> {
    writer: W,
}

/// The fields of one span, kept in its extensions until it closes.
#[derive(Default)]
struct Fields(BTreeMap<&'static str, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0
            .insert(field.name(), Value::String(format!("{value:?}")));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), Value::from(value));
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name(), Value::from(value));
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name(), Value::from(value));
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name(), Value::from(value));
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name(), Value::from(value));
    }
    fn record_error(&mut self, field: &Field, error: &(dyn std::error::Error + 'static)) {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            text.push_str(": ");
            text.push_str(&inner.to_string());
            cause = inner.source();
        }
        self.0.insert(field.name(), Value::String(text));
    }
}

impl<S, W> Layer<S> for Json<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = BTreeMap::new();
        let mut names = Vec::new();
        for span in context
            .event_scope(event)
            .into_iter()
            .flat_map(tracing_subscriber::registry::Scope::from_root)
        {
            names.push(span.name());
            if let Some(call) = span.extensions().get::<Call>() {
                let fields = call.fields().into_iter();
                line.extend(fields.map(|(name, value)| (name, Value::String(value))));
            }
            if let Some(fields) = span.extensions().get::<Fields>() {
                line.extend(fields.0.iter().map(|(name, value)| (*name, value.clone())));
            }
        }
        let mut fields = Fields(line);
        event.record(&mut fields);
        let mut line = fields.0;
        line.insert("time", Value::String(WallTime::text()));
        line.insert("level", Value::from(event.metadata().level().as_str()));
        line.insert("target", Value::from(event.metadata().target()));
        if !names.is_empty() {
            line.insert("span", Value::String(names.join(">")));
        }
        let Ok(mut text) = serde_json::to_vec(&line) else {
            return;
        };
        text.push(b'\n');
        // Nobody is left to tell when stderr itself is gone.
        let _lost =
            std::io::Write::write_all(&mut self.writer.make_writer_for(event.metadata()), &text);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

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

    #[test]
    fn a_json_line_holds_the_ids_of_its_call() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::registry().with(json(move || writer.clone()));
        tracing::subscriber::with_default(subscriber, || {
            let call = tracing::info_span!(
                "rpc",
                request.id = "req-1",
                trace.id = tracing::field::Empty
            );
            call.record("trace.id", "abc");
            let _inside = call.enter();
            tracing::info_span!("step", step = "hold").in_scope(|| {
                tracing::warn!(tries = 3, "again");
            });
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let line: Value = serde_json::from_str(text.trim()).unwrap();
        assert_eq!(line["request.id"], "req-1");
        assert_eq!(line["trace.id"], "abc");
        assert_eq!(line["step"], "hold");
        assert_eq!(line["tries"], 3);
        assert_eq!(line["level"], "WARN");
        assert_eq!(line["message"], "again");
        assert_eq!(line["span"], "rpc>step");
        assert!(line["time"].as_str().unwrap().ends_with('Z'));
    }
}
