//! What can happen to an order, and how it is stored: the payload messages of the contract, kept for ever.

use prost::Message;
use stoa_api::order::v1::{self as pb, order_event::Payload};

/// The kind of aggregate in the log.
pub(crate) const AGGREGATE: &str = "order";

/// One thing that happened to an order.
pub(crate) type Event = Payload;

/// A stored event that this binary cannot read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// An event type of a newer binary.
    #[error("{0} is not an event of an order")]
    Unknown(String),
    /// The bytes are not the message that the type names.
    #[error("the payload of {event_type} cannot be read")]
    Payload {
        /// The type.
        event_type: String,
        /// Why.
        #[source]
        source: prost::DecodeError,
    },
}

macro_rules! events {
    ($($variant:ident($message:ident) = $name:literal,)+) => {
        /// The full name of the payload's message.
        #[must_use]
        pub(crate) fn event_type(event: &Event) -> &'static str {
            match event { $(Payload::$variant(_) => $name,)+ }
        }

        /// The bytes that are stored.
        #[must_use]
        pub(crate) fn encode(event: &Event) -> Vec<u8> {
            match event { $(Payload::$variant(message) => message.encode_to_vec(),)+ }
        }

        /// Reads a stored event.
        ///
        /// # Errors
        /// When the type is not known or the bytes are not its message.
        pub(crate) fn decode(event_type: &str, payload: &[u8]) -> Result<Event, ReadError> {
            match event_type {
                $($name => pb::$message::decode(payload).map(Payload::$variant),)+
                other => return Err(ReadError::Unknown(other.to_owned())),
            }
            .map_err(|source| ReadError::Payload { event_type: event_type.to_owned(), source })
        }
    };
}

events! {
    Accepted(OrderAccepted) = "stoa.order.v1.OrderAccepted",
    Confirmed(OrderConfirmed) = "stoa.order.v1.OrderConfirmed",
    CancelRequested(OrderCancelRequested) = "stoa.order.v1.OrderCancelRequested",
    Canceled(OrderCanceled) = "stoa.order.v1.OrderCanceled",
    PutOnHold(OrderPutOnHold) = "stoa.order.v1.OrderPutOnHold",
    Resumed(OrderResumed) = "stoa.order.v1.OrderResumed",
    Captured(OrderCaptured) = "stoa.order.v1.OrderCaptured",
    FulfillmentCreated(OrderFulfillmentCreated) = "stoa.order.v1.OrderFulfillmentCreated",
    ShippingStarted(OrderShippingStarted) = "stoa.order.v1.OrderShippingStarted",
    Shipped(OrderShipped) = "stoa.order.v1.OrderShipped",
    ReturnStarted(OrderReturnStarted) = "stoa.order.v1.OrderReturnStarted",
    ReturnRejected(OrderReturnRejected) = "stoa.order.v1.OrderReturnRejected",
    Returned(OrderReturned) = "stoa.order.v1.OrderReturned",
    ActionRequired(OrderActionRequired) = "stoa.order.v1.OrderActionRequired",
    PaidExternally(OrderPaidExternally) = "stoa.order.v1.OrderPaidExternally",
    WrittenOff(OrderWrittenOff) = "stoa.order.v1.OrderWrittenOff",
    ReservationReleased(OrderReservationReleased) = "stoa.order.v1.OrderReservationReleased",
}
