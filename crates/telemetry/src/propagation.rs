//! W3C trace context: the `traceparent` of a caller in, ours out.
//!
//! A call has a traceparent whether or not traces are exported: it stands in the log lines, in events and in workflow rows,
//! so that one checkout can be followed through all of them. With an exporter it is that of the span; without, that of the
//! caller, or a fresh one that says "not sampled".

use std::fmt;
use std::str::FromStr;

use http::HeaderMap;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The name of the header and of the gRPC metadata.
pub const HEADER: &str = "traceparent";

/// One `traceparent`: `00-<32 hex trace id>-<16 hex span id>-<2 hex flags>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traceparent {
    trace: TraceId,
    span: SpanId,
    sampled: bool,
}

/// The text is no `traceparent` of version 00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a traceparent")]
pub struct NotATraceparent;

impl Traceparent {
    /// The root of a trace that nobody asked to sample, made of 16 random bytes (a UUID's).
    #[must_use]
    pub fn fresh(random: [u8; 16]) -> Self {
        let trace = u128::from_be_bytes(random).max(1);
        // The span id must differ between traces, not be secret: the lower half of the same bytes will do.
        let [_, _, _, _, _, _, _, _, low @ ..] = random;
        Self {
            trace: TraceId::from(trace),
            span: SpanId::from(u64::from_be_bytes(low).max(1)),
            sampled: false,
        }
    }

    /// The trace that it belongs to, 32 lower-case hex digits.
    #[must_use]
    pub fn trace_id(&self) -> String {
        self.trace.to_string()
    }

    /// Whether the caller keeps this trace.
    #[must_use]
    pub fn sampled(&self) -> bool {
        self.sampled
    }

    fn context(self) -> opentelemetry::Context {
        let flags = if self.sampled {
            TraceFlags::SAMPLED
        } else {
            TraceFlags::default()
        };
        opentelemetry::Context::new().with_remote_span_context(SpanContext::new(
            self.trace,
            self.span,
            flags,
            true,
            TraceState::default(),
        ))
    }
}

impl FromStr for Traceparent {
    type Err = NotATraceparent;

    fn from_str(text: &str) -> Result<Self, NotATraceparent> {
        let mut parts = text.trim().splitn(4, '-');
        let mut next = |digits: usize| {
            parts
                .next()
                .filter(|part| part.len() == digits)
                .filter(|part| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
                .ok_or(NotATraceparent)
        };
        if next(2)? != "00" {
            return Err(NotATraceparent);
        }
        let trace = TraceId::from_hex(next(32)?).map_err(|_| NotATraceparent)?;
        let span = SpanId::from_hex(next(16)?).map_err(|_| NotATraceparent)?;
        let flags = u8::from_str_radix(next(2)?, 16).map_err(|_| NotATraceparent)?;
        if trace == TraceId::INVALID || span == SpanId::INVALID {
            return Err(NotATraceparent);
        }
        Ok(Self {
            trace,
            span,
            sampled: flags & 1 == 1,
        })
    }
}

impl fmt::Display for Traceparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl Traceparent {
    /// The text of the header. Written by hand: each call has one.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(LENGTH);
        text.push_str("00-");
        hex(&mut text, &self.trace.to_bytes());
        text.push('-');
        hex(&mut text, &self.span.to_bytes());
        text.push_str(if self.sampled { "-01" } else { "-00" });
        text
    }
}

/// The length of the text.
const LENGTH: usize = 55;

fn hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from(match digit {
                0..=9 => b'0' + digit,
                _ => b'a' + digit - 10,
            }));
        }
    }
}

/// The caller's `traceparent`, when he sent one that can be read.
#[must_use]
pub fn extract(headers: &HeaderMap) -> Option<Traceparent> {
    headers.get(HEADER)?.to_str().ok()?.parse().ok()
}

/// Writes `traceparent` into outgoing headers.
pub fn inject(traceparent: &Traceparent, headers: &mut HeaderMap) {
    if let Ok(value) = traceparent.to_string().parse() {
        headers.insert(HEADER, value);
    }
}

/// Makes `span` a child of `parent` and says which `traceparent` stands for it from now on: that of the span itself when
/// traces are exported, else the parent's, else a fresh one of `random`'s bytes. The trace id is recorded in the span's field
/// `trace.id`, which must be declared (`trace.id = tracing::field::Empty`) to show in log lines.
///
/// Call it right after the span was made: a span that was entered before keeps the parent that it has.
pub fn adopt(
    span: &Span,
    parent: Option<Traceparent>,
    random: impl FnOnce() -> [u8; 16],
) -> Traceparent {
    if let Some(parent) = parent {
        // Fails without an exporter's layer, and for a span that the filter left out: both mean that nothing is traced.
        let _untraced = span.set_parent(parent.context());
    }
    let adopted = current(span)
        .or(parent)
        .unwrap_or_else(|| Traceparent::fresh(random()));
    span.record("trace.id", tracing::field::display(adopted.trace));
    adopted
}

/// The `traceparent` of `span` when traces are exported, else `None`.
#[must_use]
pub fn current(span: &Span) -> Option<Traceparent> {
    let context = span.context();
    let span = context.span();
    let context = span.span_context();
    context.is_valid().then(|| Traceparent {
        trace: context.trace_id(),
        span: context.span_id(),
        sampled: context.is_sampled(),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    const TEXT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn reads_and_writes_the_same_text() {
        let parent: Traceparent = TEXT.parse().unwrap();
        assert_eq!(parent.to_string(), TEXT);
        assert!(parent.sampled());
        let mut headers = HeaderMap::new();
        inject(&parent, &mut headers);
        assert_eq!(extract(&headers), Some(parent));
    }

    #[test]
    fn refuses_what_is_none() {
        for text in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
        ] {
            assert_eq!(text.parse::<Traceparent>(), Err(NotATraceparent), "{text}");
        }
    }

    #[test]
    fn without_an_exporter_the_callers_stands_or_a_fresh_one() {
        let parent: Traceparent = TEXT.parse().unwrap();
        assert_eq!(adopt(&Span::none(), Some(parent), || [7; 16]), parent);
        let fresh = adopt(&Span::none(), None, || [7; 16]);
        assert_eq!(fresh.trace_id(), "07".repeat(16));
        assert!(!fresh.sampled());
        assert_eq!(fresh.to_string().parse(), Ok(fresh));
    }
}
