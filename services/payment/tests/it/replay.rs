//! The same call again: the same answer, and nothing twice.

use stoa_api::payment::v1 as pb;
use stoa_types::{ChannelId, SystemIds};

use crate::harness::{block_on, call, error, key, pence, world};

#[test]
fn each_mutation_is_answered_again_and_done_once() {
    block_on(async {
        let world = world();
        let p = &world.payment;
        let request = pb::CreatePaymentIntentRequest {
            request_id: key(),
            kind: pb::IntentKind::Payment.into(),
            order_id: key(),
            channel_id: ChannelId::new(&SystemIds).to_string(),
            amount: pence(100),
            payment_token: "tok_approve".to_owned(),
            ..Default::default()
        };
        let mut intents = Vec::new();
        for _ in 0..3 {
            let answer = p
                .internal()
                .create_payment_intent(call(request.clone()))
                .await;
            intents.push(answer.unwrap().into_inner().payment.unwrap());
        }
        assert_eq!(intents[0], intents[1]);
        assert_eq!(intents[0], intents[2]);
        let payment = &intents[0];

        let (authorize, capture, refund) = (key(), key(), key());
        let first = p.authorize(payment, &authorize).await.unwrap();
        assert_eq!(p.authorize(payment, &authorize).await.unwrap(), first);
        let first = p.capture(payment, &capture, 60).await.unwrap();
        assert_eq!(p.capture(payment, &capture, 60).await.unwrap(), first);
        let first = p.refund(payment, &refund, 20).await.unwrap();
        assert_eq!(p.refund(payment, &refund, 20).await.unwrap(), first);
        let void = key();
        let first = p.void(&payment.order_id, &void, &authorize).await.unwrap();
        let again = p.void(&payment.order_id, &void, &authorize).await.unwrap();
        assert_eq!(again, first);
        assert_eq!(world.provider.pounds().await, [0, 60, 40, 20, 0]);
        assert_eq!(world.provider.done().await, 4);
        assert_eq!(p.operations(payment).await.len(), 4);
    });
}

#[test]
fn a_refusal_is_answered_again_too() {
    block_on(async {
        let world = world();
        let payment = world.payment.intent("tok_approve", 100).await;
        let id = key();
        let first = world.payment.capture(&payment, &id, 100).await.unwrap_err();
        world.payment.authorize(&payment, &key()).await.unwrap();
        let again = world.payment.capture(&payment, &id, 100).await.unwrap_err();
        assert_eq!(again.reason, first.reason);
        world.payment.capture(&payment, &key(), 100).await.unwrap();
    });
}

#[test]
fn a_key_stands_for_one_request() {
    block_on(async {
        let world = world();
        let payment = world.payment.intent("tok_approve", 100).await;
        world.payment.authorize(&payment, &key()).await.unwrap();
        let id = key();
        world.payment.capture(&payment, &id, 10).await.unwrap();
        let other = world.payment.capture(&payment, &id, 11).await.unwrap_err();
        assert_eq!(other.reason, "IDEMPOTENCY_KEY_REUSED");

        let request = pb::AuthorizePaymentRequest {
            request_id: String::new(),
            payment_id: payment.payment_id.clone(),
        };
        let status = world
            .payment
            .internal()
            .authorize_payment(call(request))
            .await;
        let refused = error(status.unwrap_err());
        assert_eq!(refused.reason, "IDEMPOTENCY_KEY_REQUIRED");
    });
}

#[test]
fn the_same_call_many_times_at_once_is_one_operation() {
    block_on(async {
        let world = world();
        let payment = world.payment.intent("tok_slow", 100).await;
        let id = key();
        let calls = (0..16).map(|_| world.payment.authorize(&payment, &id));
        let answers = futures::future::join_all(calls).await;
        let first = answers[0].as_ref().unwrap();
        for answer in &answers {
            assert_eq!(answer.as_ref().unwrap().op(), first.op());
        }
        assert_eq!(world.provider.done().await, 1);
    });
}
