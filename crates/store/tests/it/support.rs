//! A small ledger of stock as a service would write it, and what the tests need around it.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Serialize;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, SqliteConnection};
use stoa_errors::{Error, Kind};
use stoa_store::{
    Apply, BoxFuture, Db, Limits, Member, Migration, Options, Outcome, Place, Sql, StoreError, Tx,
};
use stoa_types::{Clock, Ctx, Ids, RequestKey, SystemClock, SystemIds, Timestamp};
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::Notify;

/// One sku's stock and who took of it.
pub(crate) const LEDGER: Migration = Migration {
    component: "ledger",
    version: 1,
    name: "stock and takings",
    sqlite: "CREATE TABLE stock (sku TEXT PRIMARY KEY, available INTEGER NOT NULL CHECK (available >= 0)) STRICT, WITHOUT ROWID;
             CREATE TABLE taken (id INTEGER PRIMARY KEY, sku TEXT NOT NULL, who TEXT NOT NULL CHECK (who <> 'guilty'), units INTEGER NOT NULL) STRICT;",
    postgres: "CREATE TABLE stock (sku text PRIMARY KEY, available bigint NOT NULL CHECK (available >= 0));
             CREATE TABLE taken (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sku text NOT NULL,
                                 who text NOT NULL CHECK (who <> 'guilty'), units bigint NOT NULL);",
};

const RECEIVE: Sql = Sql::new(
    "receive",
    "INSERT INTO stock (sku, available) VALUES (?1 ->> 0, ?1 ->> 1)
     ON CONFLICT (sku) DO UPDATE SET available = available + excluded.available",
    "INSERT INTO stock (sku, available) VALUES ($1::jsonb ->> 0, ($1::jsonb ->> 1)::bigint)
     ON CONFLICT (sku) DO UPDATE SET available = stock.available + excluded.available",
);
const AVAILABLE: &str = "SELECT available FROM stock WHERE sku = 'MUG'";
const LOCK: Sql = Sql::new(
    "lock",
    AVAILABLE,
    "SELECT available FROM stock WHERE sku = 'MUG' FOR UPDATE",
);
const DEDUCT: Sql = Sql::new(
    "deduct",
    "UPDATE stock SET available = ?1 ->> 0 WHERE sku = 'MUG'",
    "UPDATE stock SET available = ($1::jsonb ->> 0)::bigint WHERE sku = 'MUG'",
);
const INSERT: Sql = Sql::new(
    "insert",
    "INSERT INTO taken (sku, who, units)
     SELECT 'MUG', t.value ->> 'who', t.value ->> 'units' FROM json_each(?1) AS t",
    "INSERT INTO taken (sku, who, units)
     SELECT 'MUG', t.who, t.units FROM jsonb_to_recordset($1::jsonb) AS t (who text, units bigint)",
);
const COUNT: &str = "SELECT count(*) AS n FROM taken";

/// Takes units of the one sku: all or nothing per command. Keeps how many members each try had.
#[derive(Clone, Debug, Default)]
pub(crate) struct Take {
    tries: Arc<Mutex<Vec<usize>>>,
}

impl Take {
    pub(crate) fn tries(&self) -> Vec<usize> {
        self.tries.lock().unwrap().clone()
    }
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Taking {
    pub(crate) who: String,
    pub(crate) units: i64,
    #[serde(skip)]
    pub(crate) weight: usize,
}

impl Taking {
    pub(crate) fn of(who: impl Into<String>, units: i64) -> Self {
        Self::with_rows(who, units, 1)
    }

    pub(crate) fn with_rows(who: impl Into<String>, units: i64, weight: usize) -> Self {
        Self {
            who: who.into(),
            units,
            weight,
        }
    }
}

impl Apply for Take {
    type Command = Taking;
    type Answer = i64;
    const NAME: &'static str = "ledger.take";

    fn weight(&self, command: &Taking) -> usize {
        command.weight
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<Taking>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<i64>>, StoreError>> {
        Box::pin(async move {
            self.tries.lock().unwrap().push(members.len());
            let mut available: i64 = match tx.query_one(LOCK, &()).await? {
                Some(row) => row.get("available")?,
                None => 0,
            };
            let mut rows = Vec::new();
            let mut outcomes = Vec::new();
            for member in members {
                let taking = &member.command;
                assert_ne!(taking.who, "panics", "as the test wants it");
                if taking.who == "comes too early" {
                    outcomes.push(Outcome::Refused(Error::new(
                        Kind::Aborted,
                        "TOO_EARLY",
                        "later",
                    )));
                    continue;
                }
                if taking.units > available {
                    outcomes.push(Outcome::Refused(
                        Error::new(Kind::FailedPrecondition, "OUT_OF_STOCK", "too few are left")
                            .meta("available", available),
                    ));
                    continue;
                }
                available -= taking.units;
                for _ in 0..taking.weight {
                    rows.push(taking);
                }
                outcomes.push(Outcome::Done {
                    resource: format!("taking/{}", taking.who),
                    answer: available,
                });
            }
            if !rows.is_empty() {
                tx.execute(DEDUCT, &[available]).await?;
                tx.execute(INSERT, &rows).await?;
            }
            Ok(outcomes)
        })
    }
}

/// An open database in a folder of its own.
pub(crate) struct Shop {
    pub(crate) db: Db,
    pub(crate) folder: TempDir,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::with(stoa_testdb::options()).await
    }

    /// Who comes first has the first turn, and who comes while it lasts waits for the next one, of no more than 256 rows.
    pub(crate) async fn with_one_lane() -> Self {
        Self::with(Options {
            lanes: 1,
            limits: Limits {
                rows: 256,
                ..Limits::default()
            },
            ..Options::default()
        })
        .await
    }

    /// Begins `calls` while the only lane is busy, so that they wait for one batch together; see [`Shop::with_one_lane`].
    pub(crate) async fn gathered<T>(&self, calls: impl Future<Output = T>) -> T {
        let (begun, free) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let busy = self.db.write("test.busy", {
            let (begun, free) = (Arc::clone(&begun), Arc::clone(&free));
            move |_| {
                let (begun, free) = (Arc::clone(&begun), Arc::clone(&free));
                Box::pin(async move {
                    begun.notify_one();
                    free.notified().await;
                    Ok(())
                })
            }
        });
        let calls = async {
            begun.notified().await;
            // The first poll puts each into its queue.
            let (done, ()) = futures::join!(calls, async { free.notify_one() });
            done
        };
        let (busy, done) = futures::join!(busy, calls);
        busy.unwrap();
        done
    }

    pub(crate) async fn with(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = open(folder.path(), options, vec![LEDGER]).await.unwrap();
        Self { db, folder }
    }

    pub(crate) async fn receive(&self, units: i64) {
        self.db
            .write("ledger.receive", move |tx| {
                Box::pin(async move { tx.execute(RECEIVE, &("MUG", units)).await })
            })
            .await
            .unwrap();
    }

    pub(crate) async fn takings(&self) -> i64 {
        let row = self.db.query_one(COUNT, &()).await.unwrap().unwrap();
        row.get("n").unwrap()
    }

    pub(crate) async fn available(&self) -> i64 {
        let row = self.db.query_one(AVAILABLE, &()).await.unwrap().unwrap();
        row.get("available").unwrap()
    }
}

pub(crate) async fn open(
    folder: &Path,
    options: Options,
    migrations: Vec<Migration>,
) -> Result<Db, StoreError> {
    open_at(folder, options, migrations, Arc::new(SystemClock)).await
}

pub(crate) async fn open_at(
    folder: &Path,
    options: Options,
    migrations: Vec<Migration>,
    clock: Arc<dyn Clock>,
) -> Result<Db, StoreError> {
    let config = stoa_testdb::config("ledger", folder);
    Db::open_with(config, options, migrations, clock, Handle::current()).await
}

/// A call with a key; `fingerprint` stands for what it asks.
pub(crate) fn call(id: &str, fingerprint: u8) -> Ctx {
    call_of(id, fingerprint, 1)
}

/// The same under another contract.
pub(crate) fn call_of(id: &str, fingerprint: u8, contract: u8) -> Ctx {
    let mut ctx = keyless();
    ctx.key = Some(RequestKey {
        scope: ctx.principal.scope(),
        method: "/test.v1.Ledger/Take",
        id: id.to_owned(),
        fingerprint: [fingerprint; 32],
        contract: [contract; 32],
    });
    ctx
}

pub(crate) fn keyless() -> Ctx {
    let ids: &dyn Ids = &SystemIds;
    Ctx::background("test", SystemClock.now(), ids)
}

pub(crate) fn late(id: &str) -> Ctx {
    let mut ctx = call(id, 1);
    ctx.deadline = SystemClock.now().minus(Duration::from_secs(1));
    ctx
}

/// A clock that stands where it is put.
#[derive(Debug)]
pub(crate) struct Stopped(AtomicI64);

impl Stopped {
    pub(crate) fn at(now: Timestamp) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(now.micros())))
    }

    pub(crate) fn put(&self, now: Timestamp) {
        self.0.store(now.micros(), Ordering::SeqCst);
    }
}

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// A connection past the store, as `sqlite3` on the command line would make it; it never waits for a lock.
pub(crate) async fn intruder(folder: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(folder.join("ledger.db"))
        .busy_timeout(Duration::ZERO)
        .connect()
        .await
        .unwrap()
}

/// Somebody who holds what every transaction of the ledger needs.
pub(crate) enum Intruder {
    File(SqliteConnection),
    Server(PgConnection),
}

impl Intruder {
    pub(crate) async fn locks(folder: &Path) -> Self {
        match stoa_testdb::config("ledger", folder).place {
            Place::File(_) => {
                let mut other = intruder(folder).await;
                other.execute("BEGIN IMMEDIATE").await.unwrap();
                Self::File(other)
            }
            Place::Server(url) => {
                let mut other = PgConnection::connect(url.expose()).await.unwrap();
                other.execute("BEGIN; LOCK TABLE stock").await.unwrap();
                Self::Server(other)
            }
        }
    }

    pub(crate) async fn goes(&mut self) {
        match self {
            Self::File(other) => other.execute("ROLLBACK").await.map(drop).unwrap(),
            Self::Server(other) => other.execute("ROLLBACK").await.map(drop).unwrap(),
        }
    }
}
