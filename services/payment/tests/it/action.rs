//! Payments whose customer must act: he does, he does not, he does when it is too late.

use std::time::Duration;

use stoa_api::payment::v1 as pb;
use stoa_api::payment::v1::{NextActionKind, OperationKind, OperationState, PaymentState};
use stoa_rpc::client;
use stoa_types::{OrderId, SystemIds};

use crate::calls::{Done, known};
use crate::harness::{Payment, World, as_guest, as_staff, block_on, eventually, key, world_with};
use crate::reading::owner;

const ANN: &str = "the-secret-of-ann-0123456789";
const BOB: &str = "the-secret-of-bob-0123456789";

/// A payment of Ann's whose operation waits for her, and the key of its authorisation.
async fn waiting(world: &World, token: &str) -> (pb::Payment, String, Done) {
    let order = OrderId::new(&SystemIds).to_string();
    let owner = owner(ANN);
    let payment = world.payment.intent_for(&order, token, 100, &owner).await;
    let id = key();
    let done = world.payment.authorize(&payment, &id).await.unwrap();
    assert_eq!(done.state(), OperationState::RequiresAction);
    assert_eq!(done.of().state(), PaymentState::RequiresAction);
    (payment, id, done)
}

fn action(payment: &pb::Payment) -> &pb::NextAction {
    payment.next_action.as_ref().unwrap()
}

impl Payment {
    async fn confirm(&self, secret: &str, payment: &pb::Payment, id: &str) -> pb::Payment {
        let request = pb::ConfirmPaymentRequest {
            request_id: id.to_owned(),
            payment_id: payment.payment_id.clone(),
        };
        let mut customer = self.customer();
        let answer = customer.confirm_payment(as_guest(secret, request)).await;
        answer.unwrap().into_inner().payment.unwrap()
    }
}

#[test]
fn who_acts_and_comes_back_has_paid() {
    block_on(async {
        // Nobody asks by himself: it is the customer's coming back that continues it.
        let world = world_with(|_| {}, &[("payment.action_every", "1h")]);
        let (payment, id, done) = waiting(&world, "tok_action_done").await;
        let next = action(done.of()).clone();
        assert_eq!(next.kind(), NextActionKind::Redirect);
        assert!(next.redirect_uri.starts_with(&world.provider.url));
        assert_eq!(
            world.payment.read(&payment).await.next_action,
            Some(next.clone())
        );
        assert_eq!(
            world.provider.pounds().await,
            [0; 5],
            "nothing is reserved yet"
        );

        // Back without having acted: it waits on.
        let early = world.payment.confirm(ANN, &payment, &key()).await;
        assert_eq!(early.state(), PaymentState::RequiresAction);
        let again = world.payment.authorize(&payment, &id).await.unwrap();
        assert_eq!(again.state(), OperationState::RequiresAction);

        world.provider.act(&next.redirect_uri, true).await;
        let back = key();
        let paid = world.payment.confirm(ANN, &payment, &back).await;
        assert_eq!(paid.state(), PaymentState::Authorized);
        assert_eq!(paid.next_action, None);
        assert_eq!(world.payment.confirm(ANN, &payment, &back).await, paid);
        let done = world.payment.authorize(&payment, &id).await.unwrap();
        assert_eq!(done.state(), OperationState::Succeeded);
        world.payment.captured(&payment, 100).await;
        assert_eq!(world.provider.pounds().await, [0, 100, 0, 0, 0]);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn who_acts_and_does_not_come_back_has_paid_too() {
    block_on(async {
        let world = world_with(|_| {}, &[("payment.action_every", "50ms")]);
        let (payment, id, done) = waiting(&world, "tok_action_done").await;
        world
            .provider
            .act(&action(done.of()).redirect_uri, true)
            .await;
        eventually("it is asked for", async || {
            let done = world.payment.authorize(&payment, &id).await.unwrap();
            (done.state() == OperationState::Succeeded).then_some(())
        })
        .await;
        assert_eq!(world.provider.pounds().await, [100, 0, 0, 0, 0]);
    });
}

#[test]
fn who_refuses_is_declined() {
    block_on(async {
        let world = world_with(|_| {}, &[]);
        let (payment, id, done) = waiting(&world, "tok_action_done").await;
        world
            .provider
            .act(&action(done.of()).redirect_uri, false)
            .await;
        let read = world.payment.confirm(ANN, &payment, &key()).await;
        assert_eq!(read.state(), PaymentState::Declined);
        assert_eq!(read.decline_code, "customer_refused");
        let done = world.payment.authorize(&payment, &id).await.unwrap();
        assert_eq!(done.state(), OperationState::Failed);
        assert_eq!(world.provider.done().await, 0);
    });
}

#[test]
fn an_app_has_no_address_and_a_limit_of_its_own() {
    block_on(async {
        let limits = [
            ("payment.redirect_limit", "9h"),
            ("payment.in_app_limit", "300ms"),
        ];
        let world = world_with(|_| {}, &limits);
        let (payment, id, done) = waiting(&world, "tok_action_in_app").await;
        assert_eq!(action(done.of()).kind(), NextActionKind::ConfirmInApp);
        assert_eq!(action(done.of()).redirect_uri, "");
        let done = known("its time is over", async || {
            world.payment.authorize(&payment, &id).await.unwrap()
        })
        .await;
        assert_eq!(done.op().failure_code, "action_abandoned");
    });
}

#[test]
fn who_does_nothing_is_given_up_when_his_time_is_over() {
    block_on(async {
        let world = world_with(|_| {}, &[("payment.redirect_limit", "300ms")]);
        let (payment, id, done) = waiting(&world, "tok_action_abandoned").await;
        let until = action(done.of()).expire_time.unwrap();
        let made = done.of().create_time.unwrap();
        assert!(
            (until.seconds - made.seconds) <= 1,
            "our limit is shorter than the provider's"
        );
        let done = known("his time is over", async || {
            world.payment.authorize(&payment, &id).await.unwrap()
        })
        .await;
        assert_eq!(done.state(), OperationState::Failed);
        assert_eq!(done.op().failure_code, "action_abandoned");
        assert_eq!(done.of().state(), PaymentState::Declined);
        assert_eq!(done.of().next_action, None);
        assert_eq!(world.provider.done().await, 0);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn who_acts_when_it_was_given_up_gets_his_money_back() {
    block_on(async {
        let brief = |config: &mut stoa_sandbox::Config| {
            config.action_window = Duration::from_millis(200);
        };
        let world = world_with(brief, &[]);
        let (payment, id, _) = waiting(&world, "tok_action_late").await;
        let done = known("his time is over", async || {
            world.payment.authorize(&payment, &id).await.unwrap()
        })
        .await;
        assert_eq!(done.op().failure_code, "action_abandoned");
        eventually("what came late is given up", async || {
            let read = world.payment.read(&payment).await;
            (read.state() == PaymentState::Voided).then_some(())
        })
        .await;
        assert_eq!(world.provider.pounds().await, [0, 0, 100, 0, 0]);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn an_undo_ends_the_waiting() {
    block_on(async {
        let world = world_with(|_| {}, &[("payment.action_every", "1h")]);
        let (payment, id, done) = waiting(&world, "tok_action_done").await;
        let uri = action(done.of()).redirect_uri.clone();
        let (order, void) = (payment.order_id.as_str(), key());
        let done = known("nothing is left", async || {
            world.payment.void(order, &void, &id).await.unwrap()
        })
        .await;
        assert_eq!(done.operation, None, "there was nothing to give up");
        let read = world.payment.read(&payment).await;
        assert_eq!(
            (read.state(), &*read.decline_code),
            (PaymentState::Declined, "action_canceled")
        );

        // He acts all the same: what the provider then reserves is given up.
        world.provider.act(&uri, true).await;
        eventually("what came late is given up", async || {
            let operations = world.payment.operations(&payment).await;
            let gone = |op: &pb::PaymentOperation| {
                op.kind() == OperationKind::Void && op.state() == OperationState::Succeeded
            };
            operations.iter().any(gone).then_some(())
        })
        .await;
        assert_eq!(world.provider.pounds().await, [0, 0, 100, 0, 0]);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn only_the_payer_and_staff_that_may_confirm() {
    block_on(async {
        let world = world_with(|_| {}, &[]);
        let (payment, ..) = waiting(&world, "tok_action_done").await;
        let request = || pb::ConfirmPaymentRequest {
            request_id: key(),
            payment_id: payment.payment_id.clone(),
        };
        let bob = world
            .payment
            .customer()
            .confirm_payment(as_guest(BOB, request()))
            .await;
        assert_eq!(client::error(bob.unwrap_err()).reason, "PAYMENT_NOT_FOUND");
        let staff = world
            .payment
            .customer()
            .confirm_payment(as_staff(request()))
            .await;
        let read = staff.unwrap().into_inner().payment.unwrap();
        assert_eq!(read.state(), PaymentState::RequiresAction);
        // One that waits for nobody is answered as it is.
        let order = OrderId::new(&SystemIds).to_string();
        let owner = owner(ANN);
        let plain = world
            .payment
            .intent_for(&order, "tok_approve", 100, &owner)
            .await;
        let read = world.payment.confirm(ANN, &plain, &key()).await;
        assert_eq!(read.state(), PaymentState::Created);
    });
}
