//! What sales move among the figures: holds, orders and money, by outcome.

use stoa_api::order::v1::{
    AxisState, CancelOrderRequest, CreateCreditRequest, CreditItem, OrderState,
};
use stoa_api::type_::v1::UnitPrice;

use super::figures::Desk;
use crate::shop::minor;

/// An order that is paid and canceled, and one that ships: holds and money at each of their ends.
pub(super) async fn sold(desk: &Desk) {
    let shop = &desk.shop;
    shop.stock("default", "MUG", 1_250, 10).await;
    let before = desk.page().await;
    let order = shop.order("", "MUG", 2, "tok_approve").await;
    assert_eq!(order.state(), OrderState::Confirmed);
    shop.until(&order.order_id, "the capture", |order| {
        minor(order.captured.as_ref()) == 2_500
    })
    .await;
    let hold = [
        ("rpc_service", "stoa.inventory.v1.InventoryInternalService"),
        ("rpc_method", "CreateHold"),
        ("rpc_code", "OK"),
    ];
    let done = ("outcome", "SUCCEEDED");
    let confirmed = [("outcome", "CONFIRMED")];
    desk.grew(
        &before,
        &[
            ("rpc_server_requests_total", &hold, 1.0),
            ("stoa_inventory_holds_total", &[("outcome", "HELD")], 1.0),
            (
                "stoa_inventory_holds_total",
                &[("outcome", "ALLOCATED")],
                1.0,
            ),
            ("stoa_order_orders_total", &confirmed, 1.0),
            (
                "stoa_order_checkout_duration_seconds_count",
                &confirmed,
                1.0,
            ),
            (
                "stoa_order_money_minor_total",
                &[("outcome", "captured"), ("currency", "GBP")],
                2_500.0,
            ),
            (
                "stoa_payment_operations_total",
                &[("kind", "AUTHORIZE"), done],
                1.0,
            ),
            (
                "stoa_payment_amount_minor_total",
                &[("kind", "CAPTURE"), done],
                2_500.0,
            ),
        ],
    )
    .await;

    let before = desk.page().await;
    let cancel = CancelOrderRequest {
        order_id: order.order_id.clone(),
        reason: "changed my mind".to_owned(),
        ..CancelOrderRequest::default()
    };
    shop.ann.call(cancel).await.unwrap();
    let other = shop.order("", "MUG", 1, "tok_approve").await;
    shop.until(&other.order_id, "the capture", |order| {
        order.charged_state() == AxisState::Full
    })
    .await;
    shop.ship(&other.order_id).await;
    desk.grew(
        &before,
        &[
            ("stoa_order_orders_total", &[("outcome", "CUSTOMER")], 1.0),
            (
                "stoa_order_money_minor_total",
                &[("outcome", "refunded"), ("currency", "GBP")],
                2_500.0,
            ),
            (
                "stoa_payment_amount_minor_total",
                &[("kind", "REFUND"), done],
                2_500.0,
            ),
            (
                "stoa_inventory_holds_total",
                &[("outcome", "DEALLOCATED")],
                1.0,
            ),
            ("stoa_inventory_holds_total", &[("outcome", "SHIPPED")], 1.0),
        ],
    )
    .await;
}

/// Orders that are not to be: declined, or more than there is.
pub(super) async fn refused(desk: &Desk) {
    let before = desk.page().await;
    let order = desk.shop.order("", "MUG", 3, "tok_decline").await;
    assert_eq!(order.state(), OrderState::Canceled);
    let order = desk.shop.order("", "MUG", 5_000, "tok_approve").await;
    assert_eq!(order.state(), OrderState::Canceled);
    desk.grew(
        &before,
        &[
            (
                "stoa_order_orders_total",
                &[("outcome", "PAYMENT_DECLINED")],
                1.0,
            ),
            (
                "stoa_order_orders_total",
                &[("outcome", "OUT_OF_STOCK")],
                1.0,
            ),
            (
                "stoa_payment_amount_minor_total",
                &[("kind", "AUTHORIZE"), ("outcome", "FAILED")],
                3_750.0,
            ),
            (
                "stoa_inventory_holds_total",
                &[("outcome", "RELEASED")],
                1.0,
            ),
            ("stoa_inventory_out_of_stock_total", &[], 1.0),
        ],
    )
    .await;
}

/// Money that goes out without an order.
pub(super) async fn credited(desk: &Desk) {
    let before = desk.page().await;
    let item = CreditItem {
        sku: "MUG".to_owned(),
        quantity: 2,
        unit_price: Some(UnitPrice {
            currency_code: "GBP".to_owned(),
            micros: 12_000_000,
        }),
    };
    let credit = CreateCreditRequest {
        channel: "default".to_owned(),
        items: vec![item],
        reason: "bought before we opened".to_owned(),
        external_ref: "C-1".to_owned(),
        payment_token: "tok_approve".to_owned(),
        ..CreateCreditRequest::default()
    };
    desk.shop.staff.call(credit).await.unwrap();
    desk.grew(
        &before,
        &[
            (
                "stoa_order_money_minor_total",
                &[("outcome", "credited"), ("currency", "GBP")],
                2_400.0,
            ),
            (
                "stoa_payment_amount_minor_total",
                &[("kind", "CREDIT"), ("outcome", "SUCCEEDED")],
                2_400.0,
            ),
        ],
    )
    .await;
}
