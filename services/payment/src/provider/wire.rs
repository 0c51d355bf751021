//! The sandbox provider's JSON.

use serde::{Deserialize, Serialize};

use super::{ProviderError, Record};

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
    pub(super) position: Option<i64>,
    pub(super) reference: String,
    pub(super) amount_minor: i64,
    pub(super) currency: String,
    pub(super) state: String,
    pub(super) code: String,
}

impl TryFrom<Entry> for Record {
    type Error = ProviderError;

    fn try_from(entry: Entry) -> Result<Self, ProviderError> {
        let declined = match entry.state.as_str() {
            "succeeded" => None,
            "declined" => Some(entry.code),
            _ => return Err(ProviderError::Unreadable("state")),
        };
        Ok(Self {
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
