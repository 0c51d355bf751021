//! `stoa events show`: one dead letter, and what the event says.

use std::fmt;

use prost_reflect::DynamicMessage;
use serde::Serialize;
use stoa_api::ops::v1::GetDeadLetterRequest;

use crate::client::{Failure, Report as _};
use crate::status;

use super::One;
use super::row::Row;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    #[command(flatten)]
    one: One,
}

#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    row: Row,
    payload: serde_json::Value,
}

impl Show {
    pub(super) async fn run(&self) -> Result<u8, Failure> {
        let suite = self.one.suite.connect()?;
        let row = super::find(&suite, &self.one).await?;
        let request = GetDeadLetterRequest {
            service: row.service.clone(),
            consumer: row.consumer.clone(),
            event_id: row.event_id.clone(),
            read_mask: None,
        };
        let letter = suite.call(request).await?.dead_letter.unwrap_or_default();
        let shown = Shown {
            payload: readable(&row.event_type, &letter.payload),
            row,
        };
        shown.print(self.one.format).map(|()| status::OK)
    }
}

/// The payload as JSON by the contract of this binary, or its bytes when that does not know it.
fn readable(event_type: &str, payload: &[u8]) -> serde_json::Value {
    let message = stoa_api::pool().get_message_by_name(event_type);
    let decoded = message.and_then(|message| DynamicMessage::decode(message, payload).ok());
    decoded
        .and_then(|message| serde_json::to_value(message).ok())
        .unwrap_or_else(|| serde_json::Value::String(hex::encode(payload)))
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.row)?;
        write!(f, "{:11} {:#}", "payload", self.payload)
    }
}
