//! Settings of the sandbox.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use stoa_types::{Clock, Ids, SystemClock, SystemIds};

use crate::page::Terms;

/// Settings, each with the value that a demo wants as its default.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder of the provider's books; made if absent.
    pub data: PathBuf,
    /// How long a sent request may still take effect; default 2 s.
    pub settle_window: Duration,
    /// How long a key is remembered; default 24 h.
    pub key_ttl: Duration,
    /// How long an authorisation may be captured; default 7 days.
    pub auth_lifetime: Duration,
    /// Whether it pays out without an earlier payment; default true.
    pub standalone_credit: bool,
    /// Whether an authorisation may be captured more than once, and its rest given up; default true.
    pub multi_capture: bool,
    /// How long a customer may take to act; default 10 min.
    pub action_window: Duration,
    /// How late a slow answer comes; default 700 ms.
    pub slow: Duration,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The source of ids.
    pub ids: Arc<dyn Ids>,
}

impl Config {
    /// The defaults, with the books in `data`.
    #[must_use]
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            settle_window: Duration::from_secs(2),
            key_ttl: Duration::from_secs(24 * 3600),
            auth_lifetime: Duration::from_secs(7 * 24 * 3600),
            standalone_credit: true,
            multi_capture: true,
            action_window: Duration::from_secs(600),
            slow: Duration::from_millis(700),
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
        }
    }

    pub(crate) fn terms(&self) -> Terms {
        Terms {
            key_ttl: self.key_ttl,
            settle_window: self.settle_window,
            auth_lifetime: self.auth_lifetime,
            action_window: self.action_window,
        }
    }
}
