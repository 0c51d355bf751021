//! Somebody who calls a suite over gRPC, with a credential or without.

use std::task::{Context, Poll};

use http::header::{AUTHORIZATION, HeaderName};
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Response};
use stoa_api::Call;
use stoa_errors::Error;
use stoa_types::{Ids, SystemIds};
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::transport::{Channel, channel};
use tonic::{Status, Streaming};
use tonic_prost::ProstCodec;
use tower::Service;

/// The largest answer of a test.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;

/// Somebody who calls. Also a transport: `OrderServiceClient::new(caller)`.
#[derive(Clone, Debug)]
pub struct Caller {
    channel: Channel,
    credential: Option<(HeaderName, HeaderValue)>,
}

impl Caller {
    pub(crate) fn nobody(channel: Channel) -> Self {
        Self {
            channel,
            credential: None,
        }
    }

    /// The same connection with `authorization: Bearer <token>`.
    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        self.with(AUTHORIZATION, &format!("Bearer {token}"))
    }

    /// The same connection as the guest with this secret.
    #[must_use]
    pub fn with_guest_secret(self, secret: &str) -> Self {
        let name = HeaderName::from_static(stoa_rpc::auth::GUEST_SECRET);
        self.with(name, secret)
    }

    fn with(self, name: HeaderName, value: &str) -> Self {
        let value = value.parse().expect("a credential of visible characters");
        Self {
            credential: Some((name, value)),
            ..self
        }
    }

    /// Calls the RPC that this message is for, once. A write without a key gets a fresh one.
    ///
    /// # Errors
    /// What the suite refused.
    pub async fn call<C: Call>(&self, message: C) -> Result<C::Response, Error> {
        self.try_call(message)
            .await
            .map_err(stoa_rpc::client::error)
    }

    /// As [`Caller::call`], with the status as it came.
    ///
    /// # Errors
    /// What the suite refused.
    pub async fn try_call<C: Call>(&self, mut message: C) -> Result<C::Response, Status> {
        if C::METHOD.keyed && message.request_id().is_none_or(str::is_empty) {
            message.set_request_id(fresh_key());
        }
        self.raw(message).await
    }

    /// Calls with the message as it is, without a key when it has none.
    ///
    /// # Errors
    /// What the suite refused.
    pub async fn raw<C: Call>(&self, message: C) -> Result<C::Response, Status> {
        let mut grpc = self.grpc().await?;
        let path = PathAndQuery::from_static(C::METHOD.path);
        let codec = ProstCodec::<C, C::Response>::default();
        let request = tonic::Request::new(message);
        let answer = grpc.unary(request, path, codec).await?;
        Ok(answer.into_inner())
    }

    /// Calls an RPC whose answer is a stream.
    ///
    /// # Errors
    /// What the suite refused at once.
    pub async fn stream<C: Call>(&self, message: C) -> Result<Streaming<C::Response>, Error> {
        let answer = async {
            let mut grpc = self.grpc().await?;
            let path = PathAndQuery::from_static(C::METHOD.path);
            let codec = ProstCodec::<C, C::Response>::default();
            let request = tonic::Request::new(message);
            grpc.server_streaming(request, path, codec).await
        };
        let answer = answer.await.map_err(stoa_rpc::client::error)?;
        Ok(answer.into_inner())
    }

    async fn grpc(&self) -> Result<Grpc<Self>, Status> {
        let mut grpc = Grpc::new(self.clone()).max_decoding_message_size(LARGEST_ANSWER);
        let ready = grpc.ready().await;
        ready.map_err(|error| Status::from_error(error.into()))?;
        Ok(grpc)
    }
}

impl Service<Request<Body>> for Caller {
    type Response = Response<Body>;
    type Error = tonic::transport::Error;
    type Future = channel::ResponseFuture;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Service::poll_ready(&mut self.channel, cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        if let Some((name, value)) = self.credential.clone() {
            request.headers_mut().insert(name, value);
        }
        Service::call(&mut self.channel, request)
    }
}

/// A key that nobody has used.
pub(crate) fn fresh_key() -> String {
    SystemIds.uuid().simple().to_string()
}
