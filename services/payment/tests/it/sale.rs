//! Methods that take the money at once: the authorisation is the capture, and a refund undoes it.

use stoa_api::payment::v1::{MethodFlow, OperationKind, OperationState, PaymentState};

use crate::calls::known;
use crate::harness::{HASTY, block_on, eventually, key, world, world_with};

#[test]
fn a_sale_is_taken_at_once_and_undone_by_a_refund() {
    block_on(async {
        let world = world();
        let payment = world.payment.sale("tok_approve", 100).await;
        assert_eq!(payment.flow(), MethodFlow::Sale);
        let (authorize, void) = (key(), key());
        let done = world.payment.authorize(&payment, &authorize).await.unwrap();
        assert_eq!(done.state(), OperationState::Succeeded);
        assert_eq!(done.of().state(), PaymentState::Captured);
        assert_eq!(done.of().captured.as_ref().unwrap().minor_units, 100);
        assert_eq!(world.provider.pounds().await, [0, 100, 0, 0, 0]);
        assert_eq!(world.payment.accounts().await, [100, -100, 0, 0]);
        let again = world.payment.capture(&payment, &key(), 100).await;
        assert_eq!(again.unwrap_err().reason, "AMOUNT_EXCEEDS_AUTHORIZED");
        assert_eq!(world.payment.violations().await, Vec::<String>::new());

        world.payment.refund(&payment, &key(), 30).await.unwrap();
        let order = payment.order_id.as_str();
        let done = world.payment.void(order, &void, &authorize).await.unwrap();
        assert_eq!(done.op().kind(), OperationKind::Refund);
        assert_eq!(done.op().amount.as_ref().unwrap().minor_units, 70);
        assert_eq!(done.of().state(), PaymentState::Refunded);
        let again = world.payment.void(order, &void, &authorize).await.unwrap();
        assert_eq!(again, done);
        let other = world.payment.void(order, &key(), &authorize).await.unwrap();
        assert_eq!(
            other.op().kind(),
            OperationKind::Refund,
            "it is given up already"
        );
        assert_eq!(world.provider.pounds().await, [0, 100, 0, 100, 0]);
        assert_eq!(world.payment.accounts().await, [0, -100, 100, 0]);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn an_undone_sale_of_which_nothing_was_known_is_refunded_when_it_is() {
    block_on(async {
        let world = world_with(|_| {}, &[HASTY]);
        let payment = world.payment.sale("tok_not_found_then_succeed", 100).await;
        let (authorize, void) = (key(), key());
        world.payment.authorize(&payment, &authorize).await.unwrap();
        let order = payment.order_id.as_str();
        let done = eventually("it is given back", async || {
            let done = world.payment.void(order, &void, &authorize).await.unwrap();
            (done.op().kind() == OperationKind::Refund && done.state() == OperationState::Succeeded)
                .then_some(done)
        })
        .await;
        assert_eq!(done.of().state(), PaymentState::Refunded);
        assert_eq!(world.provider.pounds().await, [0, 100, 0, 100, 0]);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn a_late_sale_is_found_by_the_sweep_and_refunded() {
    block_on(async {
        let world = world_with(|_| {}, &[HASTY, ("payment.send_limit", "1")]);
        let payment = world.payment.sale("tok_too_late", 100).await;
        let id = key();
        let done = known("it is given up for lost", async || {
            world.payment.authorize(&payment, &id).await.unwrap()
        })
        .await;
        assert_eq!(done.state(), OperationState::Failed);
        eventually("what came late is given back", async || {
            let read = world.payment.read(&payment).await;
            (read.state() == PaymentState::Refunded).then_some(())
        })
        .await;
        assert_eq!(world.provider.pounds().await, [0, 100, 0, 100, 0]);
        assert_eq!(world.payment.accounts().await, [0, -100, 100, 0]);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn a_sale_may_be_declined_and_may_wait_for_its_customer() {
    block_on(async {
        let world = world_with(|_| {}, &[("payment.action_every", "50ms")]);
        let payment = world.payment.sale("tok_decline", 100).await;
        let done = world.payment.authorize(&payment, &key()).await.unwrap();
        assert_eq!(done.of().state(), PaymentState::Declined);

        let payment = world.payment.sale("tok_action_done", 100).await;
        let id = key();
        let done = world.payment.authorize(&payment, &id).await.unwrap();
        assert_eq!(done.state(), OperationState::RequiresAction);
        let next = done.of().next_action.as_ref().unwrap();
        world.provider.act(&next.redirect_uri, true).await;
        let done = known("he has paid", async || {
            world.payment.authorize(&payment, &id).await.unwrap()
        })
        .await;
        assert_eq!(done.of().state(), PaymentState::Captured);
        assert_eq!(world.provider.pounds().await, [0, 100, 0, 0, 0]);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}
