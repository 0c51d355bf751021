//! The provider's JSON: bodies, answers and errors.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use stoa_errors::Error;
use stoa_store::StoreError;

use crate::operation::{CHARGEBACK, Operation};
use crate::request::Refusal;
use crate::token::{Behaviour, behaviour};

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

/// What somebody does in the provider's console, to the operation that has this reference.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deed {
    pub(crate) reference: String,
    /// Minor units, above 0.
    pub(crate) amount_minor: i64,
}

/// An operation as the provider shows it.
#[derive(Debug, Serialize)]
pub(crate) struct OperationJson {
    id: String,
    position: Option<i64>,
    kind: &'static str,
    reference: String,
    parent: Option<String>,
    /// The merchant's reference of the parent.
    parent_reference: Option<String>,
    amount_minor: i64,
    currency: String,
    /// `requires_action` while it waits for the customer.
    state: &'static str,
    code: String,
    captured_minor: i64,
    voided_minor: i64,
    refunded_minor: i64,
    created_at_us: i64,
    effective_at_us: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<ActionJson>,
}

/// What the customer must do.
#[derive(Debug, Serialize)]
struct ActionJson {
    kind: &'static str,
    url: Option<String>,
    expires_at_us: i64,
}

impl OperationJson {
    /// As shown to whoever reached us at `host`.
    pub(crate) fn of(op: Operation, host: &str) -> Self {
        let waits = op.waits();
        let in_app = behaviour(&op.token, op.kind) == Some(Behaviour::ActionInApp);
        let action = op.action_until.filter(|_| waits).map(|until| ActionJson {
            kind: if in_app { "in_app" } else { "redirect" },
            url: (!in_app).then(|| format!("http://{host}/actions/{}", op.id)),
            expires_at_us: until.micros(),
        });
        let kind = if op.is_chargeback() {
            CHARGEBACK
        } else {
            op.kind.name()
        };
        Self {
            action,
            id: op.id,
            position: op.position,
            kind,
            reference: op.reference,
            parent: op.parent,
            parent_reference: op.parent_reference,
            amount_minor: op.amount,
            currency: op.currency,
            state: if waits {
                "requires_action"
            } else {
                op.state.name()
            },
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
    pub(crate) fn declined(operation: Operation, host: &str) -> Self {
        let code = operation.code.clone();
        Self {
            operation: Some(Box::new(OperationJson::of(operation, host))),
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
