//! The adapter of the sandbox provider: HTTP/JSON over pooled connections, a deadline per call.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Client, Response, StatusCode, Url};
#[cfg(feature = "crash-points")]
use stoa_types::crash::{self, Fault};
use tokio::sync::OnceCell;

use super::wire::{Accepted, Body, Listed, Refused, Terms};
use super::{Capabilities, Found, Order, Provider, ProviderError, Record, Reply};

/// The sandbox, somewhere on the network.
#[derive(Debug)]
pub(crate) struct Sandbox {
    base: Url,
    client: Client,
    /// Asked once: it does not change while the provider runs.
    capabilities: OnceCell<Capabilities>,
}

impl Sandbox {
    /// Speaks to the provider at `base`, each call at most `timeout` long.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub(crate) fn new(base: Url, timeout: Duration) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .timeout(timeout)
            .connect_timeout(timeout)
            .pool_max_idle_per_host(256)
            .tcp_nodelay(true)
            .build()?;
        Ok(Self {
            base,
            client,
            capabilities: OnceCell::new(),
        })
    }

    fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push("v1").extend(segments);
        }
        url
    }

    async fn send(&self, segments: &[&str], order: &Order) -> Reply {
        #[cfg(feature = "crash-points")]
        match crash::fault() {
            Some(Fault::Lost) => {
                self.post(segments, order).await;
                let why = "the answer was lost".to_owned();
                return Reply::Unknown { why };
            }
            Some(Fault::Twice) => drop(self.post(segments, order).await),
            None => {}
        }
        self.post(segments, order).await
    }

    async fn post(&self, segments: &[&str], order: &Order) -> Reply {
        let body = Body {
            reference: &order.reference,
            token: order.token.as_deref(),
            amount_minor: order.amount.minor,
            currency: order.amount.currency.code(),
        };
        let sent = self
            .client
            .post(self.url(segments))
            .header("idempotency-key", &order.reference)
            .json(&body)
            .send()
            .await;
        match sent {
            Ok(response) => reply(response).await,
            Err(error) => Reply::Unknown {
                why: error.without_url().to_string(),
            },
        }
    }

    async fn about(&self, parent: &str, child: &str, order: &Order) -> Reply {
        match &order.target {
            Some(target) => self.send(&[parent, target, child], order).await,
            None => Reply::Declined {
                code: "no_target".to_owned(),
            },
        }
    }

    async fn get(&self, url: Url) -> Result<Response, ProviderError> {
        #[cfg(feature = "crash-points")]
        match crash::fault() {
            Some(Fault::Lost) => return Err(ProviderError::Status(504)),
            Some(Fault::Twice) => drop(self.client.get(url.clone()).send().await),
            None => {}
        }
        self.client
            .get(url)
            .send()
            .await
            .map_err(ProviderError::Unreachable)
    }
}

/// What an answer to a POST says. Only what the provider refuses for good is a decline: a 409, a
/// 422 or a 5xx says nothing about what may have happened under the same reference before.
async fn reply(response: Response) -> Reply {
    let status = response.status();
    let unknown = |why: String| Reply::Unknown { why };
    match status {
        StatusCode::ACCEPTED => match response.json::<Accepted>().await {
            Ok(accepted) => match accepted.operation.action() {
                Some(action) => Reply::Action(action),
                None => unknown("accepted, and nothing to do".to_owned()),
            },
            Err(error) => unknown(error.without_url().to_string()),
        },
        StatusCode::OK | StatusCode::CREATED => match response.json::<Accepted>().await {
            Ok(accepted) => Reply::Done {
                provider_id: accepted.operation.id,
            },
            Err(error) => unknown(error.without_url().to_string()),
        },
        StatusCode::PAYMENT_REQUIRED | StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND => {
            match response.json::<Refused>().await {
                Ok(refused) => Reply::Declined {
                    code: refused.error.code,
                },
                Err(error) => unknown(error.without_url().to_string()),
            }
        }
        other => unknown(format!("the provider answers {}", other.as_u16())),
    }
}

#[async_trait]
impl Provider for Sandbox {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    async fn capabilities(&self) -> Result<Capabilities, ProviderError> {
        let ask = || async {
            let response = self.get(self.url(&["capabilities"])).await?;
            if response.status() != StatusCode::OK {
                return Err(ProviderError::Status(response.status().as_u16()));
            }
            let terms: Terms = response.json().await.map_err(ProviderError::Unreachable)?;
            Ok(Capabilities {
                key_ttl: Duration::from_millis(terms.key_ttl_ms),
                settle_window: Duration::from_millis(terms.settle_window_ms),
                standalone_credit: terms.standalone_credit,
                multi_capture: terms.multi_capture,
                partial_void: terms.partial_void,
                auth_lifetime: Duration::from_millis(terms.auth_lifetime_ms),
            })
        };
        self.capabilities.get_or_try_init(ask).await.copied()
    }

    async fn authorize(&self, order: &Order) -> Reply {
        self.send(&["authorizations"], order).await
    }

    async fn sale(&self, order: &Order) -> Reply {
        self.send(&["sales"], order).await
    }

    async fn capture(&self, order: &Order) -> Reply {
        self.about("authorizations", "captures", order).await
    }

    async fn void(&self, order: &Order) -> Reply {
        self.about("authorizations", "voids", order).await
    }

    async fn refund(&self, order: &Order) -> Reply {
        self.about("captures", "refunds", order).await
    }

    async fn credit(&self, order: &Order) -> Reply {
        self.send(&["credits"], order).await
    }

    async fn find_by_reference(&self, reference: &str) -> Result<Option<Found>, ProviderError> {
        let url = self.url(&["operations", "by-reference", reference]);
        let response = self.get(url).await?;
        match response.status() {
            StatusCode::OK => {
                let found: Accepted = response.json().await.map_err(ProviderError::Unreachable)?;
                match found.operation.action() {
                    Some(action) => Ok(Some(Found::Action(action))),
                    None => found.operation.try_into().map(Found::Settled).map(Some),
                }
            }
            StatusCode::NOT_FOUND => Ok(None),
            other => Err(ProviderError::Status(other.as_u16())),
        }
    }

    async fn list_after(&self, position: i64, limit: u32) -> Result<Vec<Record>, ProviderError> {
        let mut url = self.url(&["operations"]);
        url.query_pairs_mut()
            .append_pair("after", &position.to_string())
            .append_pair("limit", &limit.to_string());
        let response = self.get(url).await?;
        if response.status() != StatusCode::OK {
            return Err(ProviderError::Status(response.status().as_u16()));
        }
        let listed: Listed = response.json().await.map_err(ProviderError::Unreachable)?;
        listed
            .operations
            .into_iter()
            .map(Record::try_from)
            .collect()
    }
}
