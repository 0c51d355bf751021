//! Two processes on one database: what one reserves the other sees, also when both ask at once.

use stoa_api::payment::v1::OperationState;
use stoa_store::Engine;

use crate::calls::known;
use crate::harness::{Payment, Provider, block_on, eventually, key};

/// Both at rest, in order, and never in each other's way for good.
async fn at_rest(one: &Payment, other: &Payment, provider: &Provider) {
    let open = "SELECT count(*) AS n FROM operation WHERE state IN ('PENDING', 'UNKNOWN')";
    eventually("nothing is open", async || {
        (one.count(open).await == 0).then_some(())
    })
    .await;
    let swept = "SELECT position AS n FROM sweep";
    eventually("the sweep has seen all", async || {
        let list = provider.get("operations?after=0&limit=1").await;
        (list["last_position"] == one.count(swept).await).then_some(())
    })
    .await;
    for payment in [one, other] {
        assert_eq!(payment.violations().await, Vec::<String>::new());
    }
    let deadlocks =
        "SELECT deadlocks AS n FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(one.count(deadlocks).await, 0, "deadlocks");
}

#[test]
fn two_processes_keep_one_book() {
    if stoa_testdb::engine() == Engine::Sqlite {
        // The lock of the file lets only one in.
        return;
    }
    block_on(async {
        let data = tempfile::tempdir().unwrap();
        let provider = Provider::start(|_| {});
        let one = Payment::start(data.path(), &provider, &[]);
        let other = Payment::start(data.path(), &provider, &[]);
        let (mut captured, mut voided, mut refunded) = (0, 0, 0);
        for n in 0..12 {
            let payment = one.intent("tok_approve", 100).await;
            let (authorize, first, second) = (key(), key(), key());
            other.authorize(&payment, &authorize).await.unwrap();
            if n % 3 == 0 {
                let order = payment.order_id.as_str();
                let (taken, given_up) = tokio::join!(
                    one.capture(&payment, &first, 100),
                    other.void(order, &second, &authorize),
                );
                assert!(taken.is_ok() != given_up.is_ok(), "{taken:?} {given_up:?}");
                captured += if taken.is_ok() { 100 } else { 0 };
                voided += if given_up.is_ok() { 100 } else { 0 };
                continue;
            }
            one.captured(&payment, 100).await;
            captured += 100;
            if n % 3 == 1 {
                let (a, b) = tokio::join!(
                    one.refund(&payment, &first, 60),
                    other.refund(&payment, &second, 60),
                );
                let refused = a.and(b).unwrap_err();
                assert_eq!(refused.reason, "AMOUNT_EXCEEDS_CAPTURED");
            } else {
                // The same call at both doors is one refund.
                let (a, b) = tokio::join!(
                    one.refund(&payment, &first, 60),
                    other.refund(&payment, &first, 60),
                );
                assert_eq!(a.unwrap().op().operation_id, b.unwrap().op().operation_id);
                let done = known("the refund", async || {
                    other.refund(&payment, &first, 60).await.unwrap()
                })
                .await;
                assert_eq!(done.state(), OperationState::Succeeded);
            }
            refunded += 60;
        }
        at_rest(&one, &other, &provider).await;
        assert_eq!(provider.pounds().await, [0, captured, voided, refunded, 0]);
        assert_eq!(provider.declined().await, 0, "what is refused never left");
        assert_eq!(
            one.accounts().await,
            [captured - refunded, -captured, refunded, 0]
        );
    });
}

#[test]
fn many_on_both_doors_at_once_come_to_rest_in_order() {
    if stoa_testdb::engine() == Engine::Sqlite {
        return;
    }
    block_on(async {
        let data = tempfile::tempdir().unwrap();
        let provider = Provider::start(|_| {});
        let one = Payment::start(data.path(), &provider, &[]);
        let other = Payment::start(data.path(), &provider, &[]);
        let buyers = (0..24).map(|n| {
            let (here, there) = if n % 2 == 0 {
                (&one, &other)
            } else {
                (&other, &one)
            };
            async move {
                let payment = here.intent("tok_approve", 100).await;
                let authorize = key();
                there.authorize(&payment, &authorize).await.unwrap();
                let ids: Vec<String> = (0..4).map(|_| key()).collect();
                let captures = ids.iter().enumerate().map(|(m, id)| {
                    let door = if m % 2 == 0 { here } else { there };
                    door.capture(&payment, id, 40)
                });
                let taken = futures::future::join_all(captures).await;
                let taken = taken.iter().filter(|done| done.is_ok()).count();
                assert_eq!(taken, 2, "captures of 40 out of 100");
                let ids: Vec<String> = (0..4).map(|_| key()).collect();
                let refunds = ids.iter().enumerate().map(|(m, id)| {
                    let door = if m % 2 == 0 { there } else { here };
                    door.refund(&payment, id, 30)
                });
                let given = futures::future::join_all(refunds).await;
                let given = given.iter().filter(|done| done.is_ok()).count();
                assert_eq!(given, 2, "refunds of 30 out of two captures of 40");
            }
        });
        futures::future::join_all(buyers).await;
        at_rest(&one, &other, &provider).await;
        let all = [24 * 20, 24 * 80, 0, 24 * 60, 0];
        assert_eq!(provider.pounds().await, all);
        assert_eq!(provider.declined().await, 0, "what is refused never left");
    });
}
