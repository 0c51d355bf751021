//! The endpoints.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use stoa_types::Currency;
use tokio_util::sync::CancellationToken;

use crate::books::Books;
use crate::operation::{Kind, State as OperationState};
use crate::request::{Answer, Command, Delivery, Request};
use crate::wire::{Body, OperationJson, Problem};

const REFERENCE_MAX: usize = 128;
const LIST_MAX: i64 = 1_000;

/// What a handler needs.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) books: Books,
    /// The answer of `GET /v1/capabilities`.
    pub(crate) capabilities: Value,
    /// How late a slow answer comes.
    pub(crate) slow: Duration,
    /// Ends the requests that are never answered.
    pub(crate) shutdown: CancellationToken,
}

/// All endpoints.
pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route("/v1/authorizations", post(authorize))
        .route("/v1/authorizations/{id}/captures", post(capture))
        .route("/v1/authorizations/{id}/voids", post(void))
        .route("/v1/captures/{id}/refunds", post(refund))
        .route("/v1/credits", post(credit))
        .route("/v1/operations/by-reference/{reference}", get(by_reference))
        .route("/v1/operations", get(list))
        .route("/v1/balances", get(balances))
        .route("/v1/capabilities", get(capabilities))
        .with_state(app)
}

async fn authorize(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Reply {
    app.operate(Kind::Authorization, None, &headers, &body)
        .await
}

async fn credit(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Reply {
    app.operate(Kind::Credit, None, &headers, &body).await
}

async fn capture(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Reply {
    app.operate(Kind::Capture, Some(id), &headers, &body).await
}

async fn void(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Reply {
    app.operate(Kind::Void, Some(id), &headers, &body).await
}

async fn refund(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Reply {
    app.operate(Kind::Refund, Some(id), &headers, &body).await
}

async fn by_reference(State(app): State<App>, Path(reference): Path<String>) -> Reply {
    app.books.settle().await?;
    match app.books.by_reference(&reference).await? {
        Some(operation) => {
            Ok(Json(json!({ "operation": OperationJson::from(operation) })).into_response())
        }
        None => Err(Problem::not_found("no operation with this reference")),
    }
}

#[derive(Deserialize)]
struct ListQuery {
    #[serde(default)]
    after: i64,
    limit: Option<i64>,
}

async fn list(State(app): State<App>, Query(query): Query<ListQuery>) -> Reply {
    app.books.settle().await?;
    let limit = query.limit.unwrap_or(LIST_MAX).clamp(1, LIST_MAX);
    let last = app.books.last_position().await?;
    let operations: Vec<OperationJson> = app
        .books
        .list(query.after, limit)
        .await?
        .into_iter()
        .map(OperationJson::from)
        .collect();
    Ok(Json(json!({ "operations": operations, "last_position": last })).into_response())
}

async fn balances(State(app): State<App>) -> Reply {
    app.books.settle().await?;
    let balances = app.books.balances().await?;
    Ok(Json(json!({ "balances": balances })).into_response())
}

async fn capabilities(State(app): State<App>) -> Json<Value> {
    Json(app.capabilities)
}

type Reply = Result<Response, Problem>;

impl App {
    async fn operate(
        &self,
        kind: Kind,
        parent: Option<String>,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Reply {
        let request = self.read(kind, parent, headers, body)?;
        match self.books.submit(Command::Request(request)).await? {
            Answer::Refused(refusal) => Err(refusal.into()),
            Answer::Lost => self.never().await,
            Answer::Settled => Err(Problem::not_found("no such operation")),
            Answer::Stands {
                operation,
                delivery,
                replayed,
            } => {
                match delivery {
                    Delivery::Now => {}
                    Delivery::Late => tokio::time::sleep(self.slow).await,
                    Delivery::Never => return self.never().await,
                }
                if operation.state == OperationState::Declined {
                    return Err(Problem::declined(*operation));
                }
                let status = if replayed {
                    StatusCode::OK
                } else {
                    StatusCode::CREATED
                };
                let body = json!({ "operation": OperationJson::from(*operation) });
                Ok((status, Json(body)).into_response())
            }
        }
    }

    /// Holds the connection until the caller gives up or the provider stops.
    async fn never(&self) -> Reply {
        self.shutdown.cancelled().await;
        Err(Problem::bad("stopping", "the provider stops"))
    }

    fn read(
        &self,
        kind: Kind,
        parent: Option<String>,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Request, Problem> {
        let key = headers
            .get("idempotency-key")
            .and_then(|value| value.to_str().ok())
            .filter(|key| !key.is_empty() && key.len() <= REFERENCE_MAX)
            .ok_or_else(|| Problem::bad("key_required", "send an Idempotency-Key"))?
            .to_owned();
        let body: Body = serde_json::from_slice(body)
            .map_err(|error| Problem::bad("unreadable", error.to_string()))?;
        check(kind, &body)?;
        let fingerprint = Sha256::new()
            .chain_update(kind.name())
            .chain_update([0])
            .chain_update(parent.as_deref().unwrap_or_default())
            .chain_update([0])
            .chain_update(serde_json::to_vec(&body).unwrap_or_default())
            .finalize()
            .into();
        Ok(Request {
            id: self.books.new_id(kind),
            kind,
            key,
            fingerprint,
            reference: body.reference,
            parent,
            token: body.token,
            amount: body.amount_minor,
            currency: body.currency,
        })
    }
}

fn check(kind: Kind, body: &Body) -> Result<(), Problem> {
    if body.reference.is_empty() || body.reference.len() > REFERENCE_MAX {
        return Err(Problem::bad("reference", "1 to 128 characters"));
    }
    match body.amount_minor {
        Some(amount) if amount <= 0 => return Err(Problem::bad("amount", "must be above 0")),
        None if kind != Kind::Void => return Err(Problem::bad("amount", "is needed")),
        _ => {}
    }
    let first = matches!(kind, Kind::Authorization | Kind::Credit);
    if first && body.token.is_none() {
        return Err(Problem::bad("token", "is needed"));
    }
    match &body.currency {
        Some(code) if Currency::parse(code).is_err() => {
            Err(Problem::bad("currency", "an ISO 4217 code"))
        }
        None if first => Err(Problem::bad("currency", "is needed")),
        _ => Ok(()),
    }
}
