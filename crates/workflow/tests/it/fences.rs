//! Whoever lost a workflow writes nothing.

use stoa_types::{SystemIds, WorkflowId};
use stoa_workflow::{Advance, Finish, Status, advance, finish};

use crate::bench::{Bench, quiet, state};

#[tokio::test]
async fn a_stale_fence_finishes_nothing() {
    let bench = Bench::new().await;
    let first = bench.runner(quiet());
    let ids = bench.insert_many(&first, &["ord_a", "ord_b"]).await;
    let (second, mut runs) = bench.started(quiet()).await;
    let run = runs.next().await;
    let other = runs.next().await;
    assert_eq!((run.work.fence, other.work.fence), (2, 2));
    assert_eq!(bench.show(ids[0]).await.runner, second.incarnation());

    // One batch of a stalled first runner, the second one, and a workflow that nobody ever inserted.
    let unknown = WorkflowId::new(&SystemIds);
    let members = vec![
        Finish {
            id: ids[0],
            fence: 1,
        },
        Finish {
            id: ids[1],
            fence: 2,
        },
        Finish {
            id: unknown,
            fence: 1,
        },
    ];
    let done = bench
        .write(move |tx| {
            let members = members.clone();
            Box::pin(async move { finish(tx, &members).await })
        })
        .await;
    assert_eq!(done, [false, true, false]);
    assert_eq!(bench.show(ids[0]).await.status, Status::Live);
    let info = bench.show(ids[1]).await;
    assert_eq!(info.status, Status::Done);
    assert!(info.finished_at.is_some());

    // Done is done, under the same fence too.
    let again = Finish {
        id: ids[1],
        fence: 2,
    };
    let done = bench
        .write(move |tx| {
            let again = again.clone();
            Box::pin(async move { finish(tx, &[again]).await })
        })
        .await;
    assert_eq!(done, [false]);
}

#[tokio::test]
async fn a_stale_fence_advances_nothing() {
    let bench = Bench::new().await;
    let first = bench.runner(quiet());
    let id = bench.insert(&first, "ord_a").await;
    let (_second, mut runs) = bench.started(quiet()).await;
    let _run = runs.next().await;
    let members: Vec<Advance> = [1, 2]
        .map(|fence| Advance {
            id,
            fence,
            step: if fence == 1 { "stale" } else { "authorise" },
            state: state(fence),
            waiting_on: None,
        })
        .to_vec();
    for (member, moved) in members.into_iter().zip([false, true]) {
        let answer = bench
            .write(move |tx| {
                let member = member.clone();
                Box::pin(async move { advance(tx, &[member]).await })
            })
            .await;
        assert_eq!(answer, [moved]);
    }
    assert_eq!(bench.show(id).await.step, "authorise");
}
