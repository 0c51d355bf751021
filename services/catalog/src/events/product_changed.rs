//! A product was made, changed or archived.

use prost::Message;
use stoa_api::catalog::v1::ProductChanged;
use stoa_api::event::Event;
use stoa_events::NewEvent;

use crate::domain::Change;
use crate::grpc::product::state;

/// The event of a change; its version is the product's.
pub(crate) fn event(change: &Change) -> NewEvent {
    let payload = ProductChanged {
        product_id: change.product.to_string(),
        state: state(change.state).into(),
        skus: change.skus.iter().map(ToString::to_string).collect(),
    };
    NewEvent {
        aggregate_kind: "product",
        aggregate_id: change.product.to_string(),
        aggregate_version: change.version,
        event_type: ProductChanged::TYPE,
        payload: payload.encode_to_vec(),
        channel: None,
    }
}
