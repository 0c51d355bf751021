//! A commit whose outcome is unknown: it stands, and is reported as lost. What waits for one lane shares a transaction.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::pin::pin;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::poll;
use stoa_types::{Clock, Ctx, RequestKey, SystemClock, SystemIds};
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};

use crate::{Apply, Committed, Db, DbConfig, Member, Migration, Outcome, StoreError, Tx};

const COUNTED: Migration = Migration {
    component: "counted",
    version: 1,
    name: "one row per count",
    sqlite: "CREATE TABLE counted (id INTEGER PRIMARY KEY) STRICT",
    postgres: "",
};
const INSERT: &str = "INSERT INTO counted (id) VALUES (NULL)";

/// One of two command types.
struct Count<const OTHER: bool>;

impl<const OTHER: bool> Apply for Count<OTHER> {
    /// Whether it fails.
    type Command = bool;
    type Answer = ();
    const NAME: &'static str = if OTHER { "count.other" } else { "count" };

    fn weight(&self, _: &bool) -> usize {
        1
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<bool>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<()>>, StoreError>> {
        Box::pin(async move {
            let mut outcomes = Vec::new();
            for member in members {
                tx.execute(INSERT, &()).await?;
                if member.command {
                    return Err(StoreError::Contract("as the test wants it"));
                }
                outcomes.push(Outcome::Done {
                    resource: "counted".to_owned(),
                    answer: (),
                });
            }
            Ok(outcomes)
        })
    }
}

async fn open() -> (Db, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let config = DbConfig::file("counted".to_owned(), folder.path().join("counted.db"));
    let clock = Arc::new(SystemClock);
    let db = Db::open(config, vec![COUNTED], clock, Handle::current()).await;
    (db.unwrap(), folder)
}

async fn counted(db: &Db) -> i64 {
    let row = db.query_one("SELECT count(*) AS n FROM counted", &()).await;
    row.unwrap().unwrap().get("n").unwrap()
}

fn call(id: Option<&str>) -> Ctx {
    let mut ctx = Ctx::background("test", SystemClock.now(), &SystemIds);
    ctx.key = id.map(|id| RequestKey {
        scope: ctx.principal.scope(),
        method: "/test.v1.Count/Count",
        id: id.to_owned(),
        fingerprint: [1; 32],
        contract: [1; 32],
    });
    ctx
}

/// Begins `calls` while the lane is busy with work that is undone, so that they wait for one batch together.
async fn while_busy<T>(db: &Db, calls: impl Future<Output = T>) -> T {
    let (open, gate) = watch::channel(false);
    let begun = Arc::new(Notify::new());
    let seen = Arc::clone(&begun);
    let busy = db.write("busy", move |_: &Tx| {
        let (mut gate, begun) = (gate.clone(), Arc::clone(&begun));
        Box::pin(async move {
            begun.notify_one();
            gate.wait_for(|open| *open).await.unwrap();
            Err::<(), _>(StoreError::Contract("nothing is to be written"))
        })
    });
    let calls = async {
        seen.notified().await;
        let mut calls = pin!(calls);
        assert!(poll!(calls.as_mut()).is_pending());
        open.send(true).unwrap();
        calls.await
    };
    let (busy, answers) = futures::join!(busy, calls);
    assert!(busy.is_err());
    answers
}

#[tokio::test]
async fn members_with_keys_find_themselves_by_key() {
    let (db, _folder) = open().await;
    let queue = db.queue(Count::<false>);
    db.lose_commits(1);
    let (one, two) = (call(Some("1")), call(Some("2")));
    let (first, second) = futures::join!(queue.submit(&one, false), queue.submit(&two, false));
    for answer in [first, second] {
        assert!(matches!(answer, Ok(Committed::Replayed { resource }) if resource == "counted"));
    }
    assert_eq!(counted(&db).await, 2);
}

#[tokio::test]
async fn a_batch_with_a_member_without_a_key_is_found_by_its_mark() {
    let (db, _folder) = open().await;
    let queue = db.queue(Count::<false>);
    let (one, two) = (call(Some("1")), call(None));
    let (first, second) = while_busy(&db, async {
        db.lose_commits(1);
        futures::join!(queue.submit(&one, false), queue.submit(&two, false))
    })
    .await;
    for answer in [first, second] {
        assert!(matches!(answer, Ok(Committed::Done(()))), "{answer:?}");
    }
    assert_eq!(counted(&db).await, 2);
}

#[tokio::test]
async fn background_work_is_found_by_its_mark() {
    let (db, _folder) = open().await;
    for lost in 0..3 {
        db.lose_commits(1);
        let ended = db
            .write("count", move |tx| {
                Box::pin(async move {
                    tx.execute(INSERT, &()).await?;
                    Ok(lost)
                })
            })
            .await;
        assert_eq!(ended.unwrap(), lost);
    }
    assert_eq!(counted(&db).await, 3);
}

/// How many rows a transaction of the lower lane sees, and how many everybody else sees meanwhile; it adds one.
async fn seen(db: &Db) -> Result<(i64, i64), StoreError> {
    let outside = db.clone();
    db.write("see", move |tx| {
        let outside = outside.clone();
        Box::pin(async move {
            let count = "SELECT count(*) AS n FROM counted";
            let inside: i64 = tx.query_one(count, &()).await?.unwrap().get("n")?;
            let outside = counted(&outside).await;
            tx.execute(INSERT, &()).await?;
            Ok((inside, outside))
        })
    })
    .await
}

#[tokio::test]
async fn all_that_waits_for_one_lane_is_one_transaction() {
    let (db, _folder) = open().await;
    let (queue, other) = (db.queue(Count::<false>), db.queue(Count::<true>));
    for lost in 0..2_usize {
        let (one, two) = (call(Some(&format!("{lost}"))), call(None));
        let answers = while_busy(&db, async {
            db.lose_commits(lost);
            futures::join!(
                queue.submit(&one, false),
                other.submit(&two, false),
                seen(&db)
            )
        });
        let (first, second, seen) = answers.await;
        for answer in [first, second] {
            assert!(matches!(answer, Ok(Committed::Done(()))), "{answer:?}");
        }
        let before = 3 * i64::try_from(lost).unwrap();
        assert_eq!(seen.unwrap(), (before + 2, before));
        assert_eq!(counted(&db).await, before + 3);
    }
}

#[tokio::test]
async fn who_finds_himself_by_key_does_so_when_a_shared_commit_is_lost() {
    let (db, _folder) = open().await;
    let (queue, other) = (db.queue(Count::<false>), db.queue(Count::<true>));
    let (one, mut two) = (call(Some("1")), call(Some("1")));
    if let Some(key) = &mut two.key {
        key.method = "/test.v1.Count/Other";
    }
    let (first, second) = while_busy(&db, async {
        db.lose_commits(1);
        futures::join!(queue.submit(&one, false), other.submit(&two, false))
    })
    .await;
    for answer in [first, second] {
        assert!(
            matches!(answer, Ok(Committed::Replayed { .. })),
            "{answer:?}"
        );
    }
    assert_eq!(counted(&db).await, 2);
}

#[tokio::test]
async fn one_that_fails_in_a_shared_transaction_takes_none_with_it() {
    let (db, _folder) = open().await;
    let (queue, other) = (db.queue(Count::<false>), db.queue(Count::<true>));
    let (one, two, three) = (call(Some("1")), call(Some("2")), call(None));
    let (first, second, third, seen) = while_busy(&db, async {
        futures::join!(
            queue.submit(&one, false),
            other.submit(&two, true),
            other.submit(&three, false),
            seen(&db)
        )
    })
    .await;
    assert!(matches!(first, Ok(Committed::Done(()))), "{first:?}");
    assert!(second.is_err(), "{second:?}");
    assert!(matches!(third, Ok(Committed::Done(()))), "{third:?}");
    // It went alone, behind those that stand by then.
    assert_eq!(seen.unwrap(), (2, 2));
    assert_eq!(counted(&db).await, 3);
}
