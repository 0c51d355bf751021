//! Calls an RPC of the mounted routes in this process, with messages as bytes: no socket, no generated client.

use std::convert::Infallible;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use http::header::{CONTENT_TYPE, TE};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use http_body_util::{BodyExt, Full};
use stoa_errors::Error;
use stoa_rpc::status::to_error;
use stoa_rpc::trailers::{REQUEST_ID, TRACEPARENT};
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Response, Status, Streaming};
use tower::{Service, ServiceExt};

/// The bytes of a frame's head.
const HEAD: usize = 5;

/// What the routes of this process are to the edge.
pub(crate) trait Serve:
    Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> Serve for S where
    S: Service<
            http::Request<Body>,
            Response = http::Response<Body>,
            Error = Infallible,
            Future: Send,
        > + Clone
        + Send
        + Sync
        + 'static
{
}

/// What a call with one answer gave.
#[derive(Debug)]
pub(crate) struct Called {
    pub(crate) message: Bytes,
    /// Of the last frame, which says under which ids the call was served.
    pub(crate) metadata: HeaderMap,
}

/// Calls a unary RPC. The frames are made and read here: a client of tonic's would do the same with buffers and streams that
/// one whole message does not need.
pub(crate) async fn unary(
    routes: impl Serve,
    path: PathAndQuery,
    metadata: HeaderMap,
    message: &[u8],
) -> Result<Called, Status> {
    let request = http_request(path, metadata, framed(message)?);
    let response = match routes.oneshot(request).await {
        Ok(response) => response,
        Err(impossible) => match impossible {},
    };
    let (head, mut body) = response.into_parts();
    refused(&head.headers)?;
    let mut last = HeaderMap::new();
    let mut frames = Bytes::new();
    while let Some(frame) = body.frame().await {
        match frame?.into_data() {
            Ok(data) if frames.is_empty() => frames = data,
            Ok(data) => frames = [frames, data].concat().into(),
            Err(other) => last = other.into_trailers().unwrap_or_default(),
        }
    }
    refused(&last)?;
    let message = unframed(frames).ok_or_else(|| unreadable("its message is not whole"))?;
    Ok(Called {
        message,
        metadata: last,
    })
}

/// The request that a client of gRPC would send.
fn http_request(path: PathAndQuery, metadata: HeaderMap, frame: Bytes) -> http::Request<Body> {
    let mut request = http::Request::new(Body::new(Full::new(frame)));
    *request.method_mut() = http::Method::POST;
    *request.version_mut() = http::Version::HTTP_2;
    *request.uri_mut() = Uri::from(path);
    let headers = request.headers_mut();
    *headers = metadata;
    headers.insert(TE, HeaderValue::from_static("trailers"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    request
}

/// A message behind the five bytes of its frame: not compressed, so long.
fn framed(message: &[u8]) -> Result<Bytes, Status> {
    let length = u32::try_from(message.len()).map_err(|_| unreadable("the request is too long"))?;
    let mut frame = BytesMut::with_capacity(message.len().saturating_add(HEAD));
    frame.put_u8(0);
    frame.put_u32(length);
    frame.put_slice(message);
    Ok(frame.freeze())
}

/// The message of the only frame.
fn unframed(mut frames: Bytes) -> Option<Bytes> {
    if frames.len() < HEAD || frames.get_u8() != 0 {
        return None;
    }
    let length = usize::try_from(frames.get_u32()).ok()?;
    (frames.len() == length).then_some(frames)
}

/// The failure that a head or a last frame says.
fn refused(metadata: &HeaderMap) -> Result<(), Status> {
    let is_failure = metadata
        .get(Status::GRPC_STATUS)
        .is_some_and(|code| Code::from_bytes(code.as_bytes()) != Code::Ok);
    if is_failure && let Some(status) = Status::from_header_map(metadata) {
        return Err(status);
    }
    Ok(())
}

/// Nothing of this process answers so.
fn unreadable(what: &'static str) -> Status {
    stoa_rpc::status::of_error(Error::internal(format!("a call in the process: {what}")))
}

/// Calls an RPC that answers with a stream.
pub(crate) async fn stream(
    routes: impl Serve,
    path: PathAndQuery,
    metadata: HeaderMap,
    message: Bytes,
) -> Result<Response<Streaming<Bytes>>, Status> {
    // What a service of this process answers has no limit here: it has its own.
    let mut client = Grpc::new(routes).max_decoding_message_size(usize::MAX);
    match client.ready().await {
        Ok(()) => {}
        Err(impossible) => match impossible {},
    }
    let metadata = MetadataMap::from_headers(metadata);
    let request = Request::from_parts(metadata, tonic::Extensions::default(), message);
    client.server_streaming(request, path, Raw).await
}

/// The error of a status; its ids are taken over.
pub(crate) fn failed(status: &Status, ids: &mut Ids) -> Error {
    ids.take_over(status.metadata().as_ref());
    to_error(status)
}

/// Under which ids a call is served: on every answer.
#[derive(Debug)]
pub(crate) struct Ids {
    /// The caller's or a new one, and then the one that the RPC names.
    pub(crate) request: String,
    /// The trace of the RPC, once there was one.
    pub(crate) trace: Option<HeaderValue>,
}

impl Ids {
    /// Those that an RPC names in its answer.
    pub(crate) fn take_over(&mut self, metadata: &HeaderMap) {
        let id = |name: &HeaderName| metadata.get(name)?.to_str().ok();
        if let Some(id) = id(&REQUEST_ID) {
            id.clone_into(&mut self.request);
        }
        self.trace = metadata.get(&TRACEPARENT).cloned();
    }
}

/// Hands bytes through: the message is built and read by reflection, outside the call.
#[derive(Debug, Clone, Copy)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Raw;
    type Decoder = Raw;

    fn encoder(&mut self) -> Raw {
        Raw
    }

    fn decoder(&mut self) -> Raw {
        Raw
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
