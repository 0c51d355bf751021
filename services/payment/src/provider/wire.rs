//! The sandbox provider's JSON.

use serde::{Deserialize, Serialize};

use stoa_types::Timestamp;

use super::{ProviderError, Record};
use crate::domain::{Action, ActionKind, OperationKind};

#[derive(Serialize)]
pub(super) struct Body<'a> {
    pub(super) reference: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<&'a str>,
    pub(super) amount_minor: i64,
    pub(super) currency: &'a str,
}

#[derive(Deserialize)]
pub(super) struct Accepted {
    pub(super) operation: Entry,
}

#[derive(Deserialize)]
pub(super) struct Listed {
    pub(super) operations: Vec<Entry>,
}

#[derive(Deserialize)]
pub(super) struct Refused {
    pub(super) error: Fault,
}

#[derive(Deserialize)]
pub(super) struct Fault {
    pub(super) code: String,
}

#[derive(Deserialize)]
pub(super) struct Terms {
    pub(super) key_ttl_ms: u64,
    pub(super) settle_window_ms: u64,
    pub(super) auth_lifetime_ms: u64,
    pub(super) multi_capture: bool,
    pub(super) partial_void: bool,
    pub(super) standalone_credit: bool,
}

#[derive(Deserialize)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) parent_reference: Option<String>,
    pub(super) position: Option<i64>,
    pub(super) reference: String,
    pub(super) amount_minor: i64,
    pub(super) currency: String,
    pub(super) state: String,
    pub(super) code: String,
    /// What the customer must do, while he must.
    pub(super) action: Option<Deed>,
}

#[derive(Deserialize)]
pub(super) struct Deed {
    kind: String,
    url: Option<String>,
    expires_at_us: i64,
}

impl Entry {
    /// What the customer must do; none when it waits for nobody.
    pub(super) fn action(&self) -> Option<Action> {
        let deed = self
            .action
            .as_ref()
            .filter(|_| self.state == "requires_action")?;
        Some(Action {
            kind: match deed.kind.as_str() {
                "in_app" => ActionKind::InApp,
                _ => ActionKind::Redirect,
            },
            uri: deed.url.clone().unwrap_or_default(),
            until: Timestamp::from_micros(deed.expires_at_us),
        })
    }
}

impl TryFrom<Entry> for Record {
    type Error = ProviderError;

    fn try_from(entry: Entry) -> Result<Self, ProviderError> {
        let declined = match entry.state.as_str() {
            "succeeded" => None,
            "declined" => Some(entry.code),
            _ => return Err(ProviderError::Unreadable("state")),
        };
        let kind = match entry.kind.as_str() {
            "capture" => Some(OperationKind::Capture),
            "void" => Some(OperationKind::Void),
            "refund" | "chargeback" => Some(OperationKind::Refund),
            _ => None,
        };
        Ok(Self {
            about: kind.zip(entry.parent_reference),
            position: entry
                .position
                .ok_or(ProviderError::Unreadable("position"))?,
            provider_id: entry.id,
            reference: entry.reference,
            amount_minor: entry.amount_minor,
            currency: entry.currency,
            declined,
        })
    }
}
