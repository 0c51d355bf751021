//! Money that is paid out without a payment.

use stoa_api::payment::v1::{OperationState, PaymentState};

use crate::harness::{block_on, key, world, world_with};

#[test]
fn a_credit_is_paid_out_once_from_its_own_account() {
    block_on(async {
        let world = world();
        let credit = world.payment.credit_intent("tok_approve", 55).await;
        let id = key();
        let done = world.payment.credit(&credit, &id).await.unwrap();
        assert_eq!(done.state(), OperationState::Succeeded);
        assert_eq!(done.of().state(), PaymentState::Credited);
        assert_eq!(world.payment.credit(&credit, &id).await.unwrap(), done);
        let twice = world.payment.credit(&credit, &key()).await.unwrap_err();
        assert_eq!(twice.reason, "PAYMENT_STATE");
        let wrong = world.payment.authorize(&credit, &key()).await.unwrap_err();
        assert_eq!(wrong.reason, "PAYMENT_STATE");
        assert_eq!(world.payment.accounts().await, [-55, 0, 0, 55]);
        assert_eq!(world.provider.pounds().await[4], 55);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn a_provider_that_cannot_pay_out_is_not_asked() {
    block_on(async {
        let world = world_with(|config| config.standalone_credit = false, &[]);
        let credit = world.payment.credit_intent("tok_approve", 55).await;
        let refused = world.payment.credit(&credit, &key()).await.unwrap_err();
        assert_eq!(refused.reason, "CREDIT_UNSUPPORTED");
        assert_eq!(world.provider.done().await, 0);
    });
}
