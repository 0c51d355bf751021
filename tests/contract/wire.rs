//! Calls whose message is bytes, for tests that know the RPC at run time alone.

use bytes::{Buf, BufMut, Bytes};
use http::uri::PathAndQuery;
use http_body::Body as HttpBody;
use stoa_api::Method;
use stoa_errors::FieldViolation;
use tonic::body::Body;
use tonic::client::{Grpc, GrpcService};
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataValue;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

/// What was refused, as it stood on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: Code,
    pub(crate) reason: String,
    pub(crate) domain: String,
    pub(crate) metadata: Box<[(String, String)]>,
    pub(crate) violations: Box<[FieldViolation]>,
    pub(crate) text: String,
}

impl Refusal {
    fn of(status: &Status) -> Self {
        let info = status.get_details_error_info();
        let mut metadata: Vec<_> = info.iter().flat_map(|info| info.metadata.clone()).collect();
        metadata.sort();
        Self {
            code: status.code(),
            reason: info
                .as_ref()
                .map_or_else(String::new, |info| info.reason.clone()),
            domain: info.map_or_else(String::new, |info| info.domain),
            metadata: metadata.into(),
            violations: stoa_rpc::client::error(status.clone())
                .violations
                .clone()
                .into(),
            text: status.message().to_owned(),
        }
    }

    /// The value that its metadata has under this name.
    pub(crate) fn meta(&self, name: &str) -> Option<&str> {
        let mut metadata = self.metadata.iter();
        let found = metadata.find(|(key, _)| key == name)?;
        Some(&found.1)
    }

    /// Fields and rules, sorted.
    pub(crate) fn broken(&self) -> Vec<(String, String)> {
        sorted(&self.violations)
    }
}

/// Fields and rules, sorted.
pub(crate) fn sorted(violations: &[FieldViolation]) -> Vec<(String, String)> {
    let pairs = violations.iter();
    let mut pairs: Vec<_> = pairs
        .map(|violation| (violation.field.clone(), violation.reason.clone()))
        .collect();
    pairs.sort();
    pairs
}

/// Calls `method` through `service`; of a stream, the first message.
pub(crate) async fn call<S>(
    service: S,
    method: &'static Method,
    key: Option<&str>,
    message: Bytes,
) -> Result<Bytes, Refusal>
where
    S: GrpcService<Body>,
    S::ResponseBody: HttpBody<Data = Bytes> + Send + 'static,
    <S::ResponseBody as HttpBody>::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send,
{
    let mut grpc = Grpc::new(service).max_decoding_message_size(64 * 1024 * 1024);
    grpc.ready()
        .await
        .map_err(Into::into)
        .expect("a connection");
    let path = PathAndQuery::from_static(method.path);
    let mut request = Request::new(message);
    if let Some(key) = key {
        let key = MetadataValue::try_from(key).expect("a key of visible characters");
        request.metadata_mut().insert("idempotency-key", key);
    }
    let answer = if method.streaming {
        first(grpc.server_streaming(request, path, Plain).await).await
    } else {
        let answer = grpc.unary(request, path, Plain).await;
        answer.map(tonic::Response::into_inner)
    };
    answer.map_err(|status| Refusal::of(&status))
}

async fn first(
    answer: Result<tonic::Response<tonic::Streaming<Bytes>>, Status>,
) -> Result<Bytes, Status> {
    let message = answer?.into_inner().message().await?;
    Ok(message.unwrap_or_default())
}

/// Bytes as they are.
struct Plain;

impl Codec for Plain {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Plain {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(item);
        Ok(())
    }
}

impl Decoder for Plain {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let length = from.remaining();
        Ok(Some(from.copy_to_bytes(length)))
    }
}
