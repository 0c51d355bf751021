//! What happened to an order, by the names of its events.

use stoa_api::order::v1::*;
use stoa_testkit::Caller;

/// The names of an order's events.
pub(crate) async fn events(by: &Caller, order_id: &str) -> Vec<&'static str> {
    let request = ListOrderEventsRequest {
        order_id: order_id.to_owned(),
        ..ListOrderEventsRequest::default()
    };
    let answer = by.call(request).await.unwrap();
    answer
        .events
        .iter()
        .map(|event| name(event.payload.as_ref().unwrap()))
        .collect()
}

pub(crate) fn name(payload: &order_event::Payload) -> &'static str {
    use order_event::Payload as P;
    match payload {
        P::Accepted(_) => "accepted",
        P::Confirmed(_) => "confirmed",
        P::CancelRequested(_) => "cancel_requested",
        P::Canceled(_) => "canceled",
        P::PutOnHold(_) => "put_on_hold",
        P::Resumed(_) => "resumed",
        P::Captured(_) => "captured",
        P::FulfillmentCreated(_) => "fulfillment_created",
        P::ShippingStarted(_) => "shipping_started",
        P::Shipped(_) => "shipped",
        P::ReturnStarted(_) => "return_started",
        P::ReturnRejected(_) => "return_rejected",
        P::Returned(_) => "returned",
        P::ActionRequired(_) => "action_required",
        P::PaidExternally(_) => "paid_externally",
        P::WrittenOff(_) => "written_off",
        P::ReservationReleased(_) => "reservation_released",
    }
}
