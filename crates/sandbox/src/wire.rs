//! The provider's JSON: bodies, answers and errors.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use stoa_errors::Error;
use stoa_store::StoreError;

use crate::operation::{Kind, Operation, State};
use crate::request::Refusal;

/// The body of every POST; which fields a request needs stands with its endpoint.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// The merchant's reference, 1 to 128 characters, unique for good.
    pub(crate) reference: String,
    /// What pays or is paid: authorisations and credits.
    pub(crate) token: Option<String>,
    /// Minor units, above 0; a void without one takes all that is left.
    pub(crate) amount_minor: Option<i64>,
    /// ISO 4217; authorisations and credits, elsewhere it must equal the parent's if given.
    pub(crate) currency: Option<String>,
}

/// An operation as the provider shows it.
#[derive(Debug, Serialize)]
pub(crate) struct OperationJson {
    id: String,
    position: Option<i64>,
    kind: Kind,
    reference: String,
    parent: Option<String>,
    amount_minor: i64,
    currency: String,
    state: State,
    code: String,
    captured_minor: i64,
    voided_minor: i64,
    refunded_minor: i64,
    created_at_us: i64,
    effective_at_us: i64,
}

impl From<Operation> for OperationJson {
    fn from(op: Operation) -> Self {
        Self {
            id: op.id,
            position: op.position,
            kind: op.kind,
            reference: op.reference,
            parent: op.parent,
            amount_minor: op.amount,
            currency: op.currency,
            state: op.state,
            code: op.code,
            captured_minor: op.captured,
            voided_minor: op.voided,
            refunded_minor: op.refunded,
            created_at_us: op.created_at.micros(),
            effective_at_us: op.effective_at.micros(),
        }
    }
}

/// Why a request was not answered with what it asked for.
pub(crate) struct Problem {
    status: StatusCode,
    code: String,
    message: String,
    operation: Option<Box<OperationJson>>,
}

impl Problem {
    /// A request that the provider cannot read.
    pub(crate) fn bad(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(crate) fn not_found(message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// An operation that was declined for good.
    pub(crate) fn declined(operation: Operation) -> Self {
        let code = operation.code.clone();
        Self {
            operation: Some(Box::new(operation.into())),
            ..Self::new(
                StatusCode::PAYMENT_REQUIRED,
                &code,
                "the operation was declined",
            )
        }
    }

    fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.into(),
            operation: None,
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (status, code, message) = refusal.parts();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::new(status, code, message)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        tracing::warn!(error = ?error, "the provider's books did not answer");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "try again later",
        )
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::warn!(error = ?error, "the provider's books could not be read");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "try again later",
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "error": { "code": self.code, "message": self.message, "operation": self.operation }
        });
        (self.status, Json(body)).into_response()
    }
}
