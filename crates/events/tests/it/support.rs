//! A service that makes events and one that listens, each with a database of its own.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use stoa_errors::{Error, Kind};
use stoa_events::{
    Bus, BusError, ConsumeError, Consumer, DeadLetter, EmbeddedBus, Envelope, EventLog, Letters,
    MIGRATIONS, Mode, NewEvent, Operator, Subscription, append,
};
use stoa_store::{BoxFuture, Db, Migration, Sql, StoreError, Tx};
use stoa_types::{Clock, Ctx, Ids, Permissions, Principal, SystemClock, SystemIds};
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::rebuilding::TOTALS;

pub(crate) const TYPE: &str = "stoa.test.v1.Changed";

const HEARD: Migration = Migration {
    component: "listener",
    version: 1,
    name: "what was heard",
    sqlite: "CREATE TABLE heard (n INTEGER PRIMARY KEY, consumer TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL) STRICT",
    postgres: "CREATE TABLE heard (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, consumer text NOT NULL, id text NOT NULL, version bigint NOT NULL)",
};

const HEAR: Sql = Sql::new(
    "hear",
    "INSERT INTO heard (consumer, id, version) VALUES (?1 ->> 0, ?1 ->> 1, ?1 ->> 2)",
    "INSERT INTO heard (consumer, id, version)
     VALUES ($1::jsonb ->> 0, $1::jsonb ->> 1, ($1::jsonb ->> 2)::bigint)",
);

const HEARD_BY: Sql = Sql::new(
    "heard_by",
    "SELECT id, version FROM heard WHERE consumer = ?1 ->> 0 ORDER BY n",
    "SELECT id, version FROM heard WHERE consumer = $1::jsonb ->> 0 ORDER BY n",
);

/// Writes down what it hears. It cannot hear what stands in `deaf`.
pub(crate) struct Scribe {
    name: &'static str,
    mode: Mode,
    pub(crate) deaf: Mutex<BTreeSet<(String, i64)>>,
    pub(crate) busy: Mutex<u32>,
    pub(crate) told: Notify,
}

impl Scribe {
    pub(crate) fn new(name: &'static str, mode: Mode) -> Arc<Self> {
        Arc::new(Self {
            name,
            mode,
            deaf: Mutex::default(),
            busy: Mutex::default(),
            told: Notify::new(),
        })
    }

    pub(crate) fn deafen(&self, id: &str, version: i64) {
        self.deaf.lock().unwrap().insert((id.to_owned(), version));
    }

    pub(crate) fn heal(&self) {
        self.deaf.lock().unwrap().clear();
    }

    fn fails(&self, event: &Envelope) -> bool {
        let key = (event.aggregate_id.clone(), event.aggregate_version);
        self.deaf.lock().unwrap().contains(&key)
    }
}

impl Consumer for Scribe {
    fn name(&self) -> &'static str {
        self.name
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
            for event in events {
                let row = (self.name, &event.aggregate_id, event.aggregate_version);
                tx.execute(HEAR, &row).await?;
            }
            // What was written before a failure must not stand.
            if events.iter().any(|event| self.fails(event)) {
                let error = Error::new(Kind::FailedPrecondition, "DEAF", "not this one");
                return Err(ConsumeError::Poison(error));
            }
            let mut busy = self.busy.lock().unwrap();
            if *busy > 0 {
                *busy -= 1;
                let error = Error::new(Kind::Unavailable, "BUSY", "later");
                return Err(ConsumeError::Retry(error));
            }
            Ok(())
        })
    }

    fn committed(&self, _: &[Envelope]) {
        self.told.notify_one();
    }
}

/// Both services and the bus between them.
pub(crate) struct Pair {
    pub(crate) source: Db,
    pub(crate) listener: Db,
    pub(crate) bus: Arc<EmbeddedBus>,
    pub(crate) operator: Operator,
    _folder: Option<TempDir>,
}

impl Pair {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pair = Self::at(folder.path()).await;
        Self {
            _folder: Some(folder),
            ..pair
        }
    }

    pub(crate) async fn at(folder: &Path) -> Self {
        let open = async |name: &str, migrations: Vec<Migration>| {
            let config = stoa_testdb::config(name, folder);
            let clock = Arc::new(SystemClock);
            stoa_testdb::open(config, migrations, clock).await
        };
        let source = open("source", MIGRATIONS.to_vec()).await;
        let listener = open("listener", [MIGRATIONS, &[HEARD, TOTALS]].concat()).await;
        Self {
            operator: Operator::new(&listener),
            source,
            listener,
            bus: Arc::new(EmbeddedBus::new()),
            _folder: None,
        }
    }

    pub(crate) fn listen(&self, scribe: &Arc<Scribe>) -> Arc<Subscription> {
        let consumer: Arc<dyn Consumer> = Arc::<Scribe>::clone(scribe);
        self.bus.subscribe(self.listener.clone(), consumer);
        let name = scribe.name;
        let all = self.bus.subscriptions();
        all.into_iter()
            .find(|one| one.consumer().name() == name)
            .unwrap()
    }

    pub(crate) fn relay(&self) -> JoinHandle<()> {
        let bus: Arc<dyn Bus> = Arc::<EmbeddedBus>::clone(&self.bus);
        self.relay_to(bus)
    }

    pub(crate) fn relay_to(&self, bus: Arc<dyn Bus>) -> JoinHandle<()> {
        let meter = SdkMeterProvider::builder().build().meter("test");
        let ids: Arc<dyn Ids> = Arc::new(SystemIds);
        Handle::current().spawn(EventLog::relay(self.source.clone(), bus, ids, meter))
    }

    /// Appends versions of one aggregate in one transaction.
    pub(crate) async fn append(&self, id: &str, versions: &[i64]) -> Result<(), StoreError> {
        append_to(&self.source, id, versions).await
    }

    /// Publishes to nobody, so that the events have their positions.
    pub(crate) async fn envelopes(&self) -> Vec<Envelope> {
        let relay = self.relay_to(Arc::new(EmbeddedBus::new()));
        self.published().await;
        relay.abort();
        EventLog::read(&self.source, 0, 1_000).await.unwrap()
    }

    /// Waits until every listener has recorded everything.
    pub(crate) async fn published(&self) {
        while EventLog::lag(&self.source).await.unwrap().waiting > 0 {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn publish(&self, events: &[&Envelope]) -> Result<(), BusError> {
        let events: Arc<[Envelope]> = events.iter().map(|event| (*event).clone()).collect();
        self.bus.publish(events).await
    }

    /// The letters of a consumer that are not given up.
    pub(crate) async fn letters(&self, consumer: &str) -> Vec<DeadLetter> {
        let which = Letters {
            consumer: Some(consumer),
            ..Letters::default()
        };
        DeadLetter::list(&self.listener, &which, 100).await.unwrap()
    }

    /// What a scribe has written down, in its order.
    pub(crate) async fn heard(&self, name: &'static str) -> Vec<(String, i64)> {
        let rows = self.listener.query(HEARD_BY, &[name]).await.unwrap();
        rows.iter()
            .map(|row| (row.get("id").unwrap(), row.get("version").unwrap()))
            .collect()
    }
}

pub(crate) async fn append_to(db: &Db, id: &str, versions: &[i64]) -> Result<(), StoreError> {
    let events: Arc<Vec<_>> = Arc::new(
        versions
            .iter()
            .map(|version| (Arc::new(context()), event(id, *version)))
            .collect(),
    );
    db.write("test.append", move |tx| {
        let events = Arc::clone(&events);
        Box::pin(async move { append(tx, &events, SystemClock.now(), &SystemIds).await })
    })
    .await
}

pub(crate) fn context() -> Ctx {
    Ctx::background("test", SystemClock.now(), &SystemIds)
}

/// Staff who says why.
pub(crate) fn anna(why: &str) -> Ctx {
    Ctx {
        principal: Principal::Staff {
            name: "anna".to_owned(),
            permissions: Permissions::All,
        },
        reason: Some(why.to_owned()),
        ..context()
    }
}

pub(crate) fn event(id: &str, version: i64) -> NewEvent {
    NewEvent {
        aggregate_kind: "thing",
        aggregate_id: id.to_owned(),
        aggregate_version: version,
        event_type: TYPE,
        payload: vec![0xff, 0x00, 0x7f],
        channel: None,
    }
}

pub(crate) fn all(heard: &[(&str, i64)]) -> Vec<(String, i64)> {
    heard
        .iter()
        .map(|(id, version)| ((*id).to_owned(), *version))
        .collect()
}
