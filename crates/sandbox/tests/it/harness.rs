//! The provider on a socket, with a clock that the tests set.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use stoa_sandbox::{Config, run};
use stoa_types::{Clock, Timestamp};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A clock that moves when it is told to.
#[derive(Debug)]
pub(crate) struct Hands(AtomicI64);

impl Hands {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(1_700_000_000_000_000)))
    }

    pub(crate) fn forward(&self, span: Duration) {
        let micros = i64::try_from(span.as_micros()).unwrap();
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct Provider {
    base: String,
    /// For whoever is no merchant.
    pub(crate) client: Client,
    shutdown: CancellationToken,
    served: JoinHandle<()>,
}

impl Provider {
    pub(crate) async fn start(data: &Path, clock: Arc<Hands>) -> Self {
        let mut config = Config::new(data);
        config.clock = clock;
        config.slow = Duration::from_millis(50);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        let served = tokio::spawn(async move { run(config, listener, stop).await.unwrap() });
        Self {
            base: format!("http://{address}/v1"),
            client: Client::new(),
            shutdown,
            served,
        }
    }

    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.served.await.unwrap();
    }

    pub(crate) async fn post(&self, path: &str, key: &str, body: Value) -> (StatusCode, Value) {
        let answer = self
            .client
            .post(format!("{}/{path}", self.base))
            .header("idempotency-key", key)
            .json(&body)
            .send()
            .await
            .unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> StatusCode {
        let url = format!("{}/{path}", self.base);
        let answer = self.client.put(url).json(&body).send().await.unwrap();
        answer.status()
    }

    /// A request whose answer never comes.
    pub(crate) async fn unanswered(&self, path: &str, key: &str, body: Value) {
        let error = self
            .client
            .post(format!("{}/{path}", self.base))
            .header("idempotency-key", key)
            .timeout(Duration::from_millis(300))
            .json(&body)
            .send()
            .await
            .unwrap_err();
        assert!(error.is_timeout());
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        let answer = self
            .client
            .get(format!("{}/{path}", self.base))
            .send()
            .await
            .unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    pub(crate) async fn authorize(
        &self,
        name: &str,
        token: &str,
        amount: i64,
    ) -> (StatusCode, Value) {
        self.post("authorizations", name, authorization(name, token, amount))
            .await
    }

    pub(crate) async fn authorized(&self, name: &str, token: &str, amount: i64) -> String {
        let (status, body) = self.authorize(name, token, amount).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        id(&body)
    }

    pub(crate) async fn find(&self, reference: &str) -> (StatusCode, Value) {
        self.get(&format!("operations/by-reference/{reference}"))
            .await
    }
}

pub(crate) fn authorization(reference: &str, token: &str, amount: i64) -> Value {
    json!({ "reference": reference, "token": token, "amount_minor": amount, "currency": "GBP" })
}

pub(crate) fn part(reference: &str, amount: i64) -> Value {
    json!({ "reference": reference, "amount_minor": amount })
}

pub(crate) fn id(body: &Value) -> String {
    body["operation"]["id"].as_str().unwrap().to_owned()
}
