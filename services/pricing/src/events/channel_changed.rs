//! A channel was made or changed.

use prost::Message;
use stoa_api::event::Event;
use stoa_api::pricing::v1::ChannelChanged;
use stoa_events::NewEvent;

use crate::domain::Channel;

/// The event of a channel as it stands now; its version is the channel's.
pub(crate) fn event(channel: &Channel) -> NewEvent {
    let payload = ChannelChanged {
        channel_id: channel.id.to_string(),
        code: channel.code.clone(),
        currency_code: channel.currency.code().to_owned(),
    };
    NewEvent {
        aggregate_kind: "channel",
        aggregate_id: channel.id.to_string(),
        aggregate_version: channel.version,
        event_type: ChannelChanged::TYPE,
        payload: payload.encode_to_vec(),
        channel: Some(channel.id),
    }
}
