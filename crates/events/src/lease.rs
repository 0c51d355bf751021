//! Whose turn it is to publish a log, and how he says so.
//!
//! Whoever raises the fence is the relay from then on; the other one's next mark finds no row and he asks again. On SQLite
//! the file belongs to one process, so a start takes the partition at once and waits for nobody. On Postgres several
//! processes have the database, and nobody may assume to be alone: the holder has a lease by the clock of the database,
//! renews it while he publishes, and only a lapsed one can be taken.

use std::time::Duration;

use serde::Serialize;
use stoa_store::{Db, Engine, Sql, StoreError, sql};
use stoa_types::{Uuid, boundary};

const TAKE: Sql = sql!("relay_take");
const MARK: Sql = sql!("relay_mark");
const PLACE: Sql = sql!("relay_place");
const LOOK: Sql = sql!("relay_look");
const OPEN: Sql = shared("relay_open", include_str!("sql/postgres/relay_open.sql"));
const RENEW: Sql = shared("relay_renew", include_str!("sql/postgres/relay_renew.sql"));
const RELEASE: Sql = shared(
    "relay_release",
    include_str!("sql/postgres/relay_release.sql"),
);

/// How long a partition is its holder's after the last word of him, in microseconds: the time without a relay after a crash.
const LEASE: i64 = 4_000_000;
/// How often a holder says that he lives.
pub(crate) const RENEWED: Duration = Duration::from_secs(1);
/// Rows that get their positions in one transaction.
const PLACED: usize = 1_024;

/// A statement that only makes sense where several processes share a database.
const fn shared(name: &'static str, text: &'static str) -> Sql {
    Sql::new(name, "", text)
}

/// The partition of a log, and who this relay is.
pub(crate) struct Partition {
    pub(crate) db: Db,
    holder: Uuid,
}

/// A turn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) fence: i64,
    pub(crate) published: i64,
}

/// What the log says.
pub(crate) struct Look {
    /// Whose turn it is.
    pub(crate) fence: i64,
    /// Whether rows wait for their positions.
    pub(crate) unplaced: bool,
    /// Events that are not marked as published.
    pub(crate) waiting: i64,
}

#[derive(Serialize)]
struct Holder {
    holder: String,
    lease: i64,
}

impl Holder {
    fn new(holder: Uuid) -> Self {
        Self {
            holder: holder.simple().to_string(),
            lease: LEASE,
        }
    }
}

#[derive(Serialize)]
struct Mark {
    fence: i64,
    published: i64,
    lease: i64,
}

impl From<Held> for Mark {
    fn from(held: Held) -> Self {
        Self {
            fence: held.fence,
            published: held.published,
            lease: LEASE,
        }
    }
}

#[derive(Serialize)]
struct Place {
    most: usize,
}

impl Partition {
    pub(crate) fn new(db: Db, holder: Uuid) -> Self {
        Self { db, holder }
    }

    /// Whether other processes may publish this log as well.
    pub(crate) fn is_shared(&self) -> bool {
        self.db.engine() == Engine::Postgres
    }

    /// Takes the partition; none when it is another's.
    pub(crate) async fn take(&self) -> Result<Option<Held>, StoreError> {
        let (holder, shared) = (self.holder, self.is_shared());
        if shared
            && self
                .db
                .query_one(OPEN, &Holder::new(holder))
                .await?
                .is_none()
        {
            return Ok(None);
        }
        self.db
            .write("events.relay.take", move |tx| {
                let holder = Holder::new(holder);
                Box::pin(async move {
                    match tx.query_one(TAKE, &holder).await? {
                        Some(row) => Ok(Some(Held {
                            fence: row.get("fence")?,
                            published: row.get("published")?,
                        })),
                        None if shared => Ok(None),
                        None => Err(StoreError::Contract("the log has no relay row")),
                    }
                })
            })
            .await
    }

    pub(crate) async fn look(&self) -> Result<Look, StoreError> {
        let row = self
            .db
            .query_one(LOOK, &())
            .await?
            .ok_or(StoreError::Contract("the log has no relay row"))?;
        Ok(Look {
            fence: row.get("fence")?,
            unplaced: row.get::<i64>("unplaced")? == 1,
            waiting: row.get("waiting")?,
        })
    }

    /// Marks what was acknowledged and gives the next rows their positions; false when another relay has taken over.
    pub(crate) async fn mark(&self, held: Held) -> Result<bool, StoreError> {
        boundary!(
            "events.relay.marked",
            self.db
                .write("events.relay.mark", move |tx| {
                    Box::pin(async move {
                        if tx.execute(MARK, &Mark::from(held)).await? == 0 {
                            return Ok(false);
                        }
                        tx.execute(PLACE, &Place { most: PLACED }).await?;
                        Ok(true)
                    })
                })
                .await
        )
    }

    /// Says that the holder lives; false when another relay has taken over.
    pub(crate) async fn renew(&self, held: Held) -> Result<bool, StoreError> {
        if !self.is_shared() {
            return Ok(true);
        }
        self.db
            .write("events.relay.renew", move |tx| {
                Box::pin(async move { Ok(tx.execute(RENEW, &Mark::from(held)).await? == 1) })
            })
            .await
    }

    /// Lets the next one begin at once.
    pub(crate) async fn release(&self) -> Result<(), StoreError> {
        if !self.is_shared() {
            return Ok(());
        }
        let holder = self.holder;
        self.db
            .write("events.relay.release", move |tx| {
                let holder = Holder::new(holder);
                Box::pin(async move { tx.execute(RELEASE, &holder).await.map(|_| ()) })
            })
            .await
    }
}
