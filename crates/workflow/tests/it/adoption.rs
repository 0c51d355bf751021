//! A runner dies; another goes on.

use std::sync::Arc;
use std::time::Duration;

use stoa_store::Engine;
use stoa_types::SystemClock;
use stoa_workflow::{Limits, Next, Status};
use tokio::runtime::{Builder, Runtime};

use crate::bench::{Bench, quiet, scripted};

/// A runtime of its own, whose end is as sudden for its tasks as a process's.
fn process() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

fn shared(lease: Duration) -> Limits {
    Limits {
        alone: false,
        lease,
        poll: Duration::from_millis(20),
        ..quiet()
    }
}

#[tokio::test]
async fn a_start_alone_adopts_at_once() {
    let bench = Bench::new().await;
    if bench.db.engine() == Engine::Postgres {
        // Nobody is alone there: see `with_others_a_lease_must_lapse_first`.
        return;
    }
    let process = process();
    let first = bench.runner(quiet());
    let (kind, mut runs) = scripted();
    first.start(vec![kind], process.handle()).await.unwrap();
    let id = bench.insert(&first, "ord_a").await;
    first.kick(id);
    let lost = runs.next().await;
    process.shutdown_background();

    let second = bench.runner(quiet());
    let (kind, mut runs) = scripted();
    let adopted = second
        .start(vec![kind], &tokio::runtime::Handle::current())
        .await
        .unwrap();
    assert_eq!(adopted, 1);
    assert!(bench.figure(r#"stoa_workflow_adopted_total{service="order"}"#) >= 1.0);
    let run = runs.next().await;
    assert_eq!((run.work.id, run.work.fence), (id, 2));

    assert!(!bench.finish(&lost.work).await, "the dead runner's fence");
    assert!(bench.finish(&run.work).await);
    run.answer(Ok(Next::Finished));
    assert_eq!(bench.show(id).await.status, Status::Done);
}

/// The clock of the dead process may have been ahead of ours.
#[tokio::test]
async fn what_the_dead_put_off_is_looked_at_by_a_start_alone() {
    let bench = Bench::new().await;
    if bench.db.engine() == Engine::Postgres {
        // The times are by the clock of the database there.
        return;
    }
    let process = process();
    let first = bench.runner(quiet());
    let (kind, mut runs) = scripted();
    first.start(vec![kind], process.handle()).await.unwrap();
    let id = bench.insert(&first, "ord_a").await;
    first.kick(id);
    let until = bench.clock.now().plus(Duration::from_hours(1));
    let waiting_on = Some("pay_1".to_owned());
    let parked = Next::Park { until, waiting_on };
    runs.next().await.answer(Ok(parked));
    bench.until(id, |info| info.waiting_on.is_some()).await;
    process.shutdown_background();

    let second = bench.runner(quiet());
    let (kind, mut runs) = scripted();
    let here = tokio::runtime::Handle::current();
    second.start(vec![kind], &here).await.unwrap();
    assert_eq!(runs.next().await.work.id, id);
}

#[tokio::test]
async fn with_others_a_lease_must_lapse_first() {
    let bench = Bench::new().await;
    let process = process();
    let other = bench.beside(process.handle(), Arc::new(SystemClock)).await;
    let first = other.runner(shared(Duration::from_millis(900)));
    let (kind, mut runs) = scripted();
    first.start(vec![kind], process.handle()).await.unwrap();
    let id = bench.insert(&first, "ord_a").await;
    first.kick(id);
    let _held = runs.next().await;

    let second = bench.runner(shared(Duration::from_millis(900)));
    let (kind, mut others) = scripted();
    let adopted = second
        .start(vec![kind], &tokio::runtime::Handle::current())
        .await
        .unwrap();
    assert_eq!(adopted, 0, "the first one lives");
    assert_eq!(bench.show(id).await.runner, first.incarnation());

    process.shutdown_background();
    let run = others.next().await;
    assert_eq!((run.work.id, run.work.fence), (id, 2));
    assert_eq!(bench.show(id).await.runner, second.incarnation());
}

#[tokio::test]
async fn who_leaves_in_order_is_adopted_without_waiting() {
    let bench = Bench::new().await;
    let (first, mut runs) = bench.started(shared(Duration::from_hours(1))).await;
    let id = bench.insert(&first, "ord_a").await;
    let _held = runs.next().await;
    first.stop(Duration::ZERO).await;
    let (_second, mut runs) = bench.started(shared(Duration::from_hours(1))).await;
    assert_eq!(runs.next().await.work.id, id);
}

#[tokio::test]
async fn who_was_buried_while_stalled_comes_back_under_a_new_name() {
    let bench = Bench::new().await;
    let (runner, mut runs) = bench.started(shared(Duration::from_millis(300))).await;
    let name = runner.incarnation();
    let id = bench.insert(&runner, "ord_a").await;
    let lost = runs.next().await;
    bench
        .write(|tx| Box::pin(async move { tx.execute("DELETE FROM workflow_runner", &()).await }))
        .await;
    let run = runs.next().await;
    assert_eq!((run.work.id, run.work.fence), (id, 2));
    assert_ne!(runner.incarnation(), name);
    assert!(!bench.finish(&lost.work).await);
    assert!(bench.finish(&run.work).await);
}

#[tokio::test]
async fn what_is_stuck_or_parked_is_adopted_too() {
    let bench = Bench::new().await;
    let (first, mut runs) = bench.started(quiet()).await;
    let ids = bench.insert_many(&first, &["ord_a", "ord_b"]).await;
    for id in &ids {
        first.kick(*id);
    }
    let until = stoa_types::Timestamp::MAX;
    runs.next().await.answer(Ok(Next::Park {
        until,
        waiting_on: None,
    }));
    runs.next()
        .await
        .answer(Ok(Next::Stuck(stoa_errors::Error::internal("broken"))));
    for id in &ids {
        bench
            .until(*id, |info| {
                info.due_at == until || info.status == Status::Stuck
            })
            .await;
    }
    first.stop(Duration::ZERO).await;
    let second = bench.runner(quiet());
    let adopted = second
        .start(vec![], &tokio::runtime::Handle::current())
        .await
        .unwrap();
    assert_eq!(adopted, 2);
}
