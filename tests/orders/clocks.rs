//! An instance whose clock is five minutes off takes over from one whose clock is right, and gives back: holds of orders, quotes and
//! work that waits are decided as if it were not. What depends on the clock of who answers is how long a quote can be used, to
//! those five minutes.

use stoa_api::order::v1::*;
use stoa_testkit::Caller;

use crate::shop::{MUG, ONCE, Shop, order_of, reason};

/// Five minutes.
const OFF: i64 = 300;

/// Leaves an order behind of which nothing is known yet, and a quote that was not used.
async fn leave(shop: &Shop, ada: &Caller) -> (Order, Quote) {
    let token = "tok_timeout_then_succeed";
    let order = shop.buy_quickly(ada, ONCE, &[(MUG, 1)], token).await;
    assert_eq!(order.state(), OrderState::Pending);
    (order, shop.quote(ada, ONCE, &[(MUG, 1)]).await)
}

/// Takes both up, at once and not minutes later.
async fn take_up(shop: &Shop, ada: &Caller, (order, quote): &(Order, Quote)) {
    shop.until(&order.order_id, OrderState::Confirmed).await;
    let placed = ada.call(order_of(quote, "tok_approve")).await.unwrap();
    assert_eq!(placed.order.unwrap().state(), OrderState::Confirmed);
    let again = ada.call(order_of(quote, "tok_approve")).await;
    assert_eq!(reason(again), "QUOTE_USED");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_whose_clock_is_off_decides_the_same() {
    for off in [OFF, -OFF] {
        let folder = tempfile::tempdir().unwrap();
        let shop = Shop::open_in(folder.path()).await;
        let left = leave(&shop, &shop.guest("ada")).await;
        shop.suite.stop().await;
        let shop = Shop::open_off(folder.path(), off).await;
        let ada = shop.guest("ada");
        take_up(&shop, &ada, &left).await;
        let left = leave(&shop, &ada).await;
        shop.suite.stop().await;
        let shop = Shop::open_again(folder.path()).await;
        take_up(&shop, &shop.guest("ada"), &left).await;
        let all = shop.done(SearchOrdersRequest::default()).await.orders;
        assert_eq!(all.len(), 4, "{off}");
        for order in all {
            shop.agrees(&order.order_id).await;
        }
        assert_eq!(shop.stock(MUG).await, (10, 4, 0), "{off}");
        shop.suite.stop().await;
    }
}
