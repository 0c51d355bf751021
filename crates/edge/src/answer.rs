//! From what an RPC answered to an HTTP answer: JSON, an etag, the request id.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use prost_reflect::{DynamicMessage, MessageDescriptor, SerializeOptions};
use stoa_errors::Error;

use crate::binding::Rpc;
use crate::headers;
use crate::writer::{self, Writer};

/// Headers of an answer, those that every one has among them.
const HEADERS: usize = 6;

/// The answer of a unary call.
pub(crate) fn unary(
    writer: &Writer,
    rpc: &Rpc,
    method: &Method,
    asked: &HeaderMap,
    message: Bytes,
) -> Result<Response, Error> {
    let etag = rpc
        .response_etag
        .as_deref()
        .map(|fields| writer::text_at(&message, fields))
        .unwrap_or_default();
    let mut response = Response::new(Body::empty());
    *response.headers_mut() = HeaderMap::with_capacity(HEADERS);
    if let Ok(value) = HeaderValue::from_str(&format!("\"{etag}\""))
        && !etag.is_empty()
    {
        response.headers_mut().insert(ETAG, value);
    }
    let is_read = method == Method::GET || method == Method::HEAD;
    if is_read && headers::none_match(asked, &etag) && !etag.is_empty() {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    *response.body_mut() = Body::from(body(writer, rpc.descriptor.output(), message)?);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The JSON of an answer, by the shortest way that there is.
fn body(writer: &Writer, descriptor: MessageDescriptor, message: Bytes) -> Result<Vec<u8>, Error> {
    match writer.json(&descriptor, &message) {
        Some(text) => Ok(text),
        None => json(&decode(descriptor, message)?),
    }
}

/// Reads a message by its descriptor; the routes and the descriptor come from one contract, so it can.
pub(crate) fn decode(
    descriptor: MessageDescriptor,
    message: Bytes,
) -> Result<DynamicMessage, Error> {
    DynamicMessage::decode(descriptor, message).map_err(Error::internal)
}

/// The proto3 JSON of a message: names in lower camel case, 64-bit numbers as text, enums by name, defaults left out.
pub(crate) fn json(message: &DynamicMessage) -> Result<Vec<u8>, Error> {
    let mut text = Vec::with_capacity(256);
    let mut serializer = serde_json::Serializer::new(&mut text);
    message
        .serialize_with_options(&mut serializer, &SerializeOptions::new())
        .map_err(Error::internal)?;
    Ok(text)
}
