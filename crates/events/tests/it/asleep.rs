//! A transaction that commits late, where several write at the same time: its events get their positions then, and nobody
//! who was faster has made them invisible.

use std::sync::Arc;

use stoa_events::{EventLog, Mode, append};
use stoa_store::{Db, Engine, StoreError};
use stoa_types::{Clock, SystemClock, SystemIds};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::support::{Pair, Scribe, append_to, context, event};

/// Where a transaction stops before its commit, and who waits for that.
#[derive(Clone)]
struct Gate {
    there: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl Gate {
    fn new() -> Self {
        Self {
            there: Arc::new(Semaphore::new(0)),
            open: Arc::new(Semaphore::new(0)),
        }
    }
}

/// Appends, and falls asleep before the commit.
fn asleep(db: &Db, id: &'static str, versions: &[i64], gate: &Gate) -> JoinHandle<()> {
    let db = db.clone();
    let gate = gate.clone();
    let events = versions.iter().map(|version| event(id, *version));
    let events: Vec<_> = events.map(|event| (Arc::new(context()), event)).collect();
    let events = Arc::new(events);
    Handle::current().spawn(async move {
        let ended: Result<(), StoreError> = db
            .write("test.asleep", move |tx| {
                let (events, gate) = (Arc::clone(&events), gate.clone());
                Box::pin(async move {
                    append(tx, &events, SystemClock.now(), &SystemIds).await?;
                    gate.there.add_permits(1);
                    let _open = gate.open.acquire().await;
                    Ok(())
                })
            })
            .await;
        ended.unwrap();
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_commits_late_is_not_passed_over() {
    // On SQLite there is one writer: nobody can commit while another sleeps.
    if stoa_testdb::engine() == Engine::Sqlite {
        return;
    }
    let pair = Pair::open().await;
    let modes = [
        ("any", Mode::Any),
        ("latest", Mode::Latest),
        ("strict", Mode::Strict),
    ];
    for (name, mode) in modes {
        pair.listen(&Scribe::new(name, mode));
    }
    let relay = pair.relay();
    append_to(&pair.source, "late", &[1]).await.unwrap();
    let gate = Gate::new();
    let sleeper = asleep(&pair.source, "late", &[2, 3], &gate);
    let _there = gate.there.acquire().await.unwrap();
    for version in 1..=5 {
        append_to(&pair.source, "quick", &[version]).await.unwrap();
    }
    // All that is committed is published, although rows that were written before are not there yet.
    pair.published().await;
    let lag = EventLog::lag(&pair.source).await.unwrap();
    assert_eq!((lag.head, lag.published, lag.waiting), (6, 6, 0));
    gate.open.add_permits(1);
    sleeper.await.unwrap();
    append_to(&pair.source, "late", &[4]).await.unwrap();
    pair.published().await;
    relay.abort();

    let log = EventLog::read(&pair.source, 0, 100).await.unwrap();
    let positions: Vec<i64> = log.iter().map(|event| event.position).collect();
    assert_eq!(positions, (1..=9).collect::<Vec<i64>>());
    for (name, _) in modes {
        let heard = pair.heard(name).await;
        for (id, last) in [("late", 4), ("quick", 5)] {
            let versions: Vec<i64> = heard
                .iter()
                .filter(|(of, _)| of == id)
                .map(|(_, version)| *version)
                .collect();
            assert_eq!(versions, (1..=last).collect::<Vec<i64>>(), "{name} {id}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_never_commits_leaves_no_gap_in_the_positions() {
    if stoa_testdb::engine() == Engine::Sqlite {
        return;
    }
    let pair = Pair::open().await;
    let ended: Result<(), StoreError> = pair
        .source
        .write("test.rolled.back", |tx| {
            Box::pin(async move {
                let events = [(Arc::new(context()), event("gone", 1))];
                append(tx, &events, SystemClock.now(), &SystemIds).await?;
                Err(StoreError::Contract("as the test wants it"))
            })
        })
        .await;
    assert!(ended.is_err());
    pair.append("a", &[1, 2]).await.unwrap();
    let positions: Vec<i64> = pair
        .envelopes()
        .await
        .iter()
        .map(|event| event.position)
        .collect();
    assert_eq!(positions, [1, 2]);
}
