//! A process that dies between reserve and result: the next one finds what came of it.

use stoa_api::payment::v1::{OperationState, PaymentState};

use crate::harness::{HASTY, Payment, Provider, block_on, eventually, key, world};

/// The provider has heard of `count` operations.
async fn heard(provider: &Provider, count: i64) {
    eventually("the provider hears of it", async || {
        (provider.done().await >= count).then_some(())
    })
    .await;
}

#[test]
fn an_authorisation_whose_process_died_is_found_and_not_done_twice() {
    let data = tempfile::tempdir().unwrap();
    let provider = Provider::start(|_| {});
    let patient = [("payment.timeout", "60s")];
    let payment = Payment::start(data.path(), &provider, &patient);
    let id = key();
    let intent = block_on(async {
        let intent = payment.intent("tok_timeout_then_succeed", 100).await;
        tokio::select! {
            answer = payment.authorize(&intent, &id) => panic!("{answer:?}"),
            () = heard(&provider, 1) => {}
        }
        intent
    });
    payment.kill();

    let payment = Payment::start(data.path(), &provider, &[HASTY]);
    block_on(async {
        // Nobody asks: the sweep finds it by itself.
        eventually("it becomes known", async || {
            let read = payment.read(&intent).await;
            (read.state() == PaymentState::Authorized).then_some(())
        })
        .await;
        let done = payment.authorize(&intent, &id).await.unwrap();
        assert_eq!(done.state(), OperationState::Succeeded);
        assert_eq!(provider.done().await, 1);
        assert_eq!(payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn a_capture_that_never_left_is_sent_again_under_its_own_key() {
    let data = tempfile::tempdir().unwrap();
    let provider = Provider::start(|_| {});
    let patient = [("payment.timeout", "60s")];
    let payment = Payment::start(data.path(), &provider, &patient);
    let id = key();
    let intent = block_on(async {
        let intent = payment.intent("tok_capture_lost", 100).await;
        payment.authorize(&intent, &key()).await.unwrap();
        let reserved = eventually("the amount is reserved", async || {
            let read = payment.read(&intent).await;
            (read.capture_pending.unwrap().minor_units == 100).then_some(())
        });
        tokio::select! {
            answer = payment.capture(&intent, &id, 100) => panic!("{answer:?}"),
            () = reserved => {}
        }
        intent
    });
    payment.kill();

    let payment = Payment::start(
        data.path(),
        &provider,
        &[HASTY, ("payment.send_limit", "3")],
    );
    block_on(async {
        let done = eventually("it becomes known", async || {
            let done = payment.capture(&intent, &id, 100).await.unwrap();
            (done.state() == OperationState::Failed).then_some(done)
        })
        .await;
        assert_eq!(done.op().failure_code, "never_arrived");
        assert_eq!(done.op().attempts, 3);
        assert_eq!(done.of().state(), PaymentState::Authorized);
        assert_eq!(provider.pounds().await, [100, 0, 0, 0, 0]);
    });
}

/// On a server the next process waits for the lease of the dead one, and for the hour that this one put off: there it is the
/// matrix of the crash tests that shows it.
#[test]
fn sqlite_unknown_operations_and_undos_go_on_after_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let provider = Provider::start(|_| {});
    // The first process never gets to asking.
    let payment = Payment::start(
        data.path(),
        &provider,
        &[
            ("payment.timeout", "100ms"),
            ("payment.reconcile_every", "1h"),
        ],
    );
    let (authorize, void) = (key(), key());
    let intent = block_on(async {
        let intent = payment.intent("tok_not_found_then_succeed", 100).await;
        let done = payment.authorize(&intent, &authorize).await.unwrap();
        assert_eq!(done.state(), OperationState::Unknown);
        payment
            .void(&intent.order_id, &void, &authorize)
            .await
            .unwrap();
        intent
    });
    payment.kill();

    let payment = Payment::start(data.path(), &provider, &[HASTY]);
    block_on(async {
        eventually("what happened is given up", async || {
            let read = payment.read(&intent).await;
            (read.state() == PaymentState::Voided).then_some(())
        })
        .await;
        assert_eq!(provider.pounds().await, [0, 0, 100, 0, 0]);
    });
}

#[test]
fn a_provider_that_was_away_is_asked_when_it_comes_back() {
    let mut world = world();
    let id = key();
    let payment = block_on(async {
        let payment = world.payment.intent("tok_approve", 100).await;
        world.payment.authorized(&payment, &key()).await;
        world.payment.captured(&payment, 40).await;
        payment
    });
    world.provider.go_away();
    let second = block_on(async {
        let done = world.payment.capture(&payment, &id, 60).await.unwrap();
        assert_eq!(done.state(), OperationState::Unknown);
        let second = world.payment.intent("tok_approve", 7).await;
        let done = world.payment.authorize(&second, &id).await.unwrap();
        assert_eq!(done.state(), OperationState::Unknown);
        let found = world.payment.violations().await;
        assert!(
            found
                .iter()
                .all(|line| line.starts_with("books_equal_provider: sandbox")),
            "{found:?}"
        );
        second
    });
    world.provider.come_back();
    block_on(async {
        for payment in [&payment, &second] {
            eventually("it becomes known", async || {
                let read = world.payment.read(payment).await;
                let states = [PaymentState::Captured, PaymentState::Authorized];
                (read.capture_pending.as_ref().unwrap().minor_units == 0
                    && states.contains(&read.state()))
                .then_some(())
            })
            .await;
        }
        assert_eq!(world.provider.pounds().await, [7, 100, 0, 0, 0]);
        assert_eq!(world.provider.done().await, 4);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}
