//! Many payments at once, random operations, tokens that misbehave: at rest both books agree.

use stoa_api::payment::v1::{OperationKind, OperationState};

use crate::harness::{HASTY, World, block_on, eventually, key, world, world_with};

const TOKENS: [&str; 12] = [
    "tok_approve",
    "tok_approve",
    "tok_decline",
    "tok_timeout_then_succeed",
    "tok_timeout_then_fail",
    "tok_not_found_then_succeed",
    "tok_slow",
    "tok_capture_declined",
    "tok_capture_timeout_then_succeed",
    "tok_capture_not_found_then_succeed",
    "tok_void_timeout_then_succeed",
    "tok_refund_timeout_then_succeed",
];

/// Numbers that a seed decides (xorshift64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// One customer: what he does is decided by the seed, what comes of it is not looked at.
async fn customer(world: &World, seed: u64) {
    let mut dice = Dice(seed);
    let token = TOKENS[usize::try_from(dice.roll(12)).unwrap()];
    let p = &world.payment;
    if dice.roll(8) == 0 {
        let credit = p.credit_intent(token, 40).await;
        let (one, two) = (key(), key());
        // A refusal is an answer, here and below.
        let _ = tokio::join!(p.credit(&credit, &one), p.credit(&credit, &two));
        return;
    }
    let payment = p.intent(token, 100).await;
    let (authorize, void) = (key(), key());
    if dice.roll(6) == 0 {
        let _ = tokio::join!(
            p.authorize(&payment, &authorize),
            p.void(&payment.order_id, &void, &authorize)
        );
    }
    let _ = p.authorize(&payment, &authorize).await;
    for _ in 0..6 {
        let first = i64::try_from(dice.roll(80) + 1).unwrap();
        let second = i64::try_from(dice.roll(80) + 1).unwrap();
        let (one, two) = (key(), key());
        match dice.roll(5) {
            0 => {
                let _ = tokio::join!(
                    p.capture(&payment, &one, first),
                    p.capture(&payment, &two, second)
                );
            }
            1 => {
                let _ = tokio::join!(
                    p.refund(&payment, &one, first),
                    p.refund(&payment, &two, second)
                );
            }
            2 => {
                let _ = tokio::join!(
                    p.capture(&payment, &one, first),
                    p.void(&payment.order_id, &two, &authorize)
                );
            }
            3 => {
                let _ = tokio::join!(
                    p.capture(&payment, &one, first),
                    p.refund(&payment, &two, second),
                    p.capture(&payment, &one, first),
                );
            }
            _ => {
                let _ = p.authorize(&payment, &authorize).await;
            }
        }
    }
}

#[test]
fn whatever_is_asked_at_once_both_books_agree_at_rest() {
    for seed in [11, 4_242, 987_654_321] {
        eprintln!("seed {seed}");
        block_on(async {
            let world = world_with(|_| {}, &[HASTY]);
            let customers = (1..=24).map(|n| customer(&world, seed * n));
            futures::future::join_all(customers).await;
            eventually("everything comes to rest", async || {
                let rows = world
                    .payment
                    .db
                    .query(
                        "SELECT count(*) AS open FROM operation WHERE state IN ('PENDING', 'UNKNOWN')",
                        &(),
                    )
                    .await
                    .unwrap();
                (rows[0].get::<i64>("open").unwrap() == 0).then_some(())
            })
            .await;
            assert_eq!(world.payment.violations().await, Vec::<String>::new());
            let [_, captured, voided, refunded, credited] = world.provider.pounds().await;
            let [provider, sales, refunds, credits] = world.payment.accounts().await;
            assert_eq!((-sales, refunds, credits), (captured, refunded, credited));
            assert_eq!(provider, captured - refunded - credited);
            assert!(
                captured > 0 && voided > 0 && refunded > 0,
                "the dice are loaded"
            );
        });
    }
}

/// What is called a success was one, and nothing else was.
#[test]
fn an_operation_is_known_to_the_provider_under_its_own_id() {
    block_on(async {
        let world = world();
        let payment = world.payment.intent("tok_approve", 100).await;
        world.payment.authorize(&payment, &key()).await.unwrap();
        world.payment.capture(&payment, &key(), 100).await.unwrap();
        for op in world.payment.operations(&payment).await {
            let path = format!("operations/by-reference/{}", op.operation_id);
            let theirs = world.provider.get(&path).await;
            assert_eq!(theirs["operation"]["id"], op.provider_id);
            assert_eq!(theirs["operation"]["state"], "succeeded");
            assert_eq!(op.state(), OperationState::Succeeded);
            assert_ne!(op.kind(), OperationKind::Unspecified);
        }
    });
}
