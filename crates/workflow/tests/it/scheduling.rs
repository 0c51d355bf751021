//! When work runs.

use std::time::Duration;

use stoa_errors::{Error, Kind};
use stoa_workflow::{Advance, Limits, Next, Status, advance, wake};

use crate::bench::{Bench, quiet, state};

fn park(bench: &Bench, waiting_on: &str) -> Next {
    Next::Park {
        until: bench.clock.now().plus(Duration::from_hours(1)),
        waiting_on: Some(waiting_on.to_owned()),
    }
}

async fn wake_up(bench: &Bench, key: &'static str) -> u64 {
    bench
        .write(move |tx| Box::pin(async move { wake(tx, &[key.to_owned()]).await }))
        .await
}

#[tokio::test]
async fn a_kick_runs_at_once_with_what_was_inserted() {
    let bench = Bench::new().await;
    let (runner, mut runs) = bench.started(quiet()).await;
    let id = bench.insert(&runner, "ord_a").await;
    assert!(runs.none(), "nothing runs before the kick");
    runner.kick(id);
    let run = runs.next().await;
    let work = &run.work;
    assert_eq!((work.id, work.fence, work.attempt), (id, 1, 0));
    assert_eq!(
        (work.subject.as_str(), work.step.as_str()),
        ("ord_a", "hold")
    );
    assert_eq!(work.state, state(0));
    assert_eq!(work.actor, "guest:0badcafe");
    let traceparent = work.traceparent.as_deref().unwrap();
    assert!(traceparent.starts_with("00-"), "{traceparent}");
    assert!(bench.finish(work).await);
    run.answer(Ok(Next::Finished));
    assert_eq!(bench.show(id).await.status, Status::Done);
}

#[tokio::test]
async fn what_nobody_kicks_is_found() {
    let bench = Bench::new().await;
    let limits = Limits {
        poll: Duration::from_millis(20),
        ..quiet()
    };
    let (runner, mut runs) = bench.started(limits).await;
    let id = bench.insert(&runner, "ord_a").await;
    assert_eq!(runs.next().await.work.id, id);
}

#[tokio::test]
async fn a_step_that_moved_runs_again_from_its_row() {
    let bench = Bench::new().await;
    let (runner, mut runs) = bench.started(quiet()).await;
    let id = bench.insert(&runner, "ord_a").await;
    runner.kick(id);
    let run = runs.next().await;
    let member = Advance {
        id,
        fence: run.work.fence,
        step: "authorise",
        state: state(7),
        waiting_on: None,
    };
    bench
        .write(move |tx| {
            let member = member.clone();
            Box::pin(async move { advance(tx, &[member]).await })
        })
        .await;
    run.answer(Ok(Next::Again));
    let run = runs.next().await;
    assert_eq!(run.work.step, "authorise");
    assert_eq!(run.work.state, state(7));
}

#[tokio::test]
async fn what_is_parked_wakes_by_what_it_waits_on() {
    let bench = Bench::new().await;
    let (runner, mut runs) = bench.started(quiet()).await;
    let id = bench.insert(&runner, "ord_a").await;
    runner.kick(id);
    runs.next().await.answer(Ok(park(&bench, "pay_1")));
    let info = bench.until(id, |info| info.waiting_on.is_some()).await;
    assert_eq!(info.waiting_on.as_deref(), Some("pay_1"));
    assert!(info.due_at > bench.clock.now());
    assert_eq!(wake_up(&bench, "pay_2").await, 0);
    assert_eq!(wake_up(&bench, "pay_1").await, 1);
    let run = runs.next().await;
    assert_eq!((run.work.id, run.work.attempt), (id, 0));
}

#[tokio::test]
async fn a_wake_during_the_run_is_not_lost() {
    let bench = Bench::new().await;
    let (runner, mut runs) = bench.started(quiet()).await;
    let id = bench.insert(&runner, "ord_a").await;
    runner.kick(id);
    let run = runs.next().await;
    assert_eq!(wake_up(&bench, "ord_a").await, 1);
    run.answer(Ok(park(&bench, "pay_1")));
    // Parked for an hour, but woken meanwhile: it looks again, and then it rests.
    let run = runs.next().await;
    assert_eq!(run.work.id, id);
    run.answer(Ok(park(&bench, "pay_1")));
    bench.until(id, |info| info.waiting_on.is_some()).await;
    assert!(runs.none());
}

#[tokio::test]
async fn a_failure_is_recorded_and_runs_again_later() {
    let bench = Bench::new().await;
    let limits = Limits {
        poll: Duration::from_millis(20),
        backoff: Duration::from_millis(1),
        ..quiet()
    };
    let (runner, mut runs) = bench.started(limits).await;
    let id = bench.insert(&runner, "ord_a").await;
    runner.kick(id);
    let cause = std::io::Error::other("connection refused");
    runs.next().await.answer(Err(Error::new(
        Kind::Unavailable,
        "UNAVAILABLE",
        "payment is away",
    )
    .caused_by(cause)));
    let run = runs.next().await;
    assert_eq!(run.work.attempt, 1);
    let info = bench.show(id).await;
    assert_eq!(
        info.last_error.as_deref(),
        Some("UNAVAILABLE: payment is away: connection refused")
    );
    // A panic counts as a failure too: the sender is dropped, the scripted kind panics.
    drop(run);
    let run = runs.next().await;
    assert_eq!(run.work.attempt, 2);
    let error = bench.show(id).await.last_error.unwrap();
    assert!(error.contains("panicked"), "{error}");
    assert!(bench.finish(&run.work).await);
    assert_eq!(bench.show(id).await.last_error, None);
}

#[tokio::test]
async fn a_pause_is_kept_however_often_the_table_is_searched() {
    let bench = Bench::new().await;
    let limits = Limits {
        poll: Duration::from_millis(10),
        backoff: Duration::from_millis(200),
        backoff_cap: Duration::from_millis(200),
        ..quiet()
    };
    let (runner, mut runs) = bench.started(limits).await;
    // Nobody kicks it: a kick that comes while it runs asks for another run at once.
    bench.insert(&runner, "ord_a").await;
    let mut run = runs.next().await;
    for attempt in 1..6 {
        let began = std::time::Instant::now();
        run.answer(Err(Error::internal("again")));
        run = runs.next().await;
        assert_eq!(run.work.attempt, attempt);
        let paused = began.elapsed();
        assert!(paused >= Duration::from_millis(95), "{attempt}: {paused:?}");
    }
    assert!(bench.finish(&run.work).await);
}

#[tokio::test]
async fn a_retry_hint_is_kept() {
    let bench = Bench::new().await;
    let (runner, mut runs) = bench.started(quiet()).await;
    let id = bench.insert(&runner, "ord_a").await;
    runner.kick(id);
    let before = bench.clock.now();
    runs.next().await.answer(Err(Error::new(
        Kind::ResourceExhausted,
        "OVERLOADED",
        "too much",
    )
    .retry(Duration::from_mins(30))));
    let info = bench.until(id, |info| info.attempt == 1).await;
    assert!(info.due_at >= before.plus(Duration::from_mins(30)));
}

#[tokio::test]
async fn no_more_run_at_once_than_allowed_and_all_run() {
    let bench = Bench::new().await;
    let limits = Limits {
        concurrency: 8,
        poll: Duration::from_millis(50),
        ..quiet()
    };
    let (runner, mut runs) = bench.started(limits).await;
    let subjects: Vec<String> = (0..3_000).map(|n| format!("ord_{n}")).collect();
    let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
    let ids = bench.insert_many(&runner, &subjects).await;
    runner.kick(ids[2_999]);
    let mut held = Vec::new();
    for _ in 0..8 {
        held.push(runs.next().await);
    }
    assert!(runs.none(), "a ninth runs");
    let mut seen = std::collections::HashSet::new();
    while let Some(run) = held.pop() {
        assert!(seen.insert(run.work.id), "one ran twice");
        run.answer(Ok(Next::Stuck(Error::internal("enough"))));
        if seen.len() + held.len() < 3_000 {
            held.push(runs.next().await);
        }
    }
    assert_eq!(seen.len(), 3_000);
}

#[tokio::test]
async fn a_stop_waits_for_what_runs_and_starts_nothing() {
    let bench = Bench::new().await;
    let (runner, mut runs) = bench.started(quiet()).await;
    let ids = bench.insert_many(&runner, &["ord_a", "ord_b"]).await;
    runner.kick(ids[0]);
    let run = runs.next().await;
    let mut stop = Box::pin(runner.stop(Duration::from_secs(20)));
    assert!(futures::poll!(&mut stop).is_pending(), "it is told");
    runner.kick(ids[1]);
    assert!(bench.finish(&run.work).await);
    run.answer(Ok(Next::Finished));
    stop.await;
    assert!(runs.none());
    assert_eq!(bench.show(ids[1]).await.status, Status::Live);
}
