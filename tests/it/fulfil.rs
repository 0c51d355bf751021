//! Shipped: the units leave, and the money is taken then at the latest.

use stoa_api::order::v1::{AxisState, OrderState};
use stoa_api::pricing::v1::{CaptureMode, Channel, CreateChannelRequest};

use crate::shop::{Shop, both_ways, minor};

both_ways!(shipped, captured_on_shipment);

async fn shipped(shop: Shop) {
    shop.stock("default", "MUG", 1_250, 10).await;
    let order = shop.order("", "MUG", 2, "tok_approve").await;
    let order = shop.ship(&order.order_id).await;
    assert_eq!(order.fulfillment_state(), AxisState::Full);
    assert_eq!((order.lines[0].open, order.lines[0].fulfilled), (0, 2));
    assert_eq!(order.fulfillments[0].tracking_ref, "RM 1234");
    let level = shop.level("MUG").await;
    assert_eq!((level.on_hand, level.allocated, level.available), (8, 0, 8));
    shop.close().await;
}

async fn captured_on_shipment(shop: Shop) {
    let channel = Channel {
        code: "later".to_owned(),
        title: "Money at the door".to_owned(),
        currency_code: "GBP".to_owned(),
        capture_mode: CaptureMode::OnShipment.into(),
        ..Channel::default()
    };
    let create = CreateChannelRequest {
        channel: Some(channel),
        ..CreateChannelRequest::default()
    };
    shop.staff.call(create).await.unwrap();
    shop.stock("later", "MUG", 1_250, 10).await;
    let order = shop.order("later", "MUG", 2, "tok_approve").await;
    assert_eq!(order.state(), OrderState::Confirmed);
    assert_eq!(order.authorized_state(), AxisState::Full);
    assert_eq!(order.charged_state(), AxisState::None);
    shop.ship(&order.order_id).await;
    let order = shop
        .until(&order.order_id, "the capture", |order| {
            order.charged_state() == AxisState::Full
        })
        .await;
    assert_eq!(minor(order.captured.as_ref()), 2_500);
    shop.close().await;
}
