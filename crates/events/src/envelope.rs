//! What an event carries: ids and facts, never a name, an address or free text of a person.

use prost::Message;
use serde::Serialize;
use stoa_store::{Row, StoreError};
use stoa_types::{ChannelId, Ctx, EventId, Ids, Timestamp, Uuid};

use crate::ConsumeError;

/// An event before it has a place in the log.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What kind of thing it happened to, such as `order`.
    pub aggregate_kind: &'static str,
    /// Which one, such as `ord_..`.
    pub aggregate_id: String,
    /// 1, 2, 3, .. without a gap within the aggregate.
    pub aggregate_version: i64,
    /// The full name of the payload's message, such as `stoa.order.v1.OrderConfirmed`.
    pub event_type: &'static str,
    /// The payload, encoded; never re-encoded later.
    pub payload: Vec<u8>,
    /// The sales channel, when it is about one.
    pub channel: Option<ChannelId>,
}

/// An event as it stands in the log and travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Its own id.
    pub event_id: EventId,
    /// Its place in the publication of its service: 1, 2, 3, ..
    pub position: i64,
    /// What kind of thing it happened to.
    pub aggregate_kind: String,
    /// Which one.
    pub aggregate_id: String,
    /// 1, 2, 3, .. within the aggregate.
    pub aggregate_version: i64,
    /// The full name of the payload's message.
    pub event_type: String,
    /// The payload, as it was encoded first.
    pub payload: Vec<u8>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Who stood at the front of the chain of calls.
    pub actor: String,
    /// The sales channel, when it is about one.
    pub channel_id: Option<ChannelId>,
    /// The story it belongs to.
    pub correlation_id: Uuid,
    /// The event or call that caused it.
    pub causation_id: Option<Uuid>,
    /// W3C trace context of the call that made it.
    pub traceparent: Option<String>,
    /// The digest of the contract under which the payload was encoded.
    pub contract: [u8; 32],
}

impl Envelope {
    /// The payload as the message that its type names.
    ///
    /// # Errors
    /// Poison, when the bytes are not that message.
    pub fn decode<M: Message + Default>(&self) -> Result<M, ConsumeError> {
        M::decode(self.payload.as_slice()).map_err(|error| {
            ConsumeError::Poison(
                stoa_errors::Error::internal(error).meta("event_type", &self.event_type),
            )
        })
    }

    /// The context of what `service` does because of this event: the same story, caused by it, in its trace.
    #[must_use]
    pub fn context(&self, service: &str, now: Timestamp, ids: &dyn Ids) -> Ctx {
        Ctx {
            acting_for: Some(self.actor.clone()),
            channel: self.channel_id,
            traceparent: self.traceparent.clone(),
            correlation_id: self.correlation_id,
            causation_id: Some(self.event_id.uuid()),
            ..Ctx::background(service, now, ids)
        }
    }

    pub(crate) fn read(row: &Row) -> Result<Self, StoreError> {
        let channel: Option<Uuid> = row.get("channel_id")?;
        Ok(Self {
            event_id: EventId::from_uuid(row.get("event_id")?),
            position: row.get("position")?,
            aggregate_kind: row.get("aggregate_kind")?,
            aggregate_id: row.get("aggregate_id")?,
            aggregate_version: row.get("aggregate_version")?,
            event_type: row.get("event_type")?,
            payload: row.get("payload")?,
            occurred_at: row.get("occurred_at")?,
            actor: row.get("actor")?,
            channel_id: channel.map(ChannelId::from_uuid),
            correlation_id: row.get("correlation_id")?,
            causation_id: row.get("causation_id")?,
            traceparent: row.get("traceparent")?,
            contract: row.get("contract")?,
        })
    }

    pub(crate) fn aggregate(&self) -> (&str, &str) {
        (&self.aggregate_kind, &self.aggregate_id)
    }
}

/// How an envelope goes into a statement.
#[derive(Debug, Serialize)]
pub(crate) struct EnvelopeRow<'a> {
    pub(crate) event_id: String,
    pub(crate) position: i64,
    pub(crate) aggregate_kind: &'a str,
    pub(crate) aggregate_id: &'a str,
    pub(crate) aggregate_version: i64,
    pub(crate) event_type: &'a str,
    pub(crate) payload: String,
    pub(crate) occurred_at: i64,
    pub(crate) actor: &'a str,
    pub(crate) channel_id: Option<String>,
    pub(crate) correlation_id: String,
    pub(crate) causation_id: Option<String>,
    pub(crate) traceparent: Option<&'a str>,
    pub(crate) contract: String,
}

impl<'a> From<&'a Envelope> for EnvelopeRow<'a> {
    fn from(event: &'a Envelope) -> Self {
        Self {
            event_id: event.event_id.hex(),
            position: event.position,
            aggregate_kind: &event.aggregate_kind,
            aggregate_id: &event.aggregate_id,
            aggregate_version: event.aggregate_version,
            event_type: &event.event_type,
            payload: hex::encode(&event.payload),
            occurred_at: event.occurred_at.micros(),
            actor: &event.actor,
            channel_id: event.channel_id.map(ChannelId::hex),
            correlation_id: event.correlation_id.simple().to_string(),
            causation_id: event.causation_id.map(|id| id.simple().to_string()),
            traceparent: event.traceparent.as_deref(),
            contract: hex::encode(event.contract),
        }
    }
}
