//! `/openapi.json`: the document, made once from the contract.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};

use crate::refusal::{self, Refusal};

/// Where it stands.
const PATH: &str = "/openapi.json";

/// Answers when the path is the document's; `None` leaves the request to the bindings.
pub(crate) fn serve(
    document: &Bytes,
    method: &Method,
    path: &str,
) -> Option<Result<Response, Refusal>> {
    if path != PATH {
        return None;
    }
    let methods = [Method::GET, Method::HEAD, Method::OPTIONS];
    let mut response = Response::new(Body::empty());
    match method {
        &Method::GET | &Method::HEAD => *response.body_mut() = Body::from(document.clone()),
        &Method::OPTIONS => {
            *response.status_mut() = StatusCode::NO_CONTENT;
            if let Some(allow) = refusal::allow(&methods) {
                response.headers_mut().insert(ALLOW, allow);
            }
            return Some(Ok(response));
        }
        _ => return Some(Err(refusal::other_methods(method, path, &methods))),
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Some(Ok(response))
}
