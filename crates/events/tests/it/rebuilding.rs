//! A projection is built anew while it serves: nothing is lost, nothing is counted twice, and it never stops.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use stoa_errors::{Error, Kind};
use stoa_events::{
    Bus, ConsumeError, Consumer, Envelope, EventLog, Mode, Operator, Rebuild, RebuildState, Shadow,
    Sources, Subscription,
};
use stoa_store::{BoxFuture, Db, Migration, Sql, StoreError, Tx};
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, JoinSet};

use crate::support::{Pair, anna, append_to};

pub(crate) const TOTALS: Migration = Migration {
    component: "totals",
    version: 1,
    name: "how many events each thing has",
    sqlite: "CREATE TABLE total (id TEXT PRIMARY KEY, events INTEGER NOT NULL) STRICT;
             CREATE TABLE total_shadow (id TEXT PRIMARY KEY, events INTEGER NOT NULL) STRICT",
    postgres: "CREATE TABLE total (id text PRIMARY KEY, events bigint NOT NULL);
               CREATE TABLE total_shadow (id text PRIMARY KEY, events bigint NOT NULL)",
};

const COUNT: Sql = Sql::new(
    "count",
    "INSERT INTO total (id, events) VALUES (?1 ->> 0, 1) ON CONFLICT (id) DO UPDATE SET events = events + 1",
    "INSERT INTO total (id, events) VALUES ($1::jsonb ->> 0, 1)
     ON CONFLICT (id) DO UPDATE SET events = total.events + 1",
);
const COUNT_ANEW: Sql = Sql::new(
    "count_anew",
    "INSERT INTO total_shadow (id, events) VALUES (?1 ->> 0, 1) ON CONFLICT (id) DO UPDATE SET events = events + 1",
    "INSERT INTO total_shadow (id, events) VALUES ($1::jsonb ->> 0, 1)
     ON CONFLICT (id) DO UPDATE SET events = total_shadow.events + 1",
);

/// Counts the events of each thing: whatever is applied twice or not at all is seen for good.
pub(crate) struct Totals {
    mode: Mode,
    is_shadow: bool,
    deaf: Arc<AtomicBool>,
}

impl Totals {
    pub(crate) fn new(mode: Mode) -> Self {
        Self {
            mode,
            is_shadow: false,
            deaf: Arc::default(),
        }
    }

    fn beside(&self) -> Self {
        Self {
            is_shadow: true,
            deaf: Arc::clone(&self.deaf),
            ..*self
        }
    }
}

impl Consumer for Totals {
    fn name(&self) -> &'static str {
        match self.is_shadow {
            false => "totals",
            true => "totals.shadow",
        }
    }

    fn listens(&self) -> &[&'static str] {
        &["stoa.test.v1.*"]
    }

    fn mode(&self) -> Mode {
        self.mode
    }

    fn handle<'a>(
        &'a self,
        tx: &'a Tx,
        events: &'a [Envelope],
    ) -> BoxFuture<'a, Result<(), ConsumeError>> {
        Box::pin(async move {
            if self.is_shadow && self.deaf.load(Ordering::SeqCst) {
                let error = Error::new(Kind::FailedPrecondition, "DEAF", "not for these ears");
                return Err(ConsumeError::Poison(error));
            }
            let count = if self.is_shadow { COUNT_ANEW } else { COUNT };
            let mut ids: Vec<&str> = events
                .iter()
                .map(|event| event.aggregate_id.as_str())
                .collect();
            ids.sort_unstable();
            for id in ids {
                tx.execute(count, &[id]).await?;
            }
            Ok(())
        })
    }

    fn shadow(&self) -> Option<Arc<dyn Shadow>> {
        if self.is_shadow {
            return None;
        }
        let shadow: Arc<dyn Shadow> = Arc::new(self.beside());
        Some(shadow)
    }
}

impl Shadow for Totals {
    fn sources(&self) -> &'static [&'static str] {
        &["source"]
    }

    fn clear<'a>(&'a self, tx: &'a Tx) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move { run(tx, &["DELETE FROM total_shadow"]).await })
    }

    fn swap<'a>(&'a self, tx: &'a Tx) -> BoxFuture<'a, Result<(), StoreError>> {
        let steps = [
            "DELETE FROM total",
            "INSERT INTO total SELECT * FROM total_shadow",
            "DELETE FROM total_shadow",
        ];
        Box::pin(async move { run(tx, &steps).await })
    }
}

async fn run(tx: &Tx, statements: &[&'static str]) -> Result<(), StoreError> {
    for statement in statements {
        tx.execute(*statement, &()).await?;
    }
    Ok(())
}

/// The log of the source, read as it stands.
struct Log(Db);

impl Sources for Log {
    fn read<'a>(
        &'a self,
        _: &'a str,
        after: i64,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Envelope>, Error>> {
        // Small bites: the live events come in between.
        Box::pin(async move { Ok(EventLog::read(&self.0, after, limit.min(7)).await?) })
    }
}

/// Lets them be counted, and fills their shadow when it is asked for.
pub(crate) fn counted(pair: &Pair, totals: Totals) -> (Arc<Subscription>, JoinHandle<()>) {
    pair.bus.subscribe(pair.listener.clone(), Arc::new(totals));
    let all = pair.bus.subscriptions();
    let subscription = all
        .into_iter()
        .find(|one| one.consumer().name() == "totals");
    let subscription = subscription.unwrap();
    let log = Arc::new(Log(pair.source.clone()));
    let keep = Rebuild::keep(Arc::clone(&subscription), log);
    (subscription, Handle::current().spawn(keep))
}

pub(crate) async fn ended(pair: &Pair) -> Rebuild {
    loop {
        let rebuild = Rebuild::all(&pair.listener).await.unwrap().remove("totals");
        match rebuild {
            Some(rebuild) if rebuild.state != RebuildState::Filling => return rebuild,
            _ => tokio::task::yield_now().await,
        }
    }
}

pub(crate) async fn totals(db: &Db) -> Vec<(String, i64)> {
    let rows = db
        .query("SELECT id, events FROM total ORDER BY id", &())
        .await;
    rows.unwrap()
        .iter()
        .map(|row| (row.get("id").unwrap(), row.get("events").unwrap()))
        .collect()
}

async fn corrupt(db: &Db) {
    db.write("test.corrupt", |tx| {
        Box::pin(async move { run(tx, &["UPDATE total SET events = events + 1000"]).await })
    })
    .await
    .unwrap();
}

const WRITERS: i64 = 4;

fn load(pair: &Pair, versions: i64) -> JoinSet<()> {
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let db = pair.source.clone();
        writers.spawn(async move {
            for version in 1..=versions {
                append_to(&db, &format!("w{writer}"), &[version])
                    .await
                    .unwrap();
            }
        });
    }
    writers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn under_load_it_comes_to_what_happened() {
    for mode in [Mode::Any, Mode::Strict] {
        let pair = Pair::open().await;
        let (subscription, keeper) = counted(&pair, Totals::new(mode));
        let relay = pair.relay();
        let mut before = load(&pair, 20);
        while before.join_next().await.is_some() {}
        pair.published().await;
        corrupt(&pair.listener).await;
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let db = pair.source.clone();
            writers.spawn(async move {
                for version in 21..=60 {
                    append_to(&db, &format!("w{writer}"), &[version])
                        .await
                        .unwrap();
                }
            });
        }
        let ctx = anna("the totals are wrong");
        pair.operator.rebuild(&ctx, &subscription).await.unwrap();
        // A relay that dies meanwhile publishes again.
        relay.abort();
        let relay = pair.relay();
        let rebuild = ended(&pair).await;
        assert_eq!((rebuild.state, rebuild.error), (RebuildState::Done, None));
        while writers.join_next().await.is_some() {}
        pair.published().await;
        let expected: Vec<_> = (0..WRITERS).map(|n| (format!("w{n}"), 60)).collect();
        assert_eq!(totals(&pair.listener).await, expected, "{mode:?}");
        // All of it again changes nothing: the inbox has moved with the tables.
        let source = Operator::new(&pair.source);
        source.republish(&ctx, 0).await.unwrap();
        pair.published().await;
        assert_eq!(totals(&pair.listener).await, expected, "{mode:?}");
        // And again from the beginning.
        pair.operator.rebuild(&ctx, &subscription).await.unwrap();
        assert_eq!(ended(&pair).await.state, RebuildState::Done);
        assert_eq!(totals(&pair.listener).await, expected, "{mode:?}");
        relay.abort();
        keeper.abort();
    }
}

#[tokio::test]
async fn one_that_cannot_be_built_leaves_the_old_one_serving() {
    let pair = Pair::open().await;
    let totals_of = Totals::new(Mode::Any);
    let deaf = Arc::clone(&totals_of.deaf);
    let (subscription, keeper) = counted(&pair, totals_of);
    let relay = pair.relay();
    pair.append("a", &[1, 2]).await.unwrap();
    pair.published().await;
    deaf.store(true, Ordering::SeqCst);
    let ctx = anna("a test");
    pair.operator.rebuild(&ctx, &subscription).await.unwrap();
    let rebuild = ended(&pair).await;
    assert_eq!(rebuild.state, RebuildState::Failed);
    assert!(rebuild.error.unwrap().contains("DEAF"));
    pair.append("a", &[3]).await.unwrap();
    pair.published().await;
    assert_eq!(totals(&pair.listener).await, [("a".to_owned(), 3)]);
    // What held it up is mended: it begins from the beginning.
    deaf.store(false, Ordering::SeqCst);
    pair.operator.rebuild(&ctx, &subscription).await.unwrap();
    assert_eq!(ended(&pair).await.state, RebuildState::Done);
    assert_eq!(totals(&pair.listener).await, [("a".to_owned(), 3)]);
    assert!(pair.letters("totals.shadow").await.is_empty());
    relay.abort();
    keeper.abort();
}

#[tokio::test]
async fn one_at_a_time_and_only_what_follows_from_events() {
    let pair = Pair::open().await;
    let (subscription, keeper) = counted(&pair, Totals::new(Mode::Any));
    keeper.abort();
    let ctx = anna("a test");
    pair.operator.rebuild(&ctx, &subscription).await.unwrap();
    let again = pair.operator.rebuild(&ctx, &subscription).await;
    assert_eq!(again.unwrap_err().reason, "REBUILD_RUNNING");
    let scribe = pair.listen(&crate::support::Scribe::new("scribe", Mode::Any));
    let fixed = pair.operator.rebuild(&ctx, &scribe).await;
    assert_eq!(fixed.unwrap_err().reason, "PROJECTION_FIXED");
}
