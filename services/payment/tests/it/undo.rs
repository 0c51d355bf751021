//! Undoing an authorisation: before it, while nothing is known of it, after it.

use stoa_api::payment::v1::{OperationKind, OperationState, PaymentState};
use stoa_errors::Kind;

use crate::harness::{HASTY, block_on, eventually, key, world, world_with};

#[test]
fn an_undo_before_the_do_leaves_a_mark() {
    block_on(async {
        let world = world();
        let payment = world.payment.intent("tok_approve", 100).await;
        let (authorize, void) = (key(), key());
        let order = payment.order_id.as_str();
        let done = world.payment.void(order, &void, &authorize).await.unwrap();
        assert_eq!((&done.operation, &done.payment), (&None, &None));
        assert_eq!(
            world.payment.void(order, &void, &authorize).await.unwrap(),
            done
        );
        let late = world.payment.authorize(&payment, &authorize).await;
        let late = late.unwrap_err();
        assert_eq!(
            (late.kind, &*late.reason),
            (Kind::FailedPrecondition, "CANCELED_BEFORE")
        );
        let again = world.payment.authorize(&payment, &authorize).await;
        assert_eq!(again.unwrap_err().reason, "CANCELED_BEFORE", "for good");
        assert_eq!(world.provider.done().await, 0);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn an_undo_after_the_do_gives_up_what_is_reserved() {
    block_on(async {
        let world = world();
        let payment = world.payment.intent("tok_approve", 100).await;
        let (authorize, void) = (key(), key());
        world.payment.authorize(&payment, &authorize).await.unwrap();
        let order = payment.order_id.as_str();
        let done = world.payment.void(order, &void, &authorize).await.unwrap();
        assert_eq!(done.state(), OperationState::Succeeded);
        assert_eq!(done.op().kind(), OperationKind::Void);
        assert_eq!(done.of().state(), PaymentState::Voided);
        assert_eq!(
            world.payment.void(order, &void, &authorize).await.unwrap(),
            done
        );
        // Asked under another key it is still given up, once.
        let other = world.payment.void(order, &key(), &authorize).await.unwrap();
        assert_eq!(other.op().operation_id, done.op().operation_id);
        assert_eq!(world.provider.pounds().await, [0, 0, 100, 0, 0]);
    });
}

#[test]
fn an_undo_at_the_same_time_as_the_do_never_leaves_a_reservation() {
    block_on(async {
        let world = world();
        for _ in 0..20 {
            let payment = world.payment.intent("tok_approve", 10).await;
            let (authorize, void) = (key(), key());
            let (done, undone) = tokio::join!(
                world.payment.authorize(&payment, &authorize),
                world.payment.void(&payment.order_id, &void, &authorize),
            );
            undone.unwrap();
            if let Err(refused) = done {
                assert_eq!(refused.reason, "CANCELED_BEFORE");
            }
        }
        eventually("nothing stays reserved", async || {
            let [reserved, ..] = world.provider.pounds().await;
            (reserved == 0).then_some(())
        })
        .await;
    });
}

#[test]
fn an_undo_of_what_is_unknown_is_kept_until_it_is_known() {
    block_on(async {
        let world = world_with(|_| {}, &[HASTY]);
        let payment = world
            .payment
            .intent("tok_not_found_then_succeed", 100)
            .await;
        let (authorize, void) = (key(), key());
        world.payment.authorize(&payment, &authorize).await.unwrap();
        let order = payment.order_id.as_str();
        let done = world.payment.void(order, &void, &authorize).await.unwrap();
        assert_eq!(done.op().kind(), OperationKind::Authorize);
        assert_eq!(done.state(), OperationState::Unknown);
        let done = eventually("what happened is given up", async || {
            let done = world.payment.void(order, &void, &authorize).await.unwrap();
            let given_up = done.op().kind() == OperationKind::Void
                && done.state() == OperationState::Succeeded;
            given_up.then_some(done)
        })
        .await;
        assert_eq!(done.of().state(), PaymentState::Voided);
        assert_eq!(world.provider.pounds().await, [0, 0, 100, 0, 0]);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn an_undo_of_what_never_happened_has_nothing_to_do() {
    block_on(async {
        let world = world();
        let payment = world.payment.intent("tok_decline", 100).await;
        let authorize = key();
        world.payment.authorize(&payment, &authorize).await.unwrap();
        let order = payment.order_id.as_str();
        let done = world.payment.void(order, &key(), &authorize).await.unwrap();
        assert_eq!(done.operation, None);
        assert_eq!(done.of().state(), PaymentState::Declined);
    });
}

#[test]
fn what_was_taken_is_not_given_up() {
    block_on(async {
        let world = world();
        let payment = world.payment.intent("tok_approve", 100).await;
        let authorize = key();
        world.payment.authorize(&payment, &authorize).await.unwrap();
        world.payment.capture(&payment, &key(), 100).await.unwrap();
        let order = payment.order_id.as_str();
        let refused = world.payment.void(order, &key(), &authorize).await;
        assert_eq!(refused.unwrap_err().reason, "PAYMENT_STATE");
    });
}
