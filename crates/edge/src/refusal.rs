//! What the edge itself refuses, before any RPC is called.

use http::{HeaderValue, Method, StatusCode};
use stoa_errors::{Error, FieldViolation, Kind};

/// The reasons that the edge gives itself; each is a value of `stoa.ops.v1.ErrorReason`.
pub(crate) mod reason {
    /// Not JSON, a wrong type, an unknown field.
    pub(crate) const MALFORMED: &str = "MALFORMED";
    /// Larger than [`crate::MESSAGE_LIMIT`].
    pub(crate) const MESSAGE_TOO_LARGE: &str = "MESSAGE_TOO_LARGE";
    /// No binding has this path.
    pub(crate) const METHOD_NOT_FOUND: &str = "METHOD_NOT_FOUND";
    /// The path exists with other methods.
    pub(crate) const METHOD_NOT_ALLOWED: &str = "METHOD_NOT_ALLOWED";
    /// Every one of them, for the test that finds each in the contract.
    #[cfg(test)]
    pub(crate) const ALL: [&str; 4] = [
        MALFORMED,
        MESSAGE_TOO_LARGE,
        METHOD_NOT_FOUND,
        METHOD_NOT_ALLOWED,
    ];
}

/// The names of the rules that the edge finds broken, beside those of the contract.
pub(crate) mod rule {
    /// The request has no such field.
    pub(crate) const UNKNOWN_FIELD: &str = "UNKNOWN_FIELD";
    /// The value is not of the field's type.
    pub(crate) const WRONG_TYPE: &str = "WRONG_TYPE";
    /// The field is given more than once, and the values differ or only one may be.
    pub(crate) const GIVEN_TWICE: &str = "GIVEN_TWICE";
    /// The text is not percent-encoded UTF-8.
    pub(crate) const BAD_ENCODING: &str = "BAD_ENCODING";
    /// The body is not JSON.
    pub(crate) const NOT_JSON: &str = "NOT_JSON";
}

/// An error on its way to a problem document.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) error: Error,
    /// Where HTTP has a finer status than the error's kind.
    pub(crate) status: Option<StatusCode>,
    /// The methods of a path that exists with others.
    pub(crate) allow: Option<HeaderValue>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let status =
            (error.reason == reason::MESSAGE_TOO_LARGE).then_some(StatusCode::PAYLOAD_TOO_LARGE);
        Self {
            error,
            status,
            allow: None,
        }
    }
}

/// Several violations of one request; the public text is that of the first.
pub(crate) fn malformed(violations: Vec<FieldViolation>) -> Error {
    let message = match violations.as_slice() {
        [] => "the request cannot be read".to_owned(),
        [only] => format!("{}: {}", only.field, only.description),
        [first, rest @ ..] => format!(
            "{}: {} (and {} more)",
            first.field,
            first.description,
            rest.len()
        ),
    };
    let mut error = Error::new(Kind::InvalidArgument, reason::MALFORMED, message);
    error.violations = violations;
    error
}

/// One broken rule.
pub(crate) fn violation(
    field: impl Into<String>,
    rule: &str,
    description: impl Into<String>,
) -> FieldViolation {
    FieldViolation {
        field: field.into(),
        reason: rule.to_owned(),
        description: description.into(),
    }
}

/// A request with one fault.
pub(crate) fn fault(field: impl Into<String>, rule: &str, description: impl Into<String>) -> Error {
    malformed(vec![violation(field, rule, description)])
}

/// The message is larger than what is read.
pub(crate) fn too_large() -> Refusal {
    let text = format!(
        "the request is larger than {} MiB",
        crate::MESSAGE_LIMIT / 1024 / 1024
    );
    Error::new(Kind::OutOfRange, reason::MESSAGE_TOO_LARGE, text).into()
}

/// No such path.
pub(crate) fn no_such_path(path: &str) -> Refusal {
    let text = format!("there is no {path}; /openapi.json lists what there is");
    Error::new(Kind::NotFound, reason::METHOD_NOT_FOUND, text).into()
}

/// The path exists with other methods.
pub(crate) fn other_methods(method: &Method, path: &str, methods: &[Method]) -> Refusal {
    let allow = allow(methods);
    let text = format!("{path} has no {method}");
    let error = Error::new(Kind::Unimplemented, reason::METHOD_NOT_ALLOWED, text);
    Refusal {
        error,
        status: Some(StatusCode::METHOD_NOT_ALLOWED),
        allow,
    }
}

/// The body is of a type that is not read.
pub(crate) fn not_json(found: &str) -> Refusal {
    let text = format!("content-type is {found:?}; send application/json");
    Refusal {
        error: fault("content-type", rule::NOT_JSON, text),
        status: Some(StatusCode::UNSUPPORTED_MEDIA_TYPE),
        allow: None,
    }
}

/// The value of an `Allow` header.
pub(crate) fn allow(methods: &[Method]) -> Option<HeaderValue> {
    let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    HeaderValue::from_str(&names.join(", ")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_stands_in_the_contract() {
        let reasons = stoa_api::pool().get_enum_by_name("stoa.ops.v1.ErrorReason");
        for name in reason::ALL {
            let value = format!("ERROR_REASON_{name}");
            let found = reasons.as_ref().and_then(|it| it.get_value_by_name(&value));
            assert!(found.is_some(), "{name}");
        }
    }
}
