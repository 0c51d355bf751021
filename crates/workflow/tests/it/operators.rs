//! What operators see and do.

use std::time::Duration;

use stoa_errors::{Error, Kind};
use stoa_types::{Ctx, RequestKey, SystemIds, Timestamp, WorkflowId};
use stoa_workflow::{Filter, Limits, Next, Status, list, prune};

use crate::bench::{Bench, quiet};

#[tokio::test]
async fn what_is_stuck_waits_for_a_retry() {
    let bench = Bench::new().await;
    let (runner, mut runs) = bench.started(quiet()).await;
    let id = bench.insert(&runner, "ord_a").await;
    runner.kick(id);
    runs.next().await.answer(Ok(Next::Stuck(Error::new(
        Kind::FailedPrecondition,
        "CAPTURE_DECLINED",
        "the capture was declined",
    ))));
    let info = bench.until(id, |info| info.status == Status::Stuck).await;
    assert_eq!(
        info.last_error.as_deref(),
        Some("CAPTURE_DECLINED: the capture was declined")
    );
    runner.kick(id);
    assert!(runs.none(), "a kick does not free it");

    let mut ctx = Ctx::background("ops", bench.clock.now(), &SystemIds);
    ctx.key = Some(RequestKey {
        scope: "staff:operator".to_owned(),
        method: "/stoa.ops.v1.WorkflowService/RetryWorkflow",
        id: "retry-1".to_owned(),
        fingerprint: [1; 32],
        contract: [2; 32],
    });
    runner.retry(&ctx, id).await.unwrap();
    let run = runs.next().await;
    assert_eq!((run.work.id, run.work.attempt), (id, 0));
    assert!(bench.finish(&run.work).await);
    run.answer(Ok(Next::Finished));
    // The same key again changes nothing; another one finds it done.
    runner.retry(&ctx, id).await.unwrap();
    ctx.key = None;
    let refusal = runner.retry(&ctx, id).await.unwrap_err();
    assert_eq!(refusal.reason, "WORKFLOW_STATE");
    let unknown = WorkflowId::new(&SystemIds);
    let refusal = runner.retry(&ctx, unknown).await.unwrap_err();
    assert_eq!(refusal.reason, "WORKFLOW_NOT_FOUND");
    assert!(
        stoa_workflow::show(&bench.db, unknown)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn lists_by_status_subject_and_page() {
    let bench = Bench::new().await;
    let (runner, mut runs) = bench.started(quiet()).await;
    let ids = bench
        .insert_many(&runner, &["ord_a", "ord_b", "ord_b", "ord_c"])
        .await;
    runner.kick(ids[3]);
    let run = runs.next().await;
    assert!(bench.finish(&run.work).await);
    run.answer(Ok(Next::Finished));
    let found = async |filter: Filter, limit: u32| -> Vec<WorkflowId> {
        let found = list(&bench.db, &filter, limit).await.unwrap();
        found.into_iter().map(|info| info.id).collect()
    };
    assert_eq!(found(Filter::default(), 50).await, ids[..3]);
    let page = Filter {
        after: Some(ids[0]),
        ..Filter::default()
    };
    assert_eq!(found(page, 1).await, ids[1..2]);
    let subject = Filter {
        subject: Some("ord_b".to_owned()),
        ..Filter::default()
    };
    assert_eq!(found(subject.clone(), 50).await, ids[1..3]);
    let done = Filter {
        status: Some(Status::Done),
        ..Filter::default()
    };
    assert_eq!(found(done, 50).await, ids[3..]);
    let not_due = Filter {
        due: Some((Timestamp::from_micros(1), false)),
        ..subject.clone()
    };
    assert_eq!(found(not_due, 50).await, ids[1..3]);
    let due = Filter {
        due: Some((Timestamp::from_micros(1), true)),
        ..subject
    };
    assert!(found(due, 50).await.is_empty());
    let other = Filter {
        kind: Some("return".to_owned()),
        ..Filter::default()
    };
    assert!(found(other, 50).await.is_empty());
}

#[tokio::test]
async fn what_is_done_is_pruned_after_its_time() {
    let bench = Bench::new().await;
    let (runner, mut runs) = bench.started(quiet()).await;
    let ids = bench.insert_many(&runner, &["ord_a", "ord_b"]).await;
    runner.kick(ids[0]);
    let run = runs.next().await;
    assert!(bench.finish(&run.work).await);
    run.answer(Ok(Next::Finished));
    let finished = bench.show(ids[0]).await.finished_at.unwrap();
    for (before, gone) in [(finished, 0), (finished.plus(Duration::from_secs(1)), 1)] {
        let pruned = bench.write(move |tx| Box::pin(prune(tx, before, 10))).await;
        assert_eq!(pruned, gone);
    }
    assert!(
        stoa_workflow::show(&bench.db, ids[0])
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(bench.show(ids[1]).await.status, Status::Live);
}

#[tokio::test]
async fn housekeeping_prunes_and_counts() {
    let bench = Bench::new().await;
    let limits = Limits {
        keep: Duration::ZERO,
        housekeeping: Duration::from_millis(20),
        ..quiet()
    };
    let (runner, mut runs) = bench.started(limits).await;
    let ids = bench.insert_many(&runner, &["ord_a", "ord_b"]).await;
    runner.kick(ids[0]);
    let run = runs.next().await;
    assert!(bench.finish(&run.work).await);
    run.answer(Ok(Next::Finished));
    let gone = tokio::time::timeout(crate::bench::PATIENCE, async {
        while stoa_workflow::show(&bench.db, ids[0])
            .await
            .unwrap()
            .is_some()
        {
            tokio::task::yield_now().await;
        }
    });
    gone.await.unwrap();
    let counted = tokio::time::timeout(crate::bench::PATIENCE, async {
        loop {
            let page = bench.telemetry.metrics().render().unwrap();
            if page
                .contains(r#"stoa_workflow_rows{kind="checkout",service="order",status="LIVE"} 1"#)
            {
                return page;
            }
            tokio::task::yield_now().await;
        }
    });
    let page = counted.await.unwrap();
    assert!(bench.figure(r#"stoa_workflow_age_seconds{kind="checkout",service="order"}"#) > 0.0);
    assert!(page.contains(r#"outcome="finished""#), "{page}");
}

#[tokio::test]
async fn an_unknown_kind_waits_for_a_binary_that_knows_it() {
    let bench = Bench::new().await;
    let runner = bench.runner(quiet());
    runner
        .start(vec![], &tokio::runtime::Handle::current())
        .await
        .unwrap();
    let id = bench.insert(&runner, "ord_a").await;
    runner.kick(id);
    let info = bench.until(id, |info| info.attempt > 0).await;
    let error = info.last_error.unwrap();
    assert!(error.starts_with("UNKNOWN_WORKFLOW"), "{error}");
    assert_eq!(info.status, Status::Live);
}
