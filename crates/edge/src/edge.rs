//! One HTTP request through the edge: find the binding, build the message, call, answer.

use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_LENGTH, HeaderName, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use prost::Message;
use stoa_errors::{Error, Kind};
use stoa_rpc::trailers::TRACEPARENT;
use tower::{Layer, ServiceExt};

use crate::binding::{Binding, Body as BodyRule, Rpc};
use crate::call::{Ids, Serve};
use crate::pages::Pages;
use crate::refusal::{self, Refusal, rule};
use crate::stream::{self, Form};
use crate::table::{Found, Table};
use crate::template::Capture;
use crate::writer::Writer;
use crate::{MESSAGE_LIMIT, answer, call, document, headers, problem, request};

/// Everything that a request needs; shared by all.
pub(crate) struct Edge<S> {
    pub(crate) routes: S,
    pub(crate) table: Table,
    pub(crate) writer: Writer,
    pub(crate) document: Bytes,
    pub(crate) pages: Pages,
    pub(crate) ids: Arc<dyn stoa_types::Ids>,
}

/// Every request that the router gets.
pub(crate) async fn handle<S: Serve>(
    State(edge): State<Arc<Edge<S>>>,
    request: Request,
) -> Response {
    if headers::is_grpc(request.headers()) {
        return edge.grpc_web(request).await;
    }
    let mut ids = Ids {
        request: headers::request_id(request.headers(), edge.ids.as_ref()),
        trace: None,
    };
    let is_head = request.method() == Method::HEAD;
    let mut response = match edge.serve(request, &mut ids).await {
        Ok(response) => response,
        Err(refusal) => problem::response(&refusal, &ids.request),
    };
    if is_head {
        *response.body_mut() = Body::empty();
    }
    finish(&mut response, ids);
    response
}

/// What every answer carries.
fn finish(response: &mut Response, ids: Ids) {
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&ids.request) {
        headers.insert(&headers::REQUEST_ID, value);
    }
    if let Some(trace) = ids.trace {
        headers.insert(&TRACEPARENT, trace);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

impl<S: Serve> Edge<S> {
    /// gRPC-Web, and gRPC itself over HTTP/2, go to the routes as they are.
    async fn grpc_web(&self, request: Request) -> Response {
        let service = tonic_web::GrpcWebLayer::new().layer(self.routes.clone());
        match service.oneshot(request.map(tonic::body::Body::new)).await {
            Ok(response) => response.map(Body::new),
            Err(impossible) => match impossible {},
        }
    }

    /// `ids` become those under which the RPC was served, if it says so.
    async fn serve(&self, request: Request, ids: &mut Ids) -> Result<Response, Refusal> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path();
        let document = document::serve(&self.document, &parts.method, path);
        if let Some(found) = document.or_else(|| self.pages.serve(&parts.method, path)) {
            return found;
        }
        let (binding, captures) = match self.table.find(&parts.method, path) {
            Found::Binding(binding, captures) => (binding, captures),
            Found::OtherMethods(methods) if parts.method == Method::OPTIONS => {
                return Ok(options(&methods));
            }
            Found::OtherMethods(methods) => {
                return Err(refusal::other_methods(&parts.method, path, &methods));
            }
            Found::Nothing => return Err(refusal::no_such_path(path)),
        };
        let content = content(&parts.headers, binding, body).await?;
        let message = message(&parts, binding, &captures, &content)?;
        let metadata = headers::metadata(&parts.headers, &ids.request);
        let outcome = match binding.rpc.descriptor.is_server_streaming() {
            true => {
                self.stream(&binding.rpc, metadata, message, &parts.headers, ids)
                    .await
            }
            false => {
                self.unary(
                    &binding.rpc,
                    metadata,
                    message,
                    &parts.headers,
                    &parts.method,
                    ids,
                )
                .await
            }
        };
        outcome.map_err(|refusal| precondition(refusal, &parts.headers))
    }

    async fn unary(
        &self,
        rpc: &Rpc,
        metadata: HeaderMap,
        message: Vec<u8>,
        asked: &HeaderMap,
        method: &Method,
        ids: &mut Ids,
    ) -> Result<Response, Refusal> {
        let called = call::unary(self.routes.clone(), rpc.path.clone(), metadata, &message).await;
        let called = called.map_err(|status| call::failed(&status, ids))?;
        ids.take_over(&called.metadata);
        let message = called.message;
        Ok(answer::unary(&self.writer, rpc, method, asked, message)?)
    }

    async fn stream(
        &self,
        rpc: &Rpc,
        metadata: HeaderMap,
        message: Vec<u8>,
        asked: &HeaderMap,
        ids: &mut Ids,
    ) -> Result<Response, Refusal> {
        let (routes, message) = (self.routes.clone(), Bytes::from(message));
        let called = call::stream(routes, rpc.path.clone(), metadata, message).await;
        let messages = called
            .map_err(|status| call::failed(&status, ids))?
            .into_inner();
        let form = if headers::wants_events(asked) {
            Form::Events
        } else {
            Form::Lines
        };
        Ok(stream::response(
            form,
            rpc.descriptor.output(),
            messages,
            ids.request.clone(),
        ))
    }
}

/// The bytes of the message that the RPC takes.
fn message(
    parts: &Parts,
    binding: &Binding,
    captures: &[Capture<'_, '_>],
    content: &Bytes,
) -> Result<Vec<u8>, Error> {
    let is_read = parts.method == Method::GET || parts.method == Method::HEAD;
    let query = parts.uri.query();
    if is_read
        && query.is_none()
        && content.is_empty()
        && let Some(message) = request::of_path(binding, captures)
    {
        return Ok(message);
    }
    let mut message = request::message(binding, captures, query, content)?;
    conditional(&parts.headers, &parts.method, &binding.rpc, &mut message)?;
    Ok(message.encode_to_vec())
}

/// The methods of a path.
fn options(methods: &[Method]) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if let Some(allow) = refusal::allow(methods) {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}

/// How much is still read of a body that is too large: a connection that is closed on somebody who sends loses the answer.
const DRAINED: usize = 2 * MESSAGE_LIMIT;

/// The body, whole. What is too large is refused; what is very much too large, before it is read, where its length is told.
async fn content(asked: &HeaderMap, binding: &Binding, mut body: Body) -> Result<Bytes, Refusal> {
    let length = asked
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > DRAINED) {
        return Err(refusal::too_large());
    }
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let content = match Limited::new(&mut body, MESSAGE_LIMIT).collect().await {
        Ok(content) => content.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            let mut rest = Limited::new(body, DRAINED);
            while let Some(Ok(_)) = rest.frame().await {}
            return Err(refusal::too_large());
        }
        // Whoever sent it is gone or broke its framing; nobody waits for a better word.
        Err(_) => {
            return Err(refusal::fault("body", rule::NOT_JSON, "ended before it was whole").into());
        }
    };
    let is_read = !content.is_empty() && !matches!(binding.body, BodyRule::None);
    if is_read && !headers::is_json(asked) {
        return Err(refusal::not_json(headers::content_type(asked)));
    }
    Ok(content)
}

/// `If-Match` becomes the request's etag. Where a request has none, a condition that nobody would check is refused.
fn conditional(
    asked: &HeaderMap,
    method: &Method,
    rpc: &Rpc,
    message: &mut prost_reflect::DynamicMessage,
) -> Result<(), Error> {
    let Some(etag) = headers::if_match(asked) else {
        return Ok(());
    };
    if method == Method::GET || method == Method::HEAD {
        return Ok(());
    }
    if request::put_etag(message, rpc.request_etag.as_deref(), etag)? {
        return Ok(());
    }
    let name = HeaderName::from_static("if-match");
    Err(refusal::fault(
        name.as_str(),
        rule::UNKNOWN_FIELD,
        "this call has no etag to compare with",
    ))
}

/// An etag that came as `If-Match` and does not hold is HTTP's 412; one in the body stays a conflict.
fn precondition(mut refusal: Refusal, asked: &HeaderMap) -> Refusal {
    let mismatch = refusal.error.kind == Kind::Aborted && refusal.error.reason == "ETAG_MISMATCH";
    if mismatch && headers::if_match(asked).is_some() {
        refusal.status = Some(StatusCode::PRECONDITION_FAILED);
    }
    refusal
}
