//! What succeeds at the provider after we had given up is found in its list, recorded and undone.

use stoa_api::payment::v1::{OperationKind, OperationState, PaymentState};

use crate::harness::{HASTY, block_on, eventually, key, world_with};

#[test]
fn a_late_authorisation_is_found_by_the_sweep_and_given_up() {
    block_on(async {
        let world = world_with(|_| {}, &[HASTY, ("payment.send_limit", "1")]);
        let payment = world.payment.intent("tok_too_late", 100).await;
        let id = key();
        world.payment.authorize(&payment, &id).await.unwrap();
        eventually("it is given up for lost", async || {
            let done = world.payment.authorize(&payment, &id).await.unwrap();
            (done.state() == OperationState::Failed).then_some(())
        })
        .await;
        eventually("what came late is undone", async || {
            let read = world.payment.read(&payment).await;
            (read.state() == PaymentState::Voided).then_some(())
        })
        .await;
        assert_eq!(world.provider.pounds().await, [0, 0, 100, 0, 0]);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn a_late_capture_is_found_by_the_sweep_and_refunded() {
    block_on(async {
        let world = world_with(|_| {}, &[HASTY, ("payment.send_limit", "1")]);
        let payment = world.payment.intent("tok_capture_too_late", 100).await;
        world.payment.authorized(&payment, &key()).await;
        let id = key();
        world.payment.capture(&payment, &id, 100).await.unwrap();
        let operations = eventually("what came late is given back", async || {
            let operations = world.payment.operations(&payment).await;
            operations
                .iter()
                .any(|op| {
                    op.kind() == OperationKind::Refund && op.state() == OperationState::Succeeded
                })
                .then_some(operations)
        })
        .await;
        assert_eq!(operations.len(), 3);
        assert_eq!(world.provider.pounds().await, [0, 100, 0, 100, 0]);
        assert_eq!(world.payment.accounts().await, [0, -100, 100, 0]);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}
