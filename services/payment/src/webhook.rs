//! `POST /v1/provider-events/{provider}`: what the provider tells by itself. Signed over the raw body; a copy, a forgery and what is
//! older than the window have no effect; what is true only wakes the work that then asks. Nothing is believed that it says.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hmac::{Hmac, Mac};
use serde::Deserialize;
use sha2::Sha256;
use stoa_config::Secret;
use stoa_types::{Ctx, boundary};

use crate::app::command::Command;
use crate::app::operate::Operations;

/// How far the time of a signature may be from ours.
pub(crate) const WINDOW: Duration = Duration::from_secs(300);
/// The largest body that is read, in bytes.
const LARGEST: usize = 64 * 1024;
/// The longest id of an event that is kept.
const LONGEST_ID: usize = 128;
const SIGNATURE: &str = "provider-signature";

struct Door {
    operations: Operations,
    secret: Secret<String>,
}

/// What the provider says: that something has become known of an operation.
#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(default)]
    reference: String,
}

/// The route, for whom the provider signs with `secret`.
pub(crate) fn router(operations: Operations, secret: Secret<String>) -> Router {
    Router::new()
        .route("/v1/provider-events/{provider}", post(receive))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(Arc::new(Door { operations, secret }))
}

async fn receive(
    State(door): State<Arc<Door>>,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    if provider != door.operations.provider.name() {
        return StatusCode::NOT_FOUND;
    }
    let now = door.operations.clock.now();
    let signature = headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
    let seconds = now.micros() / 1_000_000;
    if !signature.is_some_and(|signature| genuine(door.secret.expose(), signature, &body, seconds))
    {
        tracing::warn!("a webhook with no good signature is refused");
        return StatusCode::UNAUTHORIZED;
    }
    let event = match serde_json::from_slice::<Event>(&body) {
        Ok(event) if !event.id.is_empty() && event.id.len() <= LONGEST_ID => event,
        _ => return StatusCode::BAD_REQUEST,
    };
    let ctx = Ctx::background("payment", now, door.operations.ids.as_ref());
    let command = Command::Heard {
        event: event.id,
        operation: event.reference.parse().ok(),
    };
    let heard = door.operations.submit(&ctx, command);
    match boundary!("payment.webhook.commit", heard.await) {
        Ok(_) => StatusCode::NO_CONTENT,
        Err(error) => {
            tracing::warn!(%error, "a webhook could not be noted; the provider sends it again");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// Whether `t=<unix seconds>,v1=<hex>` is the signature of `<t>.<body>` by the secret, not older nor younger than the window.
fn genuine(secret: &str, signature: &str, body: &[u8], now: i64) -> bool {
    let part = |name: &str| {
        signature
            .split(',')
            .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
    };
    let (Some(at), Some(sum)) = (part("t"), part("v1")) else {
        return false;
    };
    let (Ok(seconds), Ok(sum)) = (at.parse::<i64>(), hex::decode(sum)) else {
        return false;
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return false;
    };
    mac.update(at.as_bytes());
    mac.update(b".");
    mac.update(body);
    seconds.abs_diff(now) <= WINDOW.as_secs() && mac.verify_slice(&sum).is_ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn signed(secret: &str, at: i64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{at}.").as_bytes());
        mac.update(body);
        format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()))
    }

    #[test]
    fn a_signature_is_of_this_body_by_this_secret_at_about_this_time() {
        let good = signed("secret", 1_000, b"{}");
        assert!(genuine("secret", &good, b"{}", 1_000));
        assert!(genuine("secret", &good, b"{}", 1_300));
        assert!(genuine("secret", &good, b"{}", 700));
        assert!(!genuine("secret", &good, b"{}", 1_301), "old");
        assert!(!genuine("secret", &good, b"{}", 699), "from the future");
        assert!(!genuine("secret", &good, b"{ }", 1_000), "another body");
        assert!(!genuine("other", &good, b"{}", 1_000), "another secret");
        let moved = good.replace("t=1000", "t=1001");
        assert!(!genuine("secret", &moved, b"{}", 1_001), "another time");
        for nonsense in ["", "t=1000", "v1=00", "t=x,v1=00", "t=1000,v1=zz"] {
            assert!(!genuine("secret", nonsense, b"{}", 1_000), "{nonsense}");
        }
    }
}
