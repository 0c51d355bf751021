//! Several runners on one database, as several instances of a service have it.

use std::collections::BTreeSet;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use stoa_store::Engine;
use stoa_types::{SystemClock, WorkflowId};
use stoa_workflow::{Limits, Next, Status, wake};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::bench::{Bench, PATIENCE, Runs, Wrong, quiet, scripted};

/// Five minutes, in microseconds.
const FIVE_MINUTES: i64 = 300_000_000;

fn process() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

fn leased(lease: Duration) -> Limits {
    Limits {
        alone: false,
        lease,
        poll: Duration::from_millis(20),
        ..quiet()
    }
}

/// Finishes whatever runs, under the fence of the run, until `wanted` are done.
async fn finish_all(bench: &Bench, mut runs: Runs, wanted: usize) -> Vec<WorkflowId> {
    let mut done = Vec::new();
    while done.len() < wanted {
        let Some(run) = runs.maybe().await else { break };
        assert!(bench.finish(&run.work).await, "a run that is not ours");
        done.push(run.work.id);
        run.answer(Ok(Next::Finished));
    }
    done
}

fn set(ids: &[WorkflowId]) -> BTreeSet<WorkflowId> {
    ids.iter().copied().collect()
}

#[tokio::test]
async fn two_share_the_work_and_each_does_its_own() {
    let bench = Bench::new().await;
    let here = Handle::current();
    let other = bench.beside(&here, Arc::new(SystemClock)).await;
    let (first, first_runs) = bench.started(leased(Duration::from_mins(1))).await;
    let (second, second_runs) = other.started(leased(Duration::from_mins(1))).await;
    let subjects: Vec<String> = (0..60).map(|n| format!("ord_{n}")).collect();
    let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
    let mine = bench.insert_many(&first, &subjects).await;
    let theirs = other.insert_many(&second, &subjects).await;
    let both = async {
        tokio::join!(
            finish_all(&bench, first_runs, 60),
            finish_all(&other, second_runs, 60),
        )
    };
    let (by_first, by_second) = tokio::time::timeout(PATIENCE, both).await.unwrap();
    assert_eq!((by_first.len(), by_second.len()), (60, 60), "each once");
    assert_eq!(set(&by_first), set(&mine));
    assert_eq!(set(&by_second), set(&theirs));
    for id in mine.into_iter().chain(theirs) {
        let info = bench.show(id).await;
        assert_eq!((info.status, info.fence), (Status::Done, 1));
    }
}

#[tokio::test]
async fn the_work_of_one_that_is_killed_is_done_by_the_other() {
    let bench = Bench::new().await;
    let process = process();
    let victim = bench.beside(process.handle(), Arc::new(SystemClock)).await;
    let lease = Duration::from_millis(1_500);
    let (second, runs) = bench.started(leased(lease)).await;
    let first = victim.runner(leased(lease));
    let (kind, mut held) = scripted();
    first.start(vec![kind], process.handle()).await.unwrap();
    let subjects = ["ord_a", "ord_b", "ord_c", "ord_d"];
    let ids = bench.insert_many(&first, &subjects).await;
    first.kick(ids[0]);
    let lost = held.next().await;
    process.shutdown_background();

    let done = tokio::time::timeout(PATIENCE, finish_all(&bench, runs, 4)).await;
    assert_eq!(set(&done.unwrap()), set(&ids));
    assert!(!bench.finish(&lost.work).await, "the dead runner's fence");
    for id in ids {
        let info = bench.show(id).await;
        assert_eq!((info.status, info.fence), (Status::Done, 2));
        assert_eq!(info.runner, second.incarnation());
    }
}

#[tokio::test]
async fn one_that_sleeps_longer_than_its_lease_commits_nothing() {
    let bench = Bench::new().await;
    let process = process();
    let sleeper = bench.beside(process.handle(), Arc::new(SystemClock)).await;
    let lease = Duration::from_millis(1_200);
    let first = sleeper.runner(leased(lease));
    let (kind, mut runs) = scripted();
    first.start(vec![kind], process.handle()).await.unwrap();
    let name = first.incarnation();
    let id = bench.insert(&first, "ord_a").await;
    first.kick(id);
    let asleep = runs.next().await;

    // The one thread of that process stands still.
    let (wake_it, sleeps) = mpsc::channel::<()>();
    process.spawn(async move { sleeps.recv() });
    let (second, mut others) = bench.started(leased(lease)).await;
    let run = others.next().await;
    assert_eq!((run.work.id, run.work.fence), (id, 2));
    // It would settle what its run decided, and nothing of that is written.
    let dreamt = stoa_errors::Error::internal("a dream");
    asleep.answer(Ok(Next::Stuck(dreamt)));
    wake_it.send(()).unwrap();

    let renamed = async {
        while first.incarnation() == name || !bench.entered(&first).await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, renamed).await.unwrap();
    let info = bench.show(id).await;
    assert_eq!(info.status, Status::Live);
    assert_eq!(info.runner, second.incarnation());
    assert_eq!(info.last_error, None);
    assert!(bench.finish(&run.work).await);
    run.answer(Ok(Next::Finished));
    // Awake, it does new work under its new name.
    let next = bench.insert(&first, "ord_b").await;
    let run = runs.next().await;
    assert_eq!(run.work.id, next);
    assert!(bench.finish(&run.work).await);
    process.shutdown_background();
}

#[tokio::test]
async fn a_wake_by_one_reaches_the_work_of_the_other() {
    let bench = Bench::new().await;
    let here = Handle::current();
    let other = bench.beside(&here, Arc::new(SystemClock)).await;
    let (first, mut runs) = bench.started(leased(Duration::from_mins(1))).await;
    let (_second, _idle) = other.started(leased(Duration::from_mins(1))).await;
    let id = bench.insert(&first, "ord_a").await;
    first.kick(id);
    runs.next().await.answer(Ok(Next::Park {
        until: bench.clock.now().plus(Duration::from_hours(1)),
        waiting_on: Some("pay_1".to_owned()),
    }));
    bench.until(id, |info| info.waiting_on.is_some()).await;
    let woken = other
        .write(|tx| Box::pin(async move { wake(tx, &["pay_1".to_owned()]).await }))
        .await;
    assert_eq!(woken, 1);
    assert_eq!(runs.next().await.work.id, id);
}

#[tokio::test]
async fn a_clock_five_minutes_off_changes_nothing() {
    let bench = Bench::new().await;
    if bench.db.engine() == Engine::Sqlite {
        // A file belongs to one process, whose clock it follows.
        return;
    }
    for off in [FIVE_MINUTES, -FIVE_MINUTES] {
        let process = process();
        let wrong = bench.beside(process.handle(), Arc::new(Wrong(off))).await;
        let lease = Duration::from_millis(1_500);
        let first = wrong.runner(leased(lease));
        let (kind, mut runs) = scripted();
        first.start(vec![kind], process.handle()).await.unwrap();
        // What it inserts is due, what it parks for a moment comes back after a moment.
        let id = wrong.insert(&first, "ord_a").await;
        runs.next().await.answer(Ok(Next::Park {
            until: wrong.clock.now().plus(Duration::from_millis(50)),
            waiting_on: None,
        }));
        let _held = runs.next().await;
        // The right one and the wrong one do not bury each other, however often their leases are renewed.
        let (second, mut others) = bench.started(leased(lease)).await;
        let later = bench.clock.now().plus(lease * 2);
        while bench.clock.now() < later {
            assert_eq!(bench.show(id).await.fence, 1);
        }
        assert!(others.none());
        // Dead, it is adopted as any other, and its work is due at once.
        process.shutdown_background();
        let run = others.next().await;
        assert_eq!((run.work.id, run.work.fence), (id, 2));
        assert!(bench.finish(&run.work).await);
        run.answer(Ok(Next::Finished));
        second.stop(Duration::from_secs(1)).await;
    }
}
