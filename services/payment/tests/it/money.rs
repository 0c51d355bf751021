//! The straight way of money: authorise, capture, refund, and what the ledger and the provider say.

use stoa_api::payment::v1::{OperationState, PaymentState};

use crate::harness::{block_on, key, world};

#[test]
fn money_that_is_taken_and_given_back_stands_in_both_books() {
    block_on(async {
        let world = world();
        let payment = world.payment.intent("tok_approve", 1_000).await;
        assert_eq!(payment.state(), PaymentState::Created);

        let done = world.payment.authorize(&payment, &key()).await.unwrap();
        assert_eq!(done.state(), OperationState::Succeeded);
        assert_eq!(done.of().state(), PaymentState::Authorized);
        assert!(!done.op().provider_id.is_empty());
        assert_eq!(world.payment.accounts().await, [0; 4], "no money moved");

        let done = world.payment.capture(&payment, &key(), 700).await.unwrap();
        assert_eq!(done.of().state(), PaymentState::Captured);
        assert_eq!(world.payment.accounts().await, [700, -700, 0, 0]);

        let done = world.payment.refund(&payment, &key(), 300).await.unwrap();
        assert_eq!(done.state(), OperationState::Succeeded);
        assert_eq!(world.payment.accounts().await, [400, -700, 300, 0]);

        let done = world.payment.refund(&payment, &key(), 400).await.unwrap();
        assert_eq!(done.of().state(), PaymentState::Refunded);
        assert_eq!(world.provider.pounds().await, [300, 700, 0, 700, 0]);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn a_part_may_be_captured_twice_and_the_rest_given_up() {
    block_on(async {
        let world = world();
        let payment = world.payment.intent("tok_approve", 100).await;
        let authorize = key();
        world.payment.authorize(&payment, &authorize).await.unwrap();
        world.payment.capture(&payment, &key(), 30).await.unwrap();
        world.payment.capture(&payment, &key(), 50).await.unwrap();
        let order = payment.order_id.as_str();
        let done = world.payment.void(order, &key(), &authorize).await.unwrap();
        assert_eq!(done.op().amount.as_ref().unwrap().minor_units, 20);
        assert_eq!(world.provider.pounds().await, [0, 80, 20, 0, 0]);

        // One refund is one request about one capture.
        let refused = world
            .payment
            .refund(&payment, &key(), 80)
            .await
            .unwrap_err();
        assert_eq!(refused.reason, "AMOUNT_EXCEEDS_CAPTURED");
        assert_eq!(
            refused.metadata.get("available").map(String::as_str),
            Some("50")
        );
        world.payment.refund(&payment, &key(), 50).await.unwrap();
        world.payment.refund(&payment, &key(), 30).await.unwrap();
        assert_eq!(
            world.payment.read(&payment).await.state(),
            PaymentState::Refunded
        );
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn each_change_of_a_payment_is_one_event() {
    block_on(async {
        let world = world();
        let payment = world.payment.intent("tok_approve", 100).await;
        world.payment.authorize(&payment, &key()).await.unwrap();
        world.payment.capture(&payment, &key(), 100).await.unwrap();
        let events = stoa_events::EventLog::stream(
            &world.payment.db,
            "payment",
            &payment.payment_id,
            0,
            100,
        )
        .await
        .unwrap();
        let types: Vec<&str> = events
            .iter()
            .map(|event| event.event_type.rsplit('.').next().unwrap())
            .collect();
        assert_eq!(
            types,
            [
                "PaymentIntentCreated",
                "PaymentOperationChanged",
                "PaymentOperationChanged"
            ]
        );
        assert!(
            events
                .iter()
                .zip(1..)
                .all(|(event, version)| event.aggregate_version == version),
            "dense"
        );
    });
}
