//! Calls whose answer never comes: they count as spent until something is known.

use std::time::{Duration, Instant};

use stoa_api::payment::v1::{OperationState, Payment, PaymentState};

use crate::calls::{Done, known};
use crate::harness::{HASTY, World, block_on, eventually, key, world, world_with};

/// Asks the same authorisation until something is known of it.
async fn end(world: &World, payment: &Payment, id: &str) -> Done {
    known("the authorisation", async || {
        world.payment.authorize(payment, id).await.unwrap()
    })
    .await
}

#[test]
fn time_out_then_succeed() {
    block_on(async {
        let world = world_with(|_| {}, &[HASTY]);
        let payment = world.payment.intent("tok_timeout_then_succeed", 100).await;
        let id = key();
        let first = world.payment.authorize(&payment, &id).await.unwrap();
        assert_eq!(first.state(), OperationState::Unknown);
        assert_eq!(first.of().state(), PaymentState::Processing);
        let done = end(&world, &payment, &id).await;
        assert_eq!(done.state(), OperationState::Succeeded);
        assert_eq!(done.of().state(), PaymentState::Authorized);
        assert_eq!(world.provider.pounds().await, [100, 0, 0, 0, 0]);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn time_out_then_fail() {
    block_on(async {
        let world = world_with(|_| {}, &[HASTY]);
        let payment = world.payment.intent("tok_timeout_then_fail", 100).await;
        let id = key();
        let first = world.payment.authorize(&payment, &id).await.unwrap();
        assert_eq!(first.state(), OperationState::Unknown);
        let done = end(&world, &payment, &id).await;
        assert_eq!(done.state(), OperationState::Failed);
        assert_eq!(done.op().failure_code, "card_declined");
        assert_eq!(done.of().state(), PaymentState::Declined);
    });
}

#[test]
fn not_found_then_succeed_is_never_failed_and_never_twice() {
    block_on(async {
        let world = world_with(|_| {}, &[HASTY]);
        let payment = world
            .payment
            .intent("tok_not_found_then_succeed", 100)
            .await;
        let id = key();
        world.payment.authorize(&payment, &id).await.unwrap();
        let done = end(&world, &payment, &id).await;
        assert_eq!(done.state(), OperationState::Succeeded);
        assert_eq!(world.provider.pounds().await, [100, 0, 0, 0, 0]);
        assert_eq!(world.provider.done().await, 1);
    });
}

#[test]
fn what_never_arrives_fails_after_the_settle_window_and_may_be_tried_again() {
    block_on(async {
        let world = world_with(|_| {}, &[HASTY, ("payment.send_limit", "2")]);
        let payment = world.payment.intent("tok_lost", 100).await;
        let id = key();
        world.payment.authorize(&payment, &id).await.unwrap();
        let done = end(&world, &payment, &id).await;
        assert_eq!(done.state(), OperationState::Failed);
        assert_eq!(done.op().failure_code, "never_arrived");
        assert_eq!(done.op().attempts, 2, "sent again under its own key");
        assert_eq!(done.of().state(), PaymentState::Created);
        let second = world.payment.authorize(&payment, &key()).await.unwrap();
        assert_ne!(second.op().operation_id, done.op().operation_id);
    });
}

#[test]
fn a_capture_and_a_refund_of_which_nothing_is_known_count_as_spent() {
    block_on(async {
        let world = world_with(|_| {}, &[HASTY]);
        let token = "tok_capture_timeout_then_succeed";
        let payment = world.payment.intent(token, 100).await;
        world.payment.authorized(&payment, &key()).await;
        let id = key();
        let done = world.payment.capture(&payment, &id, 100).await.unwrap();
        assert_eq!(done.state(), OperationState::Unknown);
        let over = world.payment.capture(&payment, &key(), 1).await;
        if let Err(refused) = over {
            assert_eq!(refused.reason, "AMOUNT_EXCEEDS_AUTHORIZED");
        }
        let done = eventually("the capture becomes known", async || {
            let done = world.payment.capture(&payment, &id, 100).await.unwrap();
            (done.state() != OperationState::Unknown).then_some(done)
        })
        .await;
        assert_eq!(done.state(), OperationState::Succeeded);
        assert_eq!(world.provider.pounds().await, [0, 100, 0, 0, 0]);

        let token = "tok_refund_not_found_then_succeed";
        let payment = world.payment.intent(token, 100).await;
        world.payment.authorized(&payment, &key()).await;
        world.payment.captured(&payment, 100).await;
        let id = key();
        let done = world.payment.refund(&payment, &id, 60).await.unwrap();
        assert_eq!(done.state(), OperationState::Unknown);
        let refused = world
            .payment
            .refund(&payment, &key(), 60)
            .await
            .unwrap_err();
        assert_eq!(refused.reason, "AMOUNT_EXCEEDS_CAPTURED");
        eventually("the refund becomes known", async || {
            let done = world.payment.refund(&payment, &id, 60).await.unwrap();
            (done.state() == OperationState::Succeeded).then_some(())
        })
        .await;
        assert_eq!(world.provider.pounds().await[3], 60);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn a_slow_answer_is_an_answer() {
    block_on(async {
        let world = world();
        let payment = world.payment.intent("tok_slow", 100).await;
        let done = world.payment.authorize(&payment, &key()).await.unwrap();
        assert_eq!(done.state(), OperationState::Succeeded);
    });
}

/// A provider that is silent for longer than it remembers a key: after half of that time nothing is sent again, only looked up.
fn silent(token: &'static str, done: i64) {
    block_on(async {
        let forgetful = |config: &mut stoa_sandbox::Config| {
            config.key_ttl = Duration::from_millis(1_200);
        };
        let settings = [HASTY, ("payment.send_limit", "1000")];
        let mut world = world_with(forgetful, &settings);
        let asked = world.payment.intent("tok_approve", 1).await;
        world.payment.authorized(&asked, &key()).await;
        world.payment.captured(&asked, 1).await;
        let payment = world.payment.intent(token, 100).await;
        let id = key();
        let first = world.payment.authorize(&payment, &id).await.unwrap();
        assert_eq!(first.state(), OperationState::Unknown);
        world.provider.go_away();
        let sent = Instant::now();
        let old = Duration::from_millis(1_300);
        eventually("the key is forgotten", async || {
            (sent.elapsed() > old).then_some(())
        })
        .await;
        let attempts = world.payment.operations(&payment).await[0].attempts;
        world.provider.come_back();
        let known = end(&world, &payment, &id).await;
        assert_eq!(known.op().attempts, attempts, "it was not sent again");
        let expected = if done == 1 {
            OperationState::Succeeded
        } else {
            OperationState::Failed
        };
        assert_eq!(known.state(), expected);
        assert_eq!(world.provider.pounds().await, [100 * done, 1, 0, 0, 0]);
        assert_eq!(world.provider.done().await, 2 + done);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn what_a_silent_provider_did_is_found_when_its_key_is_forgotten() {
    silent("tok_timeout_then_succeed", 1);
}

#[test]
fn what_a_silent_provider_did_not_do_is_not_sent_again_when_its_key_is_forgotten() {
    silent("tok_lost", 0);
}
