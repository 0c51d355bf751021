//! Problem details (RFC 9457): what an error looks like over REST. The same facts as the gRPC status, so that a
//! client may be written against either.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use stoa_errors::{Error, FieldViolation, Kind};

use crate::refusal::Refusal;

/// The media type of a problem document.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// The start of a problem's `type`: the pages of docs/errors have the same names.
pub(crate) const TYPE_PREFIX: &str = "/docs/errors/";

/// The domain of every reason of ours, as in `google.rpc.ErrorInfo`.
const DOMAIN: &str = "stoa";

/// The document.
#[derive(Debug, Serialize)]
pub(crate) struct Problem<'a> {
    /// A relative reference: `/docs/errors/OUT_OF_STOCK`.
    r#type: String,
    title: String,
    status: u16,
    detail: &'a str,
    /// The request id: a relative reference of one segment.
    #[serde(skip_serializing_if = "str::is_empty")]
    instance: &'a str,
    /// The gRPC code's name.
    code: &'static str,
    reason: &'a str,
    domain: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    violations: &'a [FieldViolation],
    /// Seconds after which a retry may help; absent when it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<f64>,
}

impl<'a> Problem<'a> {
    /// What is told of `error`, which the request of this id met.
    pub(crate) fn new(error: &'a Error, status: StatusCode, request_id: &'a str) -> Self {
        Self {
            r#type: format!("{TYPE_PREFIX}{}", error.reason),
            title: title(&error.reason),
            status: status.as_u16(),
            detail: &error.message,
            instance: request_id,
            code: error.kind.as_str(),
            reason: &error.reason,
            domain: DOMAIN,
            metadata: &error.metadata,
            violations: &error.violations,
            retry_after: error.retry_after.map(|span| span.as_secs_f64()),
        }
    }

    /// As JSON; writing plain data cannot fail.
    pub(crate) fn json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// The whole answer.
pub(crate) fn response(refusal: &Refusal, request_id: &str) -> Response {
    let error = &refusal.error;
    let status = refusal.status.unwrap_or_else(|| status(error.kind));
    let mut response = Response::new(Body::from(Problem::new(error, status, request_id).json()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(span) = error.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(span)));
    }
    if let Some(allow) = &refusal.allow {
        headers.insert(ALLOW, allow.clone());
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// The HTTP status of a kind, as google.rpc.Code states it.
pub(crate) fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::InvalidArgument | Kind::FailedPrecondition | Kind::OutOfRange => {
            StatusCode::BAD_REQUEST
        }
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::PermissionDenied => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::AlreadyExists | Kind::Aborted => StatusCode::CONFLICT,
        Kind::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Kind::Cancelled => StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
        Kind::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Kind::Internal | Kind::DataLoss => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// `OUT_OF_STOCK` as "Out of stock".
fn title(reason: &str) -> String {
    let text = reason.replace('_', " ").to_lowercase();
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => text,
    }
}

/// Retry-After knows whole seconds; a client that waits longer than asked does no harm.
fn whole_seconds(span: Duration) -> u64 {
    span.as_secs()
        .saturating_add(u64::from(span.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_reads_as_a_title() {
        assert_eq!(title("OUT_OF_STOCK"), "Out of stock");
        assert_eq!(title(""), "");
    }

    #[test]
    fn a_part_of_a_second_is_a_second() {
        assert_eq!(whole_seconds(Duration::from_millis(25)), 1);
        assert_eq!(whole_seconds(Duration::from_secs(2)), 2);
    }

    #[test]
    fn each_kind_has_a_status_that_is_an_error() {
        for kind in Kind::ALL {
            assert!(status(kind).as_u16() >= 400, "{kind}");
        }
    }
}
