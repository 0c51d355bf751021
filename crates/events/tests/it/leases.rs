//! Several processes on one database, each with a relay: one publishes, and when it is gone, another goes on where it was.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use stoa_events::{Bus, BusError, Consumer, Envelope, EventLog, MIGRATIONS};
use stoa_store::{Db, Engine};
use stoa_types::{Ids, SystemClock, SystemIds};
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;

use crate::support::append_to;

/// What was published: by which relay, and at which position.
type Published = Arc<Mutex<Vec<(&'static str, i64)>>>;

/// A bus that writes down what it is given and delivers it to nobody. It can be told not to acknowledge.
struct Recorder {
    relay: &'static str,
    published: Published,
    acknowledged: Semaphore,
    heard: Notify,
}

impl Recorder {
    fn new(relay: &'static str, published: &Published) -> Arc<Self> {
        Arc::new(Self {
            relay,
            published: Arc::clone(published),
            acknowledged: Semaphore::new(Semaphore::MAX_PERMITS),
            heard: Notify::new(),
        })
    }
}

impl Bus for Recorder {
    fn publish(&self, events: Arc<[Envelope]>) -> BoxFuture<'_, Result<(), BusError>> {
        Box::pin(async move {
            let heard = events.iter().map(|event| (self.relay, event.position));
            self.published.lock().unwrap().extend(heard);
            self.heard.notify_one();
            let _acknowledged = self.acknowledged.acquire().await;
            Ok(())
        })
    }

    fn subscribe(&self, _: Db, _: Arc<dyn Consumer>) {}
}

/// One database, and processes that have it open.
struct Shared(TempDir);

impl Shared {
    /// None on SQLite, where a file belongs to one process.
    fn new() -> Option<Self> {
        match stoa_testdb::engine() {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Self(tempfile::tempdir().unwrap())),
        }
    }

    async fn open(&self) -> Db {
        let config = stoa_testdb::config("source", self.0.path());
        let clock = Arc::new(SystemClock);
        stoa_testdb::open(config, MIGRATIONS.to_vec(), clock).await
    }
}

fn relay(db: &Db, bus: &Arc<Recorder>) -> JoinHandle<()> {
    relay_until(db, bus, std::future::pending())
}

fn relay_until(
    db: &Db,
    bus: &Arc<Recorder>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<()> {
    let meter = SdkMeterProvider::builder().build().meter("test");
    let (ids, bus): (Arc<dyn Ids>, Arc<dyn Bus>) =
        (Arc::new(SystemIds), Arc::<Recorder>::clone(bus));
    let db = db.clone();
    Handle::current().spawn(EventLog::relay_until(db, bus, ids, meter, stop))
}

async fn quiet(db: &Db) {
    while EventLog::lag(db).await.unwrap().waiting > 0 {
        tokio::task::yield_now().await;
    }
}

/// Until when the lease goes, and what time it is, both by the clock of the database.
async fn lease(db: &Db) -> (i64, i64) {
    let now = "SELECT lease_until, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now FROM event_relay";
    let row = db.query_one(now, &()).await.unwrap().unwrap();
    (row.get("lease_until").unwrap(), row.get("now").unwrap())
}

/// Whose turn it is.
async fn holder(db: &Db) -> Option<String> {
    let holder = "SELECT holder::text AS holder FROM event_relay";
    let row = db.query_one(holder, &()).await.unwrap().unwrap();
    row.get("holder").unwrap()
}

async fn eventually(db: &Db, mut holds: impl AsyncFnMut(&Db) -> bool) {
    while !holds(db).await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn all(published: &Published) -> Vec<(&'static str, i64)> {
    published.lock().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_two_publishes_and_the_other_adopts_when_it_is_killed() {
    let Some(shared) = Shared::new() else { return };
    let (one, two) = (shared.open().await, shared.open().await);
    let published = Published::default();
    let (first, second) = (
        Recorder::new("first", &published),
        Recorder::new("second", &published),
    );
    let leader = relay(&one, &first);
    append_to(&one, "a", &[1]).await.unwrap();
    first.heard.notified().await;
    let standby = relay(&two, &second);
    quiet(&two).await;
    // Nothing happens until the first lease would have lapsed: it is renewed all the same.
    let (first_lease, _) = lease(&two).await;
    eventually(&two, async |db| {
        let (until, now) = lease(db).await;
        now > first_lease && until > now
    })
    .await;
    // Whoever commits where no relay is: it finds the row by looking.
    append_to(&two, "a", &[2]).await.unwrap();
    quiet(&two).await;
    assert_eq!(all(&published), [("first", 1), ("first", 2)]);

    // It dies between the publication and the mark, and releases nothing.
    first.acknowledged.forget_permits(Semaphore::MAX_PERMITS);
    append_to(&one, "a", &[3]).await.unwrap();
    eventually(&one, async |_| all(&published).contains(&("first", 3))).await;
    leader.abort();
    second.heard.notified().await;
    append_to(&two, "a", &[4]).await.unwrap();
    quiet(&two).await;
    standby.abort();
    let expected = [
        ("first", 1),
        ("first", 2),
        ("first", 3),
        ("second", 3),
        ("second", 4),
    ];
    assert_eq!(all(&published), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_that_is_stopped_gives_its_turn_away_at_once() {
    let Some(shared) = Shared::new() else { return };
    let (one, two) = (shared.open().await, shared.open().await);
    let published = Published::default();
    let (first, second) = (
        Recorder::new("first", &published),
        Recorder::new("second", &published),
    );
    let stop = Arc::new(Notify::new());
    let stopped = Arc::clone(&stop);
    let leader = relay_until(&one, &first, async move { stopped.notified().await });
    append_to(&one, "a", &[1]).await.unwrap();
    quiet(&one).await;
    let its_own = holder(&two).await;
    assert!(its_own.is_some());
    let standby = relay(&two, &second);
    stop.notify_one();
    leader.await.unwrap();
    assert_ne!(holder(&two).await, its_own, "nobody waits for its lease");
    append_to(&one, "a", &[2]).await.unwrap();
    quiet(&two).await;
    standby.abort();
    assert_eq!(all(&published), [("first", 1), ("second", 2)]);
}

/// A process that stood still for longer than its lease, its publication under way, finds that it is the relay no more.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_that_was_taken_for_dead_marks_nothing() {
    let Some(shared) = Shared::new() else { return };
    let (one, two) = (shared.open().await, shared.open().await);
    let published = Published::default();
    let (first, second) = (
        Recorder::new("first", &published),
        Recorder::new("second", &published),
    );
    first.acknowledged.forget_permits(Semaphore::MAX_PERMITS);
    let leader = relay(&one, &first);
    append_to(&one, "a", &[1]).await.unwrap();
    first.heard.notified().await;
    // As if its lease had lapsed: the clock of the database decides, whoever's clock is wrong.
    lapse(&two).await;
    let standby = relay(&two, &second);
    second.heard.notified().await;
    quiet(&two).await;
    append_to(&one, "a", &[2]).await.unwrap();
    first.acknowledged.add_permits(100);
    quiet(&two).await;
    assert_eq!(
        all(&published),
        [("first", 1), ("second", 1), ("second", 2)]
    );
    leader.abort();
    standby.abort();
}

async fn lapse(db: &Db) {
    db.write("test.lapse", |tx| {
        Box::pin(async move {
            tx.execute("UPDATE event_relay SET lease_until = 0", &())
                .await
        })
    })
    .await
    .unwrap();
}
