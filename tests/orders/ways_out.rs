//! The typed ways out of an order whose capture was declined after the pivot: try again, cancel, paid outside, write off.
//! Each refuses what would break the books, and leaves order, payment and stock agreeing.

use futures::future::join_all;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;
use stoa_api::order::v1::*;
use stoa_api::type_::v1::Money;
use stoa_errors::Error;
use stoa_testkit::eventually;

use crate::shop::{MUG, ONCE, SHIP, Shop, events, minor, reason};

const DECLINED: &str = "tok_capture_declined";

fn gbp(minor_units: i64) -> Option<Money> {
    Some(Money {
        currency_code: "GBP".to_owned(),
        minor_units,
    })
}

fn paid(order: &Order, minor_units: i64, reference: &str) -> MarkPaidExternallyRequest {
    MarkPaidExternallyRequest {
        order_id: order.order_id.clone(),
        amount: gbp(minor_units),
        reference: reference.to_owned(),
        reason: "the customer has sent it to our bank".to_owned(),
        ..MarkPaidExternallyRequest::default()
    }
}

fn given_up(order: &Order, minor_units: i64) -> WriteOffRequest {
    WriteOffRequest {
        order_id: order.order_id.clone(),
        amount: gbp(minor_units),
        reason: "not worth a letter".to_owned(),
        ..WriteOffRequest::default()
    }
}

impl Shop {
    pub(crate) async fn retry(&self, order: &Order) -> Result<Order, Error> {
        let request = RetryCaptureRequest {
            order_id: order.order_id.clone(),
            ..RetryCaptureRequest::default()
        };
        Ok(self.staff.call(request).await?.order.unwrap())
    }

    pub(crate) async fn mark_paid(
        &self,
        order: &Order,
        minor_units: i64,
        reference: &str,
    ) -> Result<Order, Error> {
        let request = paid(order, minor_units, reference);
        Ok(self.staff.call(request).await?.order.unwrap())
    }

    pub(crate) async fn write_off(&self, order: &Order, minor_units: i64) -> Result<Order, Error> {
        let request = given_up(order, minor_units);
        Ok(self.staff.call(request).await?.order.unwrap())
    }

    /// An order that is on hold, since its capture was declined.
    async fn held(&self, units: i64) -> Order {
        let ada = self.guest("ada");
        let order = self.buy(&ada, ONCE, &[(MUG, units)], DECLINED).await;
        assert_eq!(order.state(), OrderState::OnHold);
        assert_eq!(order.hold_reason, "CAPTURE_DECLINED");
        order
    }

    /// From now on the provider takes what it declined before.
    pub(crate) async fn bank_agrees(&self) {
        let folder = self.suite.data().join("sandbox");
        let file = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.extension().is_some_and(|it| it == "db"))
            .unwrap();
        let options = SqliteConnectOptions::new().filename(file);
        let db = SqlitePool::connect_with(options).await.unwrap();
        let done = sqlx::query("UPDATE operation SET token = 'tok_approve'")
            .execute(&db)
            .await;
        assert!(done.unwrap().rows_affected() > 0);
        db.close().await;
    }

    /// Work on the order has ended, and what the services hold of it agrees as the doctor wants it.
    pub(crate) async fn agrees(&self, order_id: &str) {
        let ours = eventually("the work to end", || async {
            Some(self.fact("order", order_id).await).filter(|fact| !fact.live)
        })
        .await;
        let theirs = self.fact("payment", order_id).await;
        let of = |fact: &stoa_api::ops::v1::Fact, name: &str| fact.amounts[name];
        assert_eq!(of(&theirs, "pending"), 0);
        let reserved = of(&theirs, "authorized") - of(&theirs, "voided");
        let over = ours.states["order"] == "CANCELED";
        if over {
            assert_eq!(reserved, of(&theirs, "captured"), "{theirs:?}");
            assert_eq!(of(&theirs, "captured"), of(&theirs, "refunded"));
            assert_eq!(
                of(&ours, "paid_externally"),
                of(&ours, "refunded_externally")
            );
        } else {
            assert_eq!(reserved, of(&ours, "authorized"), "{ours:?} {theirs:?}");
        }
        for amount in ["captured", "refunded"] {
            assert_eq!(of(&theirs, amount), of(&ours, amount), "{amount}");
        }
        let hold = self.fact("inventory", order_id).await.states["hold"].clone();
        let wanted = match (over, ours.states["fulfillment"].as_str()) {
            (true, _) => "DEALLOCATED",
            (false, "FULL") => "SHIPPED",
            _ => "ALLOCATED",
        };
        assert_eq!(hold, wanted);
        self.books_agree().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_is_tried_again_until_it_is_done() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop.held(2).await;
    let again = shop.retry(&order).await.unwrap();
    assert_eq!(again.state(), OrderState::OnHold);
    assert_eq!(shop.money(&order.order_id).await, (2_468, 0, 0, 0));
    shop.agrees(&order.order_id).await;
    shop.bank_agrees().await;
    // Several at once: one tries, the others are told that it is not on hold any more or is busy.
    let tries = join_all((0..6).map(|_| shop.retry(&order))).await;
    let mut tried = 0;
    for answer in tries {
        match answer {
            Ok(order) => {
                assert_eq!(order.state(), OrderState::Confirmed);
                tried += 1;
            }
            Err(error) => assert!(
                ["ORDER_STATE", "CONFLICT"].contains(&error.reason.as_ref()),
                "{error:?}"
            ),
        }
    }
    assert_eq!(tried, 1);
    let order = shop.order(&order.order_id).await;
    assert_eq!(order.charged_state(), AxisState::Full);
    assert_eq!(shop.money(&order.order_id).await, (2_468, 2_468, 0, 0));
    assert_eq!(reason(shop.retry(&order).await), "ORDER_STATE");
    assert_eq!(
        events(&ada, &order.order_id).await,
        [
            "accepted",
            "confirmed",
            "put_on_hold",
            "resumed",
            "put_on_hold",
            "resumed",
            "captured"
        ]
    );
    assert_eq!(shop.ship(&order).await.state(), OrderState::Closed);
    shop.agrees(&order.order_id).await;
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_hold_is_canceled_and_nothing_is_kept() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop.held(2).await;
    let order = shop.cancel(&ada, &order.order_id).await.unwrap();
    let order = shop.until(&order.order_id, OrderState::Canceled).await;
    assert_eq!(order.hold_reason, "");
    assert_eq!(shop.money(&order.order_id).await, (2_468, 0, 0, 2_468));
    assert_eq!(shop.stock(MUG).await, (10, 0, 0));
    for refused in [
        shop.retry(&order).await,
        shop.mark_paid(&order, 1, "T-1").await,
        shop.write_off(&order, 1).await,
    ] {
        assert_eq!(reason(refused), "ORDER_STATE");
    }
    shop.agrees(&order.order_id).await;
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_paid_outside_counts_as_charged_and_is_never_taken_again() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop.held(2).await;
    let part = shop.mark_paid(&order, 2_000, "T-1").await.unwrap();
    assert_eq!(part.state(), OrderState::OnHold);
    assert_eq!(part.charged_state(), AxisState::Partial);
    let error = shop.mark_paid(&order, 469, "T-2").await.unwrap_err();
    assert_eq!(error.reason, "AMOUNT_EXCEEDS_DUE");
    assert_eq!(error.metadata["due_minor"], "468");
    let twice = shop.mark_paid(&order, 1, "T-1").await;
    assert_eq!(reason(twice), "EXTERNAL_REF_USED");
    let mut euro = paid(&order, 1, "T-3");
    euro.amount.as_mut().unwrap().currency_code = "EUR".to_owned();
    assert_eq!(reason(shop.staff.call(euro).await), "CURRENCY_MISMATCH");
    for wrong in [0, -1] {
        let error = shop.mark_paid(&order, wrong, "T-4").await.unwrap_err();
        assert_eq!(error.violations[0].field, "amount.minor_units", "{error:?}");
    }
    let mut rest = paid(&order, 468, "T-5");
    rest.request_id = "rest".to_owned();
    for _ in 0..2 {
        let paid = shop.staff.call(rest.clone()).await.unwrap().order.unwrap();
        assert_eq!(paid.state(), OrderState::Confirmed);
        assert_eq!(paid.charged_state(), AxisState::Full);
        assert_eq!(minor(&paid.paid_externally), 2_468);
        assert_eq!(paid.external_payments.len(), 2);
    }
    // What was reserved is given up: the card is not needed any more.
    shop.agrees(&order.order_id).await;
    assert_eq!(shop.money(&order.order_id).await, (2_468, 0, 0, 2_468));
    let more = shop.mark_paid(&order, 1, "T-6").await;
    assert_eq!(reason(more), "AMOUNT_EXCEEDS_DUE");
    let order = shop.order(&order.order_id).await;
    assert_eq!(order.authorized_state(), AxisState::None);
    assert_eq!(
        events(&ada, &order.order_id).await,
        [
            "accepted",
            "confirmed",
            "put_on_hold",
            "paid_externally",
            "paid_externally",
            "resumed",
            "reservation_released"
        ]
    );
    assert_eq!(shop.ship(&order).await.state(), OrderState::Closed);
    shop.agrees(&order.order_id).await;
    shop.suite.stop().await;
}

/// Who paid outside gets his money back outside: staff alone cancel, and the order says what is owed there.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_paid_outside_is_given_back_outside() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let order = shop.held(2).await;
    shop.mark_paid(&order, 1_000, "T-1").await.unwrap();
    let refused = shop.cancel(&ada, &order.order_id).await;
    assert_eq!(reason(refused), "PAID_EXTERNALLY");
    shop.cancel(&shop.staff, &order.order_id).await.unwrap();
    let canceled = shop.until(&order.order_id, OrderState::Canceled).await;
    assert_eq!(minor(&canceled.refunded_externally), 1_000);
    assert_eq!(canceled.charged_state(), AxisState::None);
    shop.agrees(&order.order_id).await;
    // A return gives back what was taken first, then what was paid outside.
    let order = shop.held(2).await;
    shop.mark_paid(&order, 2_000, "T-1").await.unwrap();
    shop.bank_agrees().await;
    shop.retry(&order).await.unwrap();
    shop.agrees(&order.order_id).await;
    assert_eq!(shop.money(&order.order_id).await, (2_468, 468, 0, 2_000));
    let order = shop.ship(&shop.order(&order.order_id).await).await;
    let import = ImportReturnRequest {
        order_id: order.order_id.clone(),
        lines: vec![LineQuantity {
            line_id: "1".to_owned(),
            quantity: 1,
        }],
        external_ref: "R-1".to_owned(),
        place_time: order.place_time,
        restock: true,
        ..ImportReturnRequest::default()
    };
    shop.done(import).await;
    shop.agrees(&order.order_id).await;
    let back = shop.order(&order.order_id).await;
    assert_eq!(minor(&back.refunded), 468);
    assert_eq!(minor(&back.refunded_externally), 1_234 - 468);
    assert_eq!(back.charged_state(), AxisState::Partial);
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_up_is_not_due_any_more() {
    let shop = Shop::open().await;
    let order = shop.held(2).await;
    assert_eq!(
        reason(shop.write_off(&order, 2_469).await),
        "AMOUNT_EXCEEDS_DUE"
    );
    let mut euro = given_up(&order, 1);
    euro.amount.as_mut().unwrap().currency_code = "EUR".to_owned();
    assert_eq!(reason(shop.staff.call(euro).await), "CURRENCY_MISMATCH");
    // At the same time, each the whole: one is done.
    let both = join_all((0..4).map(|_| shop.write_off(&order, 2_468))).await;
    assert_eq!(both.iter().filter(|answer| answer.is_ok()).count(), 1);
    let order = shop.until(&order.order_id, OrderState::Confirmed).await;
    assert_eq!(minor(&order.written_off), 2_468);
    assert_eq!(order.charged_state(), AxisState::None);
    shop.agrees(&order.order_id).await;
    assert_eq!(shop.money(&order.order_id).await, (2_468, 0, 0, 2_468));
    assert_eq!(shop.ship(&order).await.state(), OrderState::Closed);
    shop.agrees(&order.order_id).await;
    // A part is given up and the rest is taken.
    let order = shop.held(1).await;
    shop.write_off(&order, 234).await.unwrap();
    shop.bank_agrees().await;
    let order = shop.retry(&order).await.unwrap();
    assert_eq!(order.state(), OrderState::Confirmed);
    assert_eq!(order.charged_state(), AxisState::Full);
    shop.agrees(&order.order_id).await;
    assert_eq!(shop.money(&order.order_id).await, (1_234, 1_000, 0, 234));
    // All that was taken goes back, and no more.
    shop.cancel(&shop.staff, &order.order_id).await.unwrap();
    shop.until(&order.order_id, OrderState::Canceled).await;
    assert_eq!(
        shop.money(&order.order_id).await,
        (1_234, 1_000, 1_000, 234)
    );
    shop.agrees(&order.order_id).await;
    shop.suite.stop().await;
}

/// Goods that wait for their money: each way out lets them go.
#[tokio::test(flavor = "multi_thread")]
async fn a_fulfilment_that_was_stopped_goes_on() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    for way in ["paid", "given up", "again"] {
        let order = shop.buy(&ada, SHIP, &[(MUG, 1)], DECLINED).await;
        let held = shop.ship(&order).await;
        assert_eq!(held.state(), OrderState::OnHold, "{way}");
        let out = match way {
            "paid" => shop.mark_paid(&held, 1_234, "T-1").await,
            "given up" => shop.write_off(&held, 1_234).await,
            _ => {
                shop.bank_agrees().await;
                shop.retry(&held).await
            }
        };
        assert_eq!(out.unwrap().state(), OrderState::Closed, "{way}");
        shop.agrees(&order.order_id).await;
    }
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_way_out_where_nothing_is_decided_or_the_money_is_on_its_way() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    let pending = shop
        .buy_quickly(&ada, ONCE, &[(MUG, 1)], "tok_timeout_then_succeed")
        .await;
    assert_eq!(pending.state(), OrderState::Pending);
    assert_eq!(reason(shop.retry(&pending).await), "ORDER_STATE");
    assert_eq!(
        reason(shop.mark_paid(&pending, 1, "T").await),
        "ORDER_STATE"
    );
    let token = "tok_capture_timeout_then_succeed";
    let taking = shop.buy_quickly(&ada, ONCE, &[(MUG, 1)], token).await;
    let taking = shop.until(&taking.order_id, OrderState::Confirmed).await;
    let mut mark = paid(&taking, 1_234, "T");
    mark.request_id = "mark".to_owned();
    assert_eq!(reason(shop.staff.call(mark.clone()).await), "CONFLICT");
    eventually("the capture", || async {
        let order = shop.order(&taking.order_id).await;
        (minor(&order.captured) == 1_234).then_some(())
    })
    .await;
    // The key was left free, and decides on what stands now.
    assert_eq!(reason(shop.staff.call(mark).await), "AMOUNT_EXCEEDS_DUE");
    let other = "ord_01h455vb4pex5vsknk084sn02q";
    let unknown = Order {
        order_id: other.to_owned(),
        ..Order::default()
    };
    assert_eq!(reason(shop.write_off(&unknown, 1).await), "ORDER_NOT_FOUND");
    shop.books_agree().await;
    shop.suite.stop().await;
}

/// What was reserved has lapsed before the goods leave: they stay, and the order says why.
#[tokio::test(flavor = "multi_thread")]
async fn what_has_lapsed_stops_the_goods_until_it_is_paid_otherwise() {
    let shop = Shop::open_lapsing().await;
    let ada = shop.guest("ada");
    let order = shop.buy(&ada, SHIP, &[(MUG, 1)], "tok_approve").await;
    assert_eq!(order.state(), OrderState::Confirmed);
    let since = std::time::Instant::now();
    eventually("the reservation to lapse", || async {
        (since.elapsed().as_millis() > 1_200).then_some(())
    })
    .await;
    let held = shop.ship(&order).await;
    assert_eq!(held.state(), OrderState::OnHold);
    assert_eq!(held.hold_reason, "AUTHORIZATION_LAPSED");
    assert_eq!(shop.stock(MUG).await, (10, 1, 0));
    let again = shop.retry(&held).await.unwrap();
    assert_eq!(again.hold_reason, "AUTHORIZATION_LAPSED");
    let paid = shop.mark_paid(&held, 1_234, "T-1").await.unwrap();
    assert_eq!(paid.state(), OrderState::Closed);
    shop.agrees(&order.order_id).await;
    shop.suite.stop().await;
}
