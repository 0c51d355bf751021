//! A commit whose outcome is unknown: it stands, and is reported as lost.
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

struct Count;

impl Apply for Count {
    type Command = ();
    type Answer = ();
    const NAME: &'static str = "count";

    fn weight(&self, (): &()) -> usize {
        1
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<()>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<()>>, StoreError>> {
        Box::pin(async move {
            let mut outcomes = Vec::new();
            for _ in members {
                tx.execute(INSERT, &()).await?;
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
    let queue = db.queue(Count);
    db.lose_commits(1);
    let (one, two) = (call(Some("1")), call(Some("2")));
    let (first, second) = futures::join!(queue.submit(&one, ()), queue.submit(&two, ()));
    for answer in [first, second] {
        assert!(matches!(answer, Ok(Committed::Replayed { resource }) if resource == "counted"));
    }
    assert_eq!(counted(&db).await, 2);
}

#[tokio::test]
async fn a_batch_with_a_member_without_a_key_is_found_by_its_mark() {
    let (db, _folder) = open().await;
    let queue = db.queue(Count);
    let (one, two) = (call(Some("1")), call(None));
    let (first, second) = while_busy(&db, async {
        db.lose_commits(1);
        futures::join!(queue.submit(&one, ()), queue.submit(&two, ()))
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
