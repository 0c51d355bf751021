//! Orders that are not to be: declined, or more than there is. Nothing stays held or taken.

use stoa_api::order::v1::{AxisState, CancelReason, GetQuoteRequest, OrderState, QuoteState};
use stoa_api::payment::v1::{PaymentState, SearchPaymentsRequest};
use stoa_testkit::Doors;

use crate::shop::{Shop, both_ways, minor, place, quote};

both_ways!(declined, out_of_stock, unknown_things);

async fn declined(shop: Shop) {
    shop.stock("default", "MUG", 1_250, 10).await;
    let order = shop.order("", "MUG", 3, "tok_decline").await;
    assert_eq!(order.state(), OrderState::Canceled);
    assert_eq!(order.cancel_reason(), CancelReason::PaymentDeclined);
    assert_eq!(order.charged_state(), AxisState::None);
    assert_eq!(minor(order.captured.as_ref()), 0);
    let level = shop.level("MUG").await;
    assert_eq!((level.on_hand, level.available), (10, 10));
    let payments = SearchPaymentsRequest {
        order_id: order.order_id,
        ..SearchPaymentsRequest::default()
    };
    let payments = shop.staff.call(payments).await.unwrap().payments;
    assert_eq!(payments[0].state(), PaymentState::Declined);
    // The quote is used up; a new one can be ordered.
    let spent = GetQuoteRequest {
        quote_id: order.quote_id,
        ..GetQuoteRequest::default()
    };
    let spent = shop.ann.call(spent).await.unwrap().quote.unwrap();
    assert_eq!(spent.state(), QuoteState::Used);
    let order = shop.order("", "MUG", 3, "tok_approve").await;
    assert_eq!(order.state(), OrderState::Confirmed);
    shop.close().await;
}

async fn out_of_stock(shop: Shop) {
    shop.stock("default", "MUG", 1_250, 10).await;
    let order = shop.order("", "MUG", 11, "tok_approve").await;
    assert_eq!(order.state(), OrderState::Canceled);
    assert_eq!(order.cancel_reason(), CancelReason::OutOfStock);
    assert_eq!(order.authorized_state(), AxisState::None);
    assert_eq!(shop.level("MUG").await.available, 10);
    let order = shop.order("", "MUG", 10, "tok_approve").await;
    assert_eq!(order.state(), OrderState::Confirmed);
    assert_eq!(shop.level("MUG").await.available, 0);
    shop.close().await;
}

async fn unknown_things(shop: Shop) {
    shop.stock("default", "MUG", 1_250, 10).await;
    let unknown = shop.ann.call(quote("", &[("CUP", 1)])).await;
    assert_eq!(Doors::reason(unknown), "SKU_NOT_FOUND");
    let nowhere = shop.ann.call(quote("moon", &[("MUG", 1)])).await;
    assert_eq!(Doors::reason(nowhere), "CHANNEL_NOT_FOUND");
    let error = shop.ann.call(quote("", &[("MUG", 0)])).await.unwrap_err();
    assert_eq!(error.reason, "INVALID_ARGUMENT");
    assert_eq!(error.violations[0].field, "basket.items[0].quantity");
    let quoted = shop.quote("", "MUG", 1).await;
    let mut homeless = place(&quoted.quote_id, "tok_approve");
    homeless.shipping_address = None;
    let error = shop.ann.call(homeless).await.unwrap_err();
    assert_eq!(error.reason, "ADDRESS_REQUIRED");
    // What was refused for its form has not used the quote.
    let placed = shop.ann.call(place(&quoted.quote_id, "tok_approve")).await;
    assert!(placed.is_ok());
    shop.close().await;
}
