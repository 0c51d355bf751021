//! Payment's settings, with their units.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use stoa_config::{Mistakes, Secret, Section};

/// `[payment]`: where the provider is and how patiently it is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct PaymentSettings {
    /// The provider's address, such as `http://127.0.0.1:7500`; needed.
    pub provider_url: Option<String>,
    /// What the provider signs its webhooks with; none: they are not received.
    pub webhook_secret: Option<Secret<String>>,
    /// How long one call to the provider may take before nothing is known of it.
    #[serde(with = "stoa_config::span")]
    pub timeout: Duration,
    /// How often one operation is sent at most, the first time included.
    pub send_limit: i32,
    /// The pause before an operation of which nothing is known is sent again; doubles each time.
    #[serde(with = "stoa_config::span")]
    pub reconcile_every: Duration,
    /// How long a customer may take to visit an address and come back, unless the provider allows less.
    #[serde(with = "stoa_config::span")]
    pub redirect_limit: Duration,
    /// How long a customer may take to confirm in a wallet or bank app, unless the provider allows less.
    #[serde(with = "stoa_config::span")]
    pub in_app_limit: Duration,
    /// The pause before the provider is asked again whether a customer has acted, when nobody says so.
    #[serde(with = "stoa_config::span")]
    pub action_every: Duration,
    /// The pause between two readings of the provider's own list.
    #[serde(with = "stoa_config::span")]
    pub sweep_every: Duration,
}

impl Default for PaymentSettings {
    fn default() -> Self {
        Self {
            provider_url: None,
            webhook_secret: None,
            timeout: Duration::from_secs(3),
            send_limit: 5,
            reconcile_every: Duration::from_millis(500),
            redirect_limit: Duration::from_secs(15 * 60),
            in_app_limit: Duration::from_secs(5 * 60),
            action_every: Duration::from_secs(5),
            sweep_every: Duration::from_secs(30),
        }
    }
}

impl Section for PaymentSettings {
    const NAME: &'static str = "payment";

    fn validate(&self, mistakes: &mut Mistakes) {
        match self.provider_url.as_deref().map(reqwest::Url::parse) {
            Some(Ok(url)) => mistakes.require(
                matches!(url.scheme(), "http" | "https") && !url.cannot_be_a_base(),
                "provider_url",
                "must be an http address",
            ),
            Some(Err(_)) => mistakes.add("provider_url", "is no address"),
            None => mistakes.add("provider_url", "must name the payment provider"),
        }
        let long = |secret: &Secret<String>| secret.expose().len() >= 16;
        mistakes.require(
            self.webhook_secret.as_ref().is_none_or(long),
            "webhook_secret",
            "must have 16 characters at least",
        );
        let one = Duration::from_millis(1);
        mistakes.require(self.timeout >= one, "timeout", "must be at least 1ms");
        mistakes.require(self.send_limit >= 1, "send_limit", "must be at least 1");
        let reconcile = self.reconcile_every >= one;
        mistakes.require(reconcile, "reconcile_every", "must be at least 1ms");
        for (limit, name) in [
            (self.redirect_limit, "redirect_limit"),
            (self.in_app_limit, "in_app_limit"),
            (self.action_every, "action_every"),
        ] {
            mistakes.require(limit >= one, name, "must be at least 1ms");
        }
        mistakes.require(
            self.sweep_every >= one,
            "sweep_every",
            "must be at least 1ms",
        );
    }
}
