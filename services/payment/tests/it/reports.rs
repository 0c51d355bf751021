//! What the provider does by itself: a customer's bank takes money back, somebody refunds in the console. It is recorded, whatever sum
//! it breaks, and somebody is told to look.

use serde_json::json;
use stoa_api::payment::v1 as pb;
use stoa_api::payment::v1::{OperationKind, OperationState, PaymentState};
use stoa_events::EventLog;

use crate::harness::{World, block_on, eventually, key, world};
use crate::metrics::sum;

async fn taken(world: &World) -> (pb::Payment, pb::PaymentOperation) {
    let payment = world.payment.intent("tok_approve", 100).await;
    world.payment.authorize(&payment, &key()).await.unwrap();
    let done = world.payment.capture(&payment, &key(), 100).await.unwrap();
    (payment, done.op().clone())
}

/// What the provider has told by itself and our books have taken over.
async fn reported(world: &World, payment: &pb::Payment, many: usize) -> Vec<pb::PaymentOperation> {
    eventually("what the provider did is in our books", async || {
        let operations = world.payment.operations(payment).await;
        let reported: Vec<_> = operations.into_iter().filter(|op| op.reported).collect();
        (reported.len() == many).then_some(reported)
    })
    .await
}

fn deed(operation: &pb::PaymentOperation, amount: i64) -> serde_json::Value {
    json!({ "reference": operation.operation_id, "amount_minor": amount })
}

#[test]
fn a_refund_beside_a_chargeback_is_in_both_books_and_raises_an_alarm() {
    block_on(async {
        let world = world();
        let (payment, capture) = taken(&world).await;
        let (refund, body) = (key(), deed(&capture, 100));
        let (refunded, _) = tokio::join!(
            world.payment.refund(&payment, &refund, 60),
            world.provider.post("console/chargebacks", &body),
        );
        // Either we had heard of it, and refused, or both went out.
        let out = if refunded.is_ok() { 160 } else { 100 };
        let reported = reported(&world, &payment, 1).await;
        assert_eq!(reported[0].kind(), OperationKind::Refund);
        assert_eq!(reported[0].state(), OperationState::Succeeded);
        assert_eq!(world.provider.pounds().await, [0, 100, 0, out, 0]);
        assert_eq!(world.payment.accounts().await, [100 - out, -100, out, 0]);
        let read = world.payment.read(&payment).await;
        assert_eq!(read.state(), PaymentState::Refunded);
        assert_eq!(read.refunded.unwrap().minor_units, out);
        assert!(sum(&world, "stoa_payment_alarms", &[]) >= 1.0);
        // There is nothing left that we would give back.
        let over = world.payment.refund(&payment, &key(), 1).await.unwrap_err();
        assert_eq!(over.reason, "AMOUNT_EXCEEDS_CAPTURED");
        let found = world.payment.violations().await;
        let said = found
            .iter()
            .all(|line| line.starts_with("nothing_beyond_allowed"));
        assert!(said && found.len() == usize::from(out > 100), "{found:?}");
    });
}

#[test]
fn a_chargeback_after_a_refund_breaks_a_sum_and_stands() {
    block_on(async {
        let world = world();
        let (payment, capture) = taken(&world).await;
        world.payment.refund(&payment, &key(), 60).await.unwrap();
        world
            .provider
            .post("console/chargebacks", &deed(&capture, 100))
            .await;
        let reported = reported(&world, &payment, 1).await;
        assert_eq!(world.provider.pounds().await, [0, 100, 0, 160, 0]);
        assert_eq!(world.payment.accounts().await, [-60, -100, 160, 0]);
        let found = world.payment.violations().await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("nothing_beyond_allowed: pay_"),
            "{found:?}"
        );
        let events = EventLog::stream(&world.payment.db, "payment", &payment.payment_id, 0, 100);
        let events = events.await.unwrap();
        let alarm = events
            .iter()
            .find(|event| event.event_type.ends_with("PaymentAlarmRaised"))
            .unwrap();
        let alarm: pb::PaymentAlarmRaised = alarm.decode().unwrap();
        assert_eq!(alarm.operation_id, reported[0].operation_id);
        assert!(alarm.reported);
    });
}

#[test]
fn what_is_done_in_the_console_is_recorded_once_and_leaves_less_to_do() {
    block_on(async {
        let world = world();
        let (payment, capture) = taken(&world).await;
        world
            .provider
            .post("console/refunds", &deed(&capture, 30))
            .await;
        reported(&world, &payment, 1).await;
        let over = world
            .payment
            .refund(&payment, &key(), 71)
            .await
            .unwrap_err();
        assert_eq!(
            over.metadata.get("available").map(String::as_str),
            Some("70")
        );
        world.payment.refund(&payment, &key(), 70).await.unwrap();

        let payment = world.payment.intent("tok_approve", 50).await;
        let authorize = key();
        let done = world.payment.authorize(&payment, &authorize).await.unwrap();
        let body = deed(done.op(), 50);
        world.provider.post("console/voids", &body).await;
        reported(&world, &payment, 1).await;
        let read = world.payment.read(&payment).await;
        assert_eq!(read.state(), PaymentState::Voided);
        assert_eq!(world.provider.pounds().await, [0, 100, 50, 100, 0]);
        assert!((sum(&world, "stoa_payment_alarms", &[]) - 2.0).abs() < 0.5);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}
