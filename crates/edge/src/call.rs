//! Calls an RPC of the mounted routes in this process, with messages as bytes: no socket, no generated client.

use bytes::{Buf, BufMut, Bytes};
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue};
use stoa_errors::Error;
use stoa_rpc::status::to_error;
use stoa_rpc::trailers::{REQUEST_ID, TRACEPARENT};
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataMap;
use tonic::service::Routes;
use tonic::{Request, Response, Status, Streaming};

/// Calls a unary RPC.
pub(crate) async fn unary(
    routes: Routes,
    path: PathAndQuery,
    metadata: MetadataMap,
    message: Bytes,
) -> Result<Response<Bytes>, Status> {
    let mut client = ready(routes).await?;
    client.unary(request(metadata, message), path, Raw).await
}

/// Calls an RPC that answers with a stream.
pub(crate) async fn stream(
    routes: Routes,
    path: PathAndQuery,
    metadata: MetadataMap,
    message: Bytes,
) -> Result<Response<Streaming<Bytes>>, Status> {
    let mut client = ready(routes).await?;
    client
        .server_streaming(request(metadata, message), path, Raw)
        .await
}

/// A client over the routes. What a service of this process answers has no limit here: it has its own.
async fn ready(routes: Routes) -> Result<Grpc<Routes>, Status> {
    let mut client = Grpc::new(routes).max_decoding_message_size(usize::MAX);
    match client.ready().await {
        Ok(()) => Ok(client),
        Err(impossible) => match impossible {},
    }
}

fn request(metadata: MetadataMap, message: Bytes) -> Request<Bytes> {
    Request::from_parts(metadata, tonic::Extensions::default(), message)
}

/// The error of a status; its ids are taken over.
pub(crate) fn failed(status: &Status, ids: &mut Ids) -> Error {
    ids.take_over(status.metadata());
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
    pub(crate) fn take_over(&mut self, metadata: &MetadataMap) {
        let text = |name: &HeaderName| metadata.get(name.as_str())?.to_str().ok();
        if let Some(id) = text(&REQUEST_ID) {
            id.clone_into(&mut self.request);
        }
        self.trace = text(&TRACEPARENT).and_then(|trace| HeaderValue::from_str(trace).ok());
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
