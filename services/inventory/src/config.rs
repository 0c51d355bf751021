//! The settings of inventory.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use stoa_config::{Mistakes, Section};

/// The section `inventory`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct InventorySettings {
    /// How often holds whose time is over are looked for, 10 ms to 1 h. Who needs their stock does not wait for it.
    #[serde(with = "stoa_config::span")]
    pub(crate) sweep_every: Duration,
}

impl Default for InventorySettings {
    fn default() -> Self {
        Self {
            sweep_every: Duration::from_secs(10),
        }
    }
}

impl Section for InventorySettings {
    const NAME: &'static str = "inventory";

    fn validate(&self, mistakes: &mut Mistakes) {
        let range = Duration::from_millis(10)..=Duration::from_hours(1);
        mistakes.require(
            range.contains(&self.sweep_every),
            "sweep_every",
            "must be from 10ms to 1h",
        );
    }
}
