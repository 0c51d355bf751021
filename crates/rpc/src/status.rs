//! Errors on the wire: the only place that makes a [`Status`], and the one that reads it back.
//!
//! A status carries an `ErrorInfo` (reason, domain `stoa`, metadata), a `BadRequest` when fields break
//! rules, a `RetryInfo` if and only if a retry may help. The cause stays in this process: it travels from
//! the use case to the layer that logs it as the status's source, which is never encoded.

use std::borrow::Cow;
use std::error::Error as _;
use std::sync::Arc;

use http::{HeaderMap, Response};
use prost::Message;
use stoa_errors::{Error, FieldViolation, Kind, reason};
use tonic::body::Body;
use tonic::{Code, Status};
use tonic_types::pb;

/// The domain of every reason.
pub const DOMAIN: &str = "stoa";

/// How long a text of an answer may be, in bytes. An answer's whole status travels in headers, of which clients take 8 KiB
/// altogether and drop the connection that brings more.
const TEXT: usize = 500;

/// How large the violations of an answer may be when encoded.
const VIOLATIONS: usize = 3_000;

/// The metadata that says how many violations did not find room.
const LEFT_OUT: &str = "violations_left_out";

const ERROR_INFO: &str = "type.googleapis.com/google.rpc.ErrorInfo";
const BAD_REQUEST: &str = "type.googleapis.com/google.rpc.BadRequest";
const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";

/// What a caller is told of `error`; the whole of it goes along as the source, for the log of this process.
#[must_use]
pub fn of_error(error: Error) -> Status {
    let code = code_of(error.kind);
    let message = cut(&error.message);
    let details = pb::Status {
        code: code.into(),
        message: message.to_owned(),
        details: details(&error),
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place where a status is made"
    )]
    let mut status = Status::with_details(code, message, details.encode_to_vec().into());
    status.set_source(Arc::new(error));
    status
}

/// As much of a text as an answer has room for.
fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(TEXT)).unwrap_or(text)
}

fn details(error: &Error) -> Vec<prost_types::Any> {
    let violations = violations(error);
    let left_out = error.violations.len().saturating_sub(violations.len());
    let mut info = pb::ErrorInfo {
        reason: error.reason.clone().into_owned(),
        domain: DOMAIN.to_owned(),
        metadata: error
            .metadata
            .iter()
            .map(|(key, value)| (key.clone(), cut(value).to_owned()))
            .collect(),
    };
    if left_out > 0 {
        let left_out = left_out.to_string();
        info.metadata.insert(LEFT_OUT.to_owned(), left_out);
    }
    let mut details = vec![any(ERROR_INFO, &info)];
    if !violations.is_empty() {
        let field_violations = violations;
        details.push(any(BAD_REQUEST, &pb::BadRequest { field_violations }));
    }
    if let Some(span) = error.retry_after {
        let retry_delay = prost_types::Duration::try_from(span).ok();
        details.push(any(RETRY_INFO, &pb::RetryInfo { retry_delay }));
    }
    details
}

/// The first of the violations, as many as there is room for.
fn violations(error: &Error) -> Vec<pb::bad_request::FieldViolation> {
    let mut room = VIOLATIONS;
    let all = error.violations.iter();
    all.map(|violation| pb::bad_request::FieldViolation {
        field: cut(&violation.field).to_owned(),
        description: cut(&violation.description).to_owned(),
        reason: violation.reason.clone(),
        localized_message: None,
    })
    .map_while(|violation| {
        room = room.checked_sub(violation.encoded_len())?;
        Some(violation)
    })
    .collect()
}

fn any(type_url: &str, message: &impl Message) -> prost_types::Any {
    prost_types::Any {
        type_url: type_url.to_owned(),
        value: message.encode_to_vec(),
    }
}

/// The answer that says `error`: a head without a body.
pub(crate) fn response(error: Error) -> Response<Body> {
    of_error(error).into_http()
}

/// The status that a head carries; none before the end of an answer with messages.
pub(crate) fn code_in(headers: &HeaderMap) -> Option<Code> {
    headers
        .get(Status::GRPC_STATUS)
        .map(|value| Code::from_bytes(value.as_bytes()))
}

/// The failure that a head carries, if it does.
pub(crate) fn failure_in<B>(response: &Response<B>) -> Option<Error> {
    match code_in(response.headers()) {
        None | Some(Code::Ok) => None,
        Some(_) => match response.extensions().get::<Status>() {
            Some(status) => Some(to_error(status)),
            None => Status::from_header_map(response.headers()).map(|status| to_error(&status)),
        },
    }
}

/// Whether a status says what this crate says: one with details was made here, or by another Stoa.
pub(crate) fn is_explained<B>(response: &Response<B>) -> bool {
    response.headers().contains_key(Status::GRPC_STATUS_DETAILS)
}

/// The error that a status says, with its cause if it was made in this process.
#[must_use]
pub fn to_error(status: &Status) -> Error {
    let own = status
        .source()
        .and_then(|source| source.downcast_ref::<Error>());
    match own {
        Some(error) => error.clone(),
        None => decode(status),
    }
}

fn decode(status: &Status) -> Error {
    let kind = kind_of(status.code());
    let mut error = Error::new(
        kind,
        default_reason(kind),
        Cow::Owned(status.message().to_owned()),
    );
    let details = pb::Status::decode(status.details()).unwrap_or_default();
    for detail in details.details {
        read_detail(&mut error, &detail);
    }
    error
}

fn read_detail(error: &mut Error, detail: &prost_types::Any) {
    match detail.type_url.as_str() {
        ERROR_INFO => {
            if let Ok(info) = pb::ErrorInfo::decode(detail.value.as_slice())
                && info.domain == DOMAIN
            {
                error.reason = Cow::Owned(info.reason);
                error.metadata = info.metadata.into_iter().collect();
            }
        }
        BAD_REQUEST => {
            if let Ok(bad) = pb::BadRequest::decode(detail.value.as_slice()) {
                error.violations = bad
                    .field_violations
                    .into_iter()
                    .map(|violation| FieldViolation {
                        field: violation.field,
                        reason: violation.reason,
                        description: violation.description,
                    })
                    .collect();
            }
        }
        RETRY_INFO => {
            if let Ok(info) = pb::RetryInfo::decode(detail.value.as_slice()) {
                let span = info.retry_delay.unwrap_or_default();
                error.retry_after = Some(span.try_into().unwrap_or_default());
            }
        }
        _ => {}
    }
}

/// The reason of a failure that gives none.
const fn default_reason(kind: Kind) -> &'static str {
    match kind {
        Kind::InvalidArgument => reason::INVALID_ARGUMENT,
        Kind::Unauthenticated => reason::UNAUTHENTICATED,
        Kind::PermissionDenied => reason::PERMISSION_DENIED,
        Kind::DeadlineExceeded => reason::DEADLINE_EXCEEDED,
        Kind::ResourceExhausted => reason::OVERLOADED,
        Kind::Unavailable => reason::UNAVAILABLE,
        Kind::Unimplemented => reason::METHOD_NOT_FOUND,
        kind => match kind {
            Kind::Internal => reason::INTERNAL,
            other => other.as_str(),
        },
    }
}

/// The code of a kind.
const fn code_of(kind: Kind) -> Code {
    match kind {
        Kind::InvalidArgument => Code::InvalidArgument,
        Kind::NotFound => Code::NotFound,
        Kind::AlreadyExists => Code::AlreadyExists,
        Kind::PermissionDenied => Code::PermissionDenied,
        Kind::Unauthenticated => Code::Unauthenticated,
        Kind::FailedPrecondition => Code::FailedPrecondition,
        Kind::Aborted => Code::Aborted,
        Kind::ResourceExhausted => Code::ResourceExhausted,
        Kind::Unavailable => Code::Unavailable,
        Kind::DeadlineExceeded => Code::DeadlineExceeded,
        Kind::Cancelled => Code::Cancelled,
        Kind::Unimplemented => Code::Unimplemented,
        Kind::OutOfRange => Code::OutOfRange,
        Kind::Internal => Code::Internal,
        Kind::DataLoss => Code::DataLoss,
    }
}

/// The kind of a code; what says nothing is a mistake of somebody's.
const fn kind_of(code: Code) -> Kind {
    match code {
        Code::InvalidArgument => Kind::InvalidArgument,
        Code::NotFound => Kind::NotFound,
        Code::AlreadyExists => Kind::AlreadyExists,
        Code::PermissionDenied => Kind::PermissionDenied,
        Code::Unauthenticated => Kind::Unauthenticated,
        Code::FailedPrecondition => Kind::FailedPrecondition,
        Code::Aborted => Kind::Aborted,
        Code::ResourceExhausted => Kind::ResourceExhausted,
        Code::Unavailable => Kind::Unavailable,
        Code::DeadlineExceeded => Kind::DeadlineExceeded,
        Code::Cancelled => Kind::Cancelled,
        Code::Unimplemented => Kind::Unimplemented,
        Code::OutOfRange => Kind::OutOfRange,
        Code::DataLoss => Kind::DataLoss,
        Code::Internal | Code::Unknown | Code::Ok => Kind::Internal,
    }
}

/// Logs a failure, once, where it leaves this process's hands. What the caller did wrong is his to read;
/// what we did wrong is ours.
pub(crate) fn log(error: &Error) {
    let (kind, reason, cause) = (error.kind.as_str(), &error.reason, error.causes());
    match error.kind {
        Kind::Internal | Kind::DataLoss | Kind::Unavailable => tracing::error!(
            error.kind = kind,
            error.reason = %reason,
            error.message = %error.message,
            error.cause = %cause,
            "call failed"
        ),
        Kind::DeadlineExceeded | Kind::ResourceExhausted => tracing::warn!(
            error.kind = kind,
            error.reason = %reason,
            error.message = %error.message,
            error.cause = %cause,
            "call not answered"
        ),
        _ => tracing::debug!(
            error.kind = kind,
            error.reason = %reason,
            error.message = %error.message,
            error.cause = %cause,
            "call refused"
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// What another process reads of an error: everything but the cause.
    #[test]
    fn an_error_survives_the_wire_without_its_cause() {
        for kind in Kind::ALL {
            let error = Error::new(kind, "OUT_OF_STOCK", "2 left, 100 %\n\u{e9}")
                .field("lines[0].sku", "RULE", "must exist")
                .meta("sku", "MUG")
                .retry(Duration::from_millis(1_500))
                .caused_by(std::io::Error::other("secret path"));
            let response: Response<Body> = of_error(error.clone()).into_http();
            let text = format!("{:?}", response.headers());
            assert!(!text.contains("secret"), "{text}");
            let status = Status::from_header_map(response.headers());
            let back = status.as_ref().map(decode);
            assert_eq!(back.as_ref(), Some(&error));
            assert_eq!(back.map(|error| error.causes()).unwrap_or_default(), "");
        }
    }

    /// Somebody who sends two thousand bad lines hears of the first of them, and how many more there are.
    #[test]
    fn an_answer_fits_into_the_headers_that_clients_take() {
        let long = "\u{e9}".repeat(5_000);
        let error = Error::new(Kind::InvalidArgument, "INVALID_ARGUMENT", long.clone());
        let error = (0..2_000).fold(error.meta("sku", &long), |error, at| {
            error.field(
                format!("lines[{at}].sku"),
                "string.pattern",
                "must be a sku",
            )
        });
        let response: Response<Body> = of_error(error).into_http();
        let headers = response.headers().iter();
        let size: usize = headers
            .map(|(name, value)| name.as_str().len() + value.len() + 32)
            .sum();
        assert!(size < 8 * 1024, "{size}");
        let status = Status::from_header_map(response.headers());
        let back = status.as_ref().map(decode);
        let (violations, metadata) = back
            .map(|back| (back.violations.clone(), back.metadata.clone()))
            .unwrap_or_default();
        let left_out = metadata.get(LEFT_OUT).and_then(|left| left.parse().ok());
        assert!(violations.len() > 20, "{violations:?}");
        assert_eq!(left_out, Some(2_000 - violations.len()));
    }

    #[test]
    fn within_the_process_the_cause_goes_along() {
        let status = of_error(Error::internal(std::io::Error::other("disk full")));
        assert_eq!(to_error(&status).causes(), "disk full");
        assert_eq!(status.message(), "internal error");
    }
}
