//! What payment refuses, and what it answers when the provider does.

use stoa_api::payment::v1 as pb;
use stoa_api::payment::v1::{OperationState, PaymentState};
use stoa_errors::Kind;
use stoa_types::{PaymentId, SystemIds};

use crate::harness::{block_on, call, error, key, pence, world, world_with};

#[test]
fn a_decline_is_an_operation_that_failed() {
    block_on(async {
        let world = world();
        let payment = world.payment.intent("tok_decline", 100).await;
        let done = world.payment.authorize(&payment, &key()).await.unwrap();
        assert_eq!(done.state(), OperationState::Failed);
        assert_eq!(done.op().failure_code, "card_declined");
        assert_eq!(done.of().state(), PaymentState::Declined);
        assert_eq!(done.of().decline_code, "card_declined");

        let again = world.payment.authorize(&payment, &key()).await.unwrap_err();
        assert_eq!(
            (again.kind, &*again.reason),
            (Kind::FailedPrecondition, "PAYMENT_STATE")
        );
        assert_eq!(
            again.metadata.get("state").map(String::as_str),
            Some("DECLINED")
        );
    });
}

#[test]
fn a_capture_that_is_declined_leaves_the_reservation() {
    block_on(async {
        let world = world();
        let payment = world.payment.intent("tok_capture_declined", 100).await;
        world.payment.authorize(&payment, &key()).await.unwrap();
        let done = world.payment.capture(&payment, &key(), 100).await.unwrap();
        assert_eq!(done.state(), OperationState::Failed);
        assert_eq!(done.op().failure_code, "capture_declined");
        assert_eq!(done.of().state(), PaymentState::Authorized);
        assert_eq!(world.provider.pounds().await[0], 100);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn nobody_takes_more_than_is_reserved_nor_gives_back_more_than_was_taken() {
    block_on(async {
        let world = world();
        let payment = world.payment.intent("tok_approve", 100).await;
        let early = world
            .payment
            .capture(&payment, &key(), 1)
            .await
            .unwrap_err();
        assert_eq!(early.reason, "AMOUNT_EXCEEDS_AUTHORIZED");
        world.payment.authorize(&payment, &key()).await.unwrap();

        let over = world
            .payment
            .capture(&payment, &key(), 101)
            .await
            .unwrap_err();
        assert_eq!(over.reason, "AMOUNT_EXCEEDS_AUTHORIZED");
        assert_eq!(
            over.metadata.get("available").map(String::as_str),
            Some("100")
        );
        let over = world.payment.refund(&payment, &key(), 1).await.unwrap_err();
        assert_eq!(over.reason, "AMOUNT_EXCEEDS_CAPTURED");
        assert_eq!(world.provider.done().await, 1, "it never left");
    });
}

#[test]
fn two_refunds_of_sixty_of_a_hundred_at_once_are_one_refund() {
    block_on(async {
        let world = world();
        for _ in 0..10 {
            let payment = world.payment.intent("tok_approve", 100).await;
            world.payment.authorize(&payment, &key()).await.unwrap();
            world.payment.capture(&payment, &key(), 100).await.unwrap();
            let (first, second) = (key(), key());
            let (one, two) = tokio::join!(
                world.payment.refund(&payment, &first, 60),
                world.payment.refund(&payment, &second, 60),
            );
            let refused = match (one, two) {
                (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
                other => panic!("{other:?}"),
            };
            assert_eq!(refused.reason, "AMOUNT_EXCEEDS_CAPTURED");
        }
        assert_eq!(world.provider.pounds().await, [0, 1_000, 0, 600, 0]);
        assert_eq!(world.payment.accounts().await, [400, -1_000, 600, 0]);
        assert_eq!(
            world.provider.declined().await,
            0,
            "what is refused never left"
        );
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn a_capture_beside_a_void_is_one_of_them() {
    block_on(async {
        let world = world();
        let (mut captured, mut voided) = (0, 0);
        for n in 0..12 {
            let payment = world.payment.intent("tok_approve", 100).await;
            let (authorize, capture, void) = (key(), key(), key());
            world.payment.authorize(&payment, &authorize).await.unwrap();
            let one = world.payment.capture(&payment, &capture, 100);
            let two = world.payment.void(&payment.order_id, &void, &authorize);
            let (one, two) = if n % 2 == 0 {
                tokio::join!(one, two)
            } else {
                let (two, one) = tokio::join!(two, one);
                (one, two)
            };
            match (one, two) {
                (Ok(done), Err(refused)) => {
                    assert_eq!(done.state(), OperationState::Succeeded);
                    assert_eq!(refused.reason, "PAYMENT_STATE");
                    captured += 100;
                }
                (Err(refused), Ok(done)) => {
                    assert_eq!(done.state(), OperationState::Succeeded);
                    assert_eq!(refused.reason, "AMOUNT_EXCEEDS_AUTHORIZED");
                    voided += 100;
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(captured + voided, 1_200);
        assert_eq!(world.provider.pounds().await, [0, captured, voided, 0, 0]);
        assert_eq!(
            world.provider.declined().await,
            0,
            "what is refused never left"
        );
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn a_capture_that_was_declined_may_be_tried_again() {
    block_on(async {
        let world = world();
        let payment = world.payment.intent("tok_capture_declined_once", 100).await;
        world.payment.authorize(&payment, &key()).await.unwrap();
        let first = key();
        let done = world.payment.capture(&payment, &first, 100).await.unwrap();
        assert_eq!(done.state(), OperationState::Failed);
        let again = world.payment.capture(&payment, &first, 100).await.unwrap();
        assert_eq!(again, done, "its own key stays declined");
        let done = world.payment.capture(&payment, &key(), 100).await.unwrap();
        assert_eq!(done.state(), OperationState::Succeeded);
        assert_eq!(world.provider.pounds().await, [0, 100, 0, 0, 0]);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn a_provider_of_one_capture_is_not_asked_for_two() {
    block_on(async {
        let world = world_with(|config| config.multi_capture = false, &[]);
        let payment = world.payment.intent("tok_approve", 100).await;
        let authorize = key();
        world.payment.authorize(&payment, &authorize).await.unwrap();
        world.payment.capture(&payment, &key(), 40).await.unwrap();
        let second = world
            .payment
            .capture(&payment, &key(), 40)
            .await
            .unwrap_err();
        assert_eq!(second.reason, "PAYMENT_STATE");
    });
}

#[test]
fn what_is_unknown_or_of_another_currency_is_refused_by_name() {
    block_on(async {
        let world = world();
        let nobody = pb::Payment {
            payment_id: PaymentId::new(&SystemIds).to_string(),
            ..Default::default()
        };
        let refused = world.payment.authorize(&nobody, &key()).await.unwrap_err();
        assert_eq!(
            (refused.kind, &*refused.reason),
            (Kind::NotFound, "PAYMENT_NOT_FOUND")
        );

        let payment = world.payment.intent("tok_approve", 100).await;
        world.payment.authorize(&payment, &key()).await.unwrap();
        let mut amount = pence(5).unwrap();
        amount.currency_code = "EUR".to_owned();
        let request = pb::CapturePaymentRequest {
            request_id: key(),
            payment_id: payment.payment_id.clone(),
            amount: Some(amount),
        };
        let status = world
            .payment
            .internal()
            .capture_payment(call(request))
            .await;
        let refused = error(status.unwrap_err());
        assert_eq!(
            (refused.kind, &*refused.reason),
            (Kind::InvalidArgument, "CURRENCY_MISMATCH")
        );
        assert_eq!(refused.violations[0].field, "amount.currency_code");

        let nothing = world
            .payment
            .capture(&payment, &key(), 0)
            .await
            .unwrap_err();
        assert_eq!(nothing.violations[0].field, "amount.minor_units");
    });
}

#[test]
fn an_intent_is_for_an_order_or_for_a_credit() {
    block_on(async {
        let world = world();
        let good = pb::CreatePaymentIntentRequest {
            request_id: key(),
            kind: pb::IntentKind::Payment.into(),
            order_id: key(),
            channel_id: stoa_types::ChannelId::new(&SystemIds).to_string(),
            amount: pence(5),
            payment_token: "tok_approve".to_owned(),
            ..Default::default()
        };
        let credit = stoa_types::CreditId::new(&SystemIds).to_string();
        for (field, change) in [
            (
                "order_id",
                pb::CreatePaymentIntentRequest {
                    order_id: String::new(),
                    ..good.clone()
                },
            ),
            (
                "credit_id",
                pb::CreatePaymentIntentRequest {
                    credit_id: credit.clone(),
                    ..good.clone()
                },
            ),
            (
                "credit_id",
                pb::CreatePaymentIntentRequest {
                    kind: pb::IntentKind::Credit.into(),
                    ..good.clone()
                },
            ),
            (
                "amount.minor_units",
                pb::CreatePaymentIntentRequest {
                    amount: pence(0),
                    ..good.clone()
                },
            ),
        ] {
            let status = world
                .payment
                .internal()
                .create_payment_intent(call(change))
                .await;
            let refused = error(status.unwrap_err());
            assert_eq!(refused.kind, Kind::InvalidArgument, "{field}");
            assert_eq!(refused.violations[0].field, field);
        }
    });
}
