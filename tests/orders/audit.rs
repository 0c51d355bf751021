//! Each check of the order service's own audit is broken once and seen; the secret of a payment does not stay.

use stoa_api::ops::v1::CheckInvariantsRequest;
use stoa_api::order::v1::*;

use crate::database::Database;
use crate::shop::{MUG, ONCE, Shop};

/// The checks that find something, with how many.
async fn broken(shop: &Shop) -> Vec<(String, i64)> {
    let request = CheckInvariantsRequest {
        service: "order".to_owned(),
        full: true,
    };
    let checks = shop.done(request).await.checks;
    assert_eq!(checks.len(), 7);
    for check in &checks {
        assert!(check.examined > 0, "{}", check.name);
    }
    checks
        .into_iter()
        .filter(|check| check.violation_count > 0)
        .map(|check| (check.name, check.violation_count))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_check_sees_what_is_broken() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop.buy(&ada, ONCE, &[(MUG, 2)], "tok_approve").await;
    let order = shop.ship(&order).await;
    let request = RequestReturnRequest {
        order_id: order.order_id.clone(),
        lines: vec![LineQuantity {
            line_id: "1".to_owned(),
            quantity: 1,
        }],
        ..RequestReturnRequest::default()
    };
    ada.call(request).await.unwrap();
    assert_eq!(broken(&shop).await, []);
    let db = Database::of(&shop).await;
    let check = |name: &str| [(name.to_owned(), 1)];

    db.change("UPDATE orders SET captured = captured + 1").await;
    assert_eq!(
        broken(&shop).await,
        check("order_columns_equal_their_order")
    );
    db.change("UPDATE orders SET captured = captured - 1").await;

    db.change("UPDATE quotes SET used_by = NULL").await;
    assert_eq!(broken(&shop).await, check("quotes_are_used_by_their_order"));
    db.change("UPDATE quotes SET used_by = (SELECT order_id FROM orders WHERE orders.quote_id = quotes.quote_id)",
    )
    .await;

    db.change(&format!("UPDATE returns SET order_id = {}", db.nobody()))
        .await;
    assert_eq!(broken(&shop).await, check("returns_equal_their_units"));
    db.change("UPDATE returns SET order_id = (SELECT order_id FROM orders)")
        .await;
    assert_eq!(broken(&shop).await, []);

    // An order that is otherwise than its events say, and therefore in more than one way.
    for (wrong, name) in [
        (with(&order, |order| order.title_of_first("another")), None),
        (
            with(&order, |order| order.lines[0].open += 1),
            Some("units_are_in_one_bucket"),
        ),
        (
            with(&order, |order| {
                order.captured.as_mut().unwrap().minor_units += 1
            }),
            Some("amounts_add_up"),
        ),
    ] {
        save(&db, &wrong).await;
        let found: Vec<String> = broken(&shop)
            .await
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert!(
            found.contains(&"orders_equal_their_events".to_owned()),
            "{found:?}"
        );
        if let Some(name) = name {
            assert!(found.contains(&name.to_owned()), "{found:?}");
        }
    }
    db.close().await;
    shop.suite.stop().await;
}

trait Titled {
    fn title_of_first(&mut self, title: &str);
}

impl Titled for Order {
    fn title_of_first(&mut self, title: &str) {
        title.clone_into(&mut self.lines[0].title);
    }
}

fn with(order: &Order, change: impl FnOnce(&mut Order)) -> Order {
    let mut order = order.clone();
    change(&mut order);
    order
}

async fn save(db: &Database, order: &Order) {
    let bytes = db.bytes(&prost::Message::encode_to_vec(order));
    db.change(&format!("UPDATE orders SET snapshot = {bytes}"))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_token_goes_with_the_end_of_its_work() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let pending = shop
        .buy_quickly(&ada, ONCE, &[(MUG, 1)], "tok_timeout_then_succeed")
        .await;
    let db = Database::of(&shop).await;
    let states = || db.count("SELECT count(*) FROM workflow WHERE state LIKE '%tok_%'");
    assert_eq!(states().await, 1);
    shop.until(&pending.order_id, OrderState::Confirmed).await;
    for token in ["tok_approve", "tok_decline", "tok_capture_declined"] {
        shop.buy(&ada, ONCE, &[(MUG, 1)], token).await;
    }
    shop.buy(&ada, ONCE, &[(MUG, 100)], "tok_approve").await;
    for (reference, token) in [("C-1", "tok_approve"), ("C-2", "tok_decline")] {
        shop.done(crate::credits::credit(reference, token)).await;
    }
    stoa_testkit::eventually("no token to be kept", || async {
        (states().await == 0).then_some(())
    })
    .await;
    db.close().await;
    shop.suite.stop().await;
}

/// A runner whose work was taken away while it called the provider writes nothing of what it decided.
#[tokio::test(flavor = "multi_thread")]
async fn who_lost_his_fence_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open_in(folder.path()).await;
    let ada = shop.guest("ada");
    let db = Database::of(&shop).await;
    // The provider takes its time; we do not.
    let order = shop.buy_quickly(&ada, ONCE, &[(MUG, 1)], "tok_slow").await;
    assert_eq!(order.state(), OrderState::Pending);
    db.change(&format!(
        "UPDATE workflow SET fence = fence + 1, runner = {}",
        db.nobody()
    ))
    .await;
    // The provider has answered and the run is over.
    stoa_testkit::eventually("the money to be reserved", || async {
        let payment = shop.payment(&order.order_id).await?;
        (crate::shop::minor(&payment.authorized) == 1_234).then_some(())
    })
    .await;
    stoa_testkit::eventually("the run to be lost", || async {
        let page = shop.suite.metrics().await;
        (crate::checkout::count(&page, "stoa_workflow_run_duration_seconds_count", &["lost"]) == 1)
            .then_some(())
    })
    .await;
    assert_eq!(shop.order(&order.order_id).await.revision, 1);
    db.close().await;
    shop.suite.stop().await;
    let shop = Shop::open_again(folder.path()).await;
    let order = shop.until(&order.order_id, OrderState::Confirmed).await;
    stoa_testkit::eventually("the capture", || async {
        (crate::shop::minor(&shop.order(&order.order_id).await.captured) == 1_234).then_some(())
    })
    .await;
    assert_eq!(shop.money(&order.order_id).await, (1_234, 1_234, 0, 0));
    shop.books_agree().await;
    shop.suite.stop().await;
}

/// All subjects page by page, and those that are asked for alone.
#[tokio::test(flavor = "multi_thread")]
async fn facts_come_in_pages_orders_first() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let mut subjects = Vec::new();
    for _ in 0..3 {
        let order = shop.buy(&ada, ONCE, &[(MUG, 1)], "tok_approve").await;
        subjects.push(order.order_id);
    }
    for reference in ["C-1", "C-2"] {
        let paid = shop
            .done(crate::credits::credit(reference, "tok_approve"))
            .await;
        subjects.push(paid.credit.unwrap().credit_id);
    }
    let mut request = stoa_api::ops::v1::ListFactsRequest {
        service: "order".to_owned(),
        page_size: 2,
        ..stoa_api::ops::v1::ListFactsRequest::default()
    };
    let mut found = Vec::new();
    loop {
        let page = shop.done(request.clone()).await;
        assert!(page.facts.len() <= 2);
        assert!(page.log_position > 0);
        found.extend(page.facts.into_iter().map(|fact| fact.subject));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(found, subjects);
    request.page_token = String::new();
    request.page_size = 0;
    request.subjects = vec![subjects[4].clone(), subjects[1].clone()];
    let some = shop.done(request).await.facts;
    let some: Vec<&str> = some.iter().map(|fact| fact.subject.as_str()).collect();
    assert_eq!(some, [subjects[1].as_str(), subjects[4].as_str()]);
    shop.suite.stop().await;
}
