//! Many buyers of the last units.

use futures::future::join_all;
use stoa_api::order::v1::*;

use crate::shop::{CARE, MUG, ONCE, SHIP, Shop, order_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_guests_buy_the_last_ten() {
    let shop = Shop::open().await;
    let buys = (0..50).map(|number| {
        let shop = &shop;
        async move {
            let guest = shop.guest(&format!("guest-{number}"));
            let channel = if number % 2 == 0 { ONCE } else { SHIP };
            let quote = shop.quote(&guest, channel, &[(MUG, 1), (CARE, 1)]).await;
            let order = guest.call(order_of(&quote, "tok_approve")).await;
            order.unwrap().order.unwrap()
        }
    });
    let mut ends = [0, 0];
    for order in join_all(buys).await {
        match order.state() {
            OrderState::Confirmed => ends[0] += 1,
            OrderState::Canceled if order.cancel_reason() == CancelReason::OutOfStock => {
                ends[1] += 1;
            }
            _ => panic!("{order:?}"),
        }
    }
    assert_eq!(ends, [10, 40]);
    assert_eq!(shop.stock(MUG).await, (10, 10, 0));
    let all = SearchOrdersRequest {
        page_size: 100,
        ..SearchOrdersRequest::default()
    };
    for order in shop.done(all).await.orders {
        let fact = shop.fact("order", &order.order_id).await;
        assert!(!fact.live);
        if order.state() == OrderState::Confirmed {
            let (authorized, captured, ..) = shop.money(&order.order_id).await;
            let once = order.channel_code == ONCE;
            assert_eq!(
                (authorized, captured),
                (1_734, if once { 1_734 } else { 0 })
            );
        } else {
            assert!(shop.payment(&order.order_id).await.is_none());
        }
    }
    shop.books_agree().await;
    shop.suite.stop().await;
}
