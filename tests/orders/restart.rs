//! A suite that stops in the middle of its orders goes on with them when it is started again.

use stoa_api::order::v1::*;

use crate::shop::{MUG, ONCE, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_under_way_is_finished_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open_in(folder.path()).await;
    let ada = shop.guest("ada");
    let mut orders = Vec::new();
    for token in [
        "tok_timeout_then_succeed",
        "tok_timeout_then_fail",
        "tok_capture_timeout_then_succeed",
        "tok_capture_declined",
        "tok_approve",
    ] {
        let order = shop.buy_quickly(&ada, ONCE, &[(MUG, 1)], token).await;
        orders.push(order.order_id);
    }
    shop.suite.stop().await;

    let shop = Shop::open_again(folder.path()).await;
    let ends = [
        OrderState::Confirmed,
        OrderState::Canceled,
        OrderState::Confirmed,
        OrderState::OnHold,
        OrderState::Confirmed,
    ];
    for (order, end) in orders.iter().zip(ends) {
        shop.until(order, end).await;
    }
    stoa_testkit::eventually("all work to end", || async {
        for order in &orders {
            if shop.fact("order", order).await.live {
                return None;
            }
        }
        Some(())
    })
    .await;
    let money: Vec<_> = {
        let mut money = Vec::new();
        for order in &orders {
            let (authorized, captured, ..) = shop.money(order).await;
            money.push((authorized, captured));
        }
        money
    };
    assert_eq!(
        money,
        [
            (1_234, 1_234),
            (0, 0),
            (1_234, 1_234),
            (1_234, 0),
            (1_234, 1_234)
        ]
    );
    assert_eq!(shop.stock(MUG).await, (10, 4, 0));
    shop.books_agree().await;
    shop.suite.stop().await;
}
