//! What the provider tells the merchant by itself: signed, tried a few times, never relied upon.

use std::time::Duration;

use hmac::{Hmac, Mac};
use reqwest::Client;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::Sha256;
use stoa_types::Timestamp;
use tokio_util::sync::CancellationToken;

/// How often one is tried; the pause between doubles.
const TRIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(3);

/// Where the merchant wants to hear of what happens, and the secret that signs it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Webhook {
    pub(crate) url: String,
    pub(crate) secret: String,
}

/// Sends them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Teller {
    client: Client,
}

impl Teller {
    /// Tells that something has become known under a reference, until it is heard, the tries are used up, or the provider stops.
    pub(crate) async fn tell(
        &self,
        to: &Webhook,
        event: &str,
        reference: &str,
        now: Timestamp,
        shutdown: &CancellationToken,
    ) {
        let body = json!({ "id": event, "type": "operation.changed", "reference": reference });
        let body = body.to_string();
        let Some(signature) = sign(&to.secret, now, body.as_bytes()) else {
            return;
        };
        let mut pause = FIRST_PAUSE;
        for _ in 0..TRIES {
            let sent = self
                .client
                .post(&to.url)
                .timeout(PATIENCE)
                .header("content-type", "application/json")
                .header("provider-signature", &signature)
                .body(body.clone())
                .send();
            tokio::select! {
                () = shutdown.cancelled() => return,
                answer = sent => match answer {
                    Ok(answer) if answer.status().is_success() => return,
                    Ok(answer) => tracing::debug!(status = answer.status().as_u16(), "a webhook was refused"),
                    Err(error) => tracing::debug!(%error, "a webhook was not heard"),
                },
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(pause) => pause *= 2,
            }
        }
        tracing::warn!("a webhook is given up; the merchant has to ask");
    }
}

/// `t=<unix seconds>,v1=<hex of HMAC-SHA256 over "<t>.<body>">`.
fn sign(secret: &str, now: Timestamp, body: &[u8]) -> Option<String> {
    let seconds = now.micros() / 1_000_000;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    let sum = hex::encode(mac.finalize().into_bytes());
    Some(format!("t={seconds},v1={sum}"))
}
