//! The endpoints.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Json, Response};
use axum::routing::{get, post, put};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use stoa_types::Currency;
use tokio_util::sync::CancellationToken;

use crate::books::Books;
use crate::operation::{Kind, Operation, State as OperationState};
use crate::request::{Answer, Command, Delivery, Request};
use crate::webhook::{Teller, Webhook};
use crate::wire::{Body, Deed, OperationJson, Problem};

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
    /// Tells the merchant what nobody waits for.
    pub(crate) teller: Teller,
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
        .route("/v1/sales", post(sale))
        .route("/v1/credits", post(credit))
        .route("/actions/{id}", get(ask))
        .route("/actions/{id}/approve", post(approve))
        .route("/actions/{id}/refuse", post(refuse))
        .route("/v1/operations/by-reference/{reference}", get(by_reference))
        .route("/v1/operations", get(list))
        .route("/v1/webhook", put(set_webhook))
        .route("/v1/console/refunds", post(console_refund))
        .route("/v1/console/voids", post(console_void))
        .route("/v1/console/chargebacks", post(chargeback))
        .route("/v1/balances", get(balances))
        .route("/v1/capabilities", get(capabilities))
        .with_state(app)
}

async fn authorize(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Reply {
    app.operate(Kind::Authorization, None, &headers, &body)
        .await
}

async fn sale(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Reply {
    app.operate(Kind::Sale, None, &headers, &body).await
}

/// What the customer sees who was sent here.
async fn ask(Path(id): Path<String>) -> Html<String> {
    let id: String = id
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    Html(format!(
        "<!doctype html><title>Your bank</title><p>Is this you?</p>\
         <form method=post action=/actions/{id}/approve><button>Yes, pay</button></form>\
         <form method=post action=/actions/{id}/refuse><button>No</button></form>"
    ))
}

async fn approve(State(app): State<App>, Path(id): Path<String>) -> Reply {
    app.act(id, true).await
}

async fn refuse(State(app): State<App>, Path(id): Path<String>) -> Reply {
    app.act(id, false).await
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

/// The merchant says where he wants to hear of what happens.
async fn set_webhook(State(app): State<App>, Json(webhook): Json<Webhook>) -> Reply {
    app.books.set_webhook(webhook).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn console_refund(State(app): State<App>, headers: HeaderMap, body: Json<Deed>) -> Reply {
    app.console(Kind::Refund, false, &headers, body.0).await
}

async fn console_void(State(app): State<App>, headers: HeaderMap, body: Json<Deed>) -> Reply {
    app.console(Kind::Void, false, &headers, body.0).await
}

/// The customer's bank takes his money back.
async fn chargeback(State(app): State<App>, headers: HeaderMap, body: Json<Deed>) -> Reply {
    app.console(Kind::Refund, true, &headers, body.0).await
}

async fn by_reference(
    State(app): State<App>,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> Reply {
    app.books.settle().await?;
    match app.books.by_reference(&reference).await? {
        Some(operation) => {
            let operation = OperationJson::of(operation, host(&headers));
            Ok(Json(json!({ "operation": operation })).into_response())
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

async fn list(State(app): State<App>, headers: HeaderMap, Query(query): Query<ListQuery>) -> Reply {
    app.books.settle().await?;
    let limit = query.limit.unwrap_or(LIST_MAX).clamp(1, LIST_MAX);
    let last = app.books.last_position().await?;
    let operations: Vec<OperationJson> = app
        .books
        .list(query.after, limit)
        .await?
        .into_iter()
        .map(|operation| OperationJson::of(operation, host(&headers)))
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

/// The name under which the caller reached us: addresses for customers are made of it.
fn host(headers: &HeaderMap) -> &str {
    headers
        .get("host")
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost")
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
                    Delivery::Told => self.tell(&operation, 1).await?,
                    Delivery::TwiceTold => self.tell_later(&operation, 2),
                    Delivery::Late => tokio::time::sleep(self.slow).await,
                    Delivery::Never => return self.never().await,
                }
                if operation.state == OperationState::Declined {
                    return Err(Problem::declined(*operation, host(headers)));
                }
                let status = if operation.waits() {
                    StatusCode::ACCEPTED
                } else if replayed {
                    StatusCode::OK
                } else {
                    StatusCode::CREATED
                };
                let body = json!({ "operation": OperationJson::of(*operation, host(headers)) });
                Ok((status, Json(body)).into_response())
            }
        }
    }

    /// Does something by itself, and tells it.
    async fn console(
        &self,
        kind: Kind,
        chargeback: bool,
        headers: &HeaderMap,
        deed: Deed,
    ) -> Reply {
        if deed.amount_minor <= 0 {
            return Err(Problem::bad("amount", "must be above 0"));
        }
        let command = Command::Console {
            id: self.books.new_id(kind),
            kind,
            target: deed.reference,
            amount: deed.amount_minor,
            chargeback,
        };
        match self.books.submit(command).await? {
            Answer::Stands { operation, .. } if operation.state == OperationState::Declined => {
                Err(Problem::declined(*operation, host(headers)))
            }
            Answer::Stands { operation, .. } => {
                self.tell_later(&operation, 1);
                let body = json!({ "operation": OperationJson::of(*operation, host(headers)) });
                Ok((StatusCode::CREATED, Json(body)).into_response())
            }
            Answer::Refused(refusal) => Err(refusal.into()),
            Answer::Lost | Answer::Settled => Err(Problem::not_found("no such operation")),
        }
    }

    /// Tells the merchant of an operation, if he wants to hear.
    async fn tell(&self, operation: &Operation, times: u32) -> Result<(), Problem> {
        let Some(to) = self.books.webhook().await? else {
            return Ok(());
        };
        let event = format!("evt_{}", operation.id);
        for _ in 0..times {
            let now = self.books.now();
            self.teller
                .tell(&to, &event, &operation.reference, now, &self.shutdown)
                .await;
        }
        Ok(())
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a process of its own, without the chassis; who is told ends with it"
    )]
    fn tell_later(&self, operation: &Operation, times: u32) {
        let (this, operation) = (self.clone(), operation.clone());
        tokio::spawn(async move {
            if this.tell(&operation, times).await.is_err() {
                tracing::warn!("it cannot be read who wants to hear");
            }
        });
    }

    /// The customer has acted.
    async fn act(&self, id: String, approves: bool) -> Reply {
        self.books.settle().await?;
        match self.books.submit(Command::Act { id, approves }).await? {
            Answer::Refused(refusal) => Err(refusal.into()),
            Answer::Stands { operation, .. } => {
                self.tell_later(&operation, 1);
                let thanks = "<!doctype html><p>Thank you. You may go back to the shop.";
                Ok(Html(thanks).into_response())
            }
            Answer::Lost | Answer::Settled => Err(Problem::not_found("no such operation")),
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
    let first = matches!(kind, Kind::Authorization | Kind::Sale | Kind::Credit);
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
