//! Which HTTP headers reach an RPC as metadata, and which of its metadata come back.

use http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, IF_MATCH, IF_NONE_MATCH, USER_AGENT,
};
use http::{HeaderMap, HeaderValue};
use stoa_types::Ids;

/// The request id: taken from a caller who has one, else made here; on every answer.
pub(crate) use stoa_rpc::trailers::REQUEST_ID;

/// The longest request id that is taken over.
const REQUEST_ID_LENGTH: usize = 128;

/// Headers that a call mostly has, those of the call itself among them.
const FEW: usize = 6;

/// What an RPC may see. Everything else stays at the door: a header is no way to reach what only peers may say.
static FORWARDED: [HeaderName; 8] = [
    AUTHORIZATION,
    USER_AGENT,
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("stoa-guest-secret"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("grpc-timeout"),
    HeaderName::from_static("accept-language"),
];

/// The metadata of the call.
pub(crate) fn metadata(headers: &HeaderMap, request_id: &str) -> HeaderMap {
    let mut forwarded = HeaderMap::with_capacity(FEW);
    for (name, value) in headers {
        if FORWARDED.contains(name) {
            forwarded.append(name, value.clone());
        }
    }
    if let Ok(value) = HeaderValue::from_str(request_id) {
        forwarded.insert(&REQUEST_ID, value);
    }
    forwarded
}

/// The caller's request id when it is one, else a new one.
pub(crate) fn request_id(headers: &HeaderMap, ids: &dyn Ids) -> String {
    let given = headers
        .get(&REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    match given {
        Some(id) if is_id(id) => id.to_owned(),
        _ => ids.uuid().to_string(),
    }
}

/// Characters that stand in a URI reference, a log line and a header without being escaped.
fn is_id(text: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    !text.is_empty() && text.len() <= REQUEST_ID_LENGTH && text.bytes().all(plain)
}

/// Whether the body is gRPC or gRPC-Web.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    content_type(headers).starts_with("application/grpc")
}

/// Whether the body is JSON by its media type.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let media = content_type(headers)
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    let media = media.to_ascii_lowercase();
    media == "application/json" || (media.starts_with("application/") && media.ends_with("+json"))
}

/// The `content-type`; empty when there is none.
pub(crate) fn content_type(headers: &HeaderMap) -> &str {
    text(headers, &CONTENT_TYPE)
}

/// Whether the caller wants a stream as server-sent events.
pub(crate) fn wants_events(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("text/event-stream"))
}

/// The etag that `If-Match` asks for. `*` asks for none in particular.
pub(crate) fn if_match(headers: &HeaderMap) -> Option<&str> {
    let value = text(headers, &IF_MATCH);
    (!value.is_empty() && value != "*").then(|| opaque(value))
}

/// Whether `If-None-Match` names this etag.
pub(crate) fn none_match(headers: &HeaderMap, etag: &str) -> bool {
    let value = text(headers, &IF_NONE_MATCH);
    value == "*"
        || value
            .split(',')
            .any(|one| opaque(one.trim()) == etag && !etag.is_empty())
}

/// An etag without its quotes and without the mark of a weak one.
fn opaque(value: &str) -> &str {
    let value = value.strip_prefix("W/").unwrap_or(value);
    value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(value)
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> &'h str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use http::header::ORIGIN;

    use super::*;

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn an_etag_is_read_with_and_without_quotes() {
        assert_eq!(if_match(&with(IF_MATCH, "\"3\"")), Some("3"));
        assert_eq!(if_match(&with(IF_MATCH, "W/\"3\"")), Some("3"));
        assert_eq!(if_match(&with(IF_MATCH, "3")), Some("3"));
        assert_eq!(if_match(&with(IF_MATCH, "*")), None);
        assert!(none_match(&with(IF_NONE_MATCH, "\"2\", \"3\""), "3"));
        assert!(!none_match(&with(IF_NONE_MATCH, "\"2\""), "3"));
        assert!(!none_match(&HeaderMap::new(), ""));
    }

    #[test]
    fn a_strange_request_id_is_replaced() {
        assert!(is_id("a-b_c.1~"));
        for id in ["", "a b", "a/b", "ü", &"x".repeat(129)] {
            assert!(!is_id(id), "{id}");
        }
    }

    #[test]
    fn json_is_told_by_its_media_type() {
        assert!(is_json(&with(
            CONTENT_TYPE,
            "application/json; charset=utf-8"
        )));
        assert!(is_json(&with(CONTENT_TYPE, "application/merge-patch+json")));
        assert!(!is_json(&with(
            CONTENT_TYPE,
            "application/x-www-form-urlencoded"
        )));
        assert!(!is_json(&with(CONTENT_TYPE, "text/json")));
    }

    #[test]
    fn only_what_is_listed_is_forwarded() {
        let mut headers = with(HeaderName::from_static("idempotency-key"), "k");
        headers.insert("stoa-caller", HeaderValue::from_static("order"));
        headers.insert(ORIGIN, HeaderValue::from_static("http://elsewhere"));
        let metadata = metadata(&headers, "r-1");
        assert!(metadata.get("stoa-caller").is_none());
        assert!(metadata.get("origin").is_none());
        assert!(
            metadata
                .get("idempotency-key")
                .is_some_and(|value| value == "k")
        );
        assert!(
            metadata
                .get("x-request-id")
                .is_some_and(|value| value == "r-1")
        );
    }
}
