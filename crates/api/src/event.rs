//! The payloads of the event log.

use prost::Message;

pub use crate::generated::EVENT_TYPES;

/// A message of a `*_events.proto` file. Implemented by the generator, never by hand.
pub trait Event: Message + Default + 'static {
    /// Its full name, under which it is stored and published: "stoa.order.v1.OrderConfirmed".
    const TYPE: &'static str;
}
