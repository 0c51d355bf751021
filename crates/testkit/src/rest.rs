//! Somebody who calls a suite over REST.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, Method, StatusCode};
use prost_reflect::{DynamicMessage, MethodDescriptor};
use serde_json::Value;
use stoa_api::Call;
use stoa_errors::Error;

use crate::caller::fresh_key;
use crate::transcode;

/// A client of one HTTP listener, with a credential or without.
#[derive(Clone, Debug)]
pub struct Rest {
    base: String,
    client: reqwest::Client,
    headers: HeaderMap,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{error} in {} {}", self.status, self.text))
    }

    /// The body of a success.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn ok(&self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        self.json()
    }
}

impl Rest {
    pub(crate) fn new(base: String) -> Self {
        Self {
            base,
            client: reqwest::Client::new(),
            headers: HeaderMap::new(),
        }
    }

    /// With the operator's token, or another.
    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        self.with(AUTHORIZATION, &format!("Bearer {token}"))
    }

    /// As the guest with this secret.
    #[must_use]
    pub fn with_guest_secret(self, secret: &str) -> Self {
        let name = HeaderName::from_static(stoa_rpc::auth::GUEST_SECRET);
        self.with(name, secret)
    }

    /// With one more header on every request.
    ///
    /// # Panics
    /// When the value cannot stand in a header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        let value = value.parse().expect("a header of visible characters");
        self.headers.insert(name, value);
        self
    }

    /// Calls the RPC that this message is for by its binding in the contract. A write without a key gets a fresh one.
    ///
    /// # Errors
    /// What the suite refused.
    ///
    /// # Panics
    /// When nobody answers, or with something else than the contract says.
    pub async fn call<C: Call>(&self, message: C) -> Result<C::Response, Error> {
        let mut request = transcode::request(&message);
        if C::METHOD.keyed && request.key.is_none() {
            request.key = Some(fresh_key());
        }
        let (key, body) = (request.key.as_deref(), request.body.as_ref());
        let answer = self.send(request.method, &request.path, key, body).await;
        transcode::response::<C>(&answer)
    }

    /// Sends a message to the first binding of `rpc`, for who knows the RPC at run time alone: without a key when it has none.
    ///
    /// # Panics
    /// When the RPC has no binding, or nobody answers.
    pub async fn send_to(&self, rpc: &MethodDescriptor, message: &DynamicMessage) -> Answer {
        let request = transcode::outgoing(rpc, message);
        let (key, body) = (request.key.as_deref(), request.body.as_ref());
        self.send(request.method, &request.path, key, body).await
    }

    /// GET.
    ///
    /// # Panics
    /// When nobody answers.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, None).await
    }

    /// POST with a fresh idempotency key.
    ///
    /// # Panics
    /// When nobody answers.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_as(path, &fresh_key(), body).await
    }

    /// POST with this idempotency key.
    ///
    /// # Panics
    /// When nobody answers.
    pub async fn post_as(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(key), Some(body)).await
    }

    /// Any request.
    ///
    /// # Panics
    /// When nobody answers.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> Answer {
        let url = format!("{}{path}", self.base);
        let mut request = self
            .client
            .request(method, &url)
            .headers(self.headers.clone());
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await;
        let answer = answer.unwrap_or_else(|error| panic!("nobody answers at {url}: {error}"));
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.expect("a body that arrives whole");
        Answer {
            status,
            headers,
            text,
        }
    }
}
