//! Who publishes a log: one relay per partition, under a fence.
//!
//! A round is: mark what was acknowledged and give positions to the rows that were committed since, in one
//! transaction; read behind the mark; publish in order; wait for the acknowledgement of exactly that; repeat it
//! for ever, with growing pauses, when it does not come. A relay that dies between acknowledgement and mark
//! leaves the rows to be published again, and every listener applies each once.
//!
//! Whoever raises the fence is the relay from then on; the other one's next mark finds no row and it asks again.
//! On SQLite the file belongs to one process, so a start takes the partition at once and waits for nobody.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Meter};
use serde::Serialize;
use stoa_store::{Db, Sql, StoreError, sql};
use stoa_types::{Ids, boundary};

use crate::{APPENDED, Bus, Envelope, EventLog};

const TAKE: Sql = sql!("relay_take");
const MARK: Sql = sql!("relay_mark");
const PLACE: Sql = sql!("relay_place");
const LOOK_UP: Sql = sql!("relay_look");

/// Events that one publication holds at most.
const ROUND: usize = 256;
/// Rows that get their positions in one transaction.
const PLACED: usize = 1_024;
/// After this time without a wake-up the relay looks by itself.
const LOOK: Duration = Duration::from_secs(1);
/// The pause before the first repetition; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// The longest pause between two repetitions.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug)]
struct Held {
    fence: i64,
    published: i64,
}

#[derive(Serialize)]
struct Take {
    holder: String,
}

#[derive(Serialize)]
struct Mark {
    fence: i64,
    published: i64,
}

#[derive(Serialize)]
struct Place {
    most: usize,
}

struct Relay {
    db: Db,
    bus: Arc<dyn Bus>,
    ids: Arc<dyn Ids>,
    published: Counter<u64>,
    waiting: Gauge<i64>,
}

/// What the log says.
struct Look {
    /// Whose turn it is.
    fence: i64,
    /// Whether rows wait for their positions.
    unplaced: bool,
}

impl EventLog {
    /// Publishes the log of `db` to `bus` until the database closes. It may be dropped at any moment: its rows are
    /// durable, and the next relay goes on behind the last mark.
    pub async fn relay(db: Db, bus: Arc<dyn Bus>, ids: Arc<dyn Ids>, meter: Meter) {
        let relay = Relay {
            db,
            bus,
            ids,
            published: meter
                .u64_counter("stoa.events.published")
                .with_description("Events that every listener has recorded")
                .build(),
            waiting: meter
                .i64_gauge("stoa.events.waiting")
                .with_description("Events in the log that are not marked as published")
                .build(),
        };
        let mut pause = FIRST_PAUSE;
        loop {
            match relay.run(&mut pause).await {
                Ok(()) => tracing::info!(
                    db = relay.db.name(),
                    "another relay has taken over; asking again"
                ),
                Err(StoreError::Closed) => return,
                Err(error) => {
                    tracing::warn!(db = relay.db.name(), %error, "the relay begins anew");
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

impl Relay {
    /// Takes the partition and publishes until it is lost.
    async fn run(&self, pause: &mut Duration) -> Result<(), StoreError> {
        let appended = self.db.signal(APPENDED);
        let mut held = self.take().await?;
        let mut marked = held.published;
        loop {
            let look = self.look().await?;
            if look.fence != held.fence {
                return Ok(());
            }
            if held.published != marked || look.unplaced {
                if !self.mark(held).await? {
                    return Ok(());
                }
                marked = held.published;
                *pause = FIRST_PAUSE;
            }
            let events = EventLog::read(&self.db, held.published, ROUND).await?;
            match events.last().map(|event| event.position) {
                Some(position) => {
                    self.publish(events).await;
                    held.published = position;
                }
                None => {
                    // A look now and then costs one read and saves us from a wake-up that was lost.
                    let _ = tokio::time::timeout(LOOK, appended.notified()).await;
                }
            }
        }
    }

    async fn take(&self) -> Result<Held, StoreError> {
        let holder = self.ids.uuid().simple().to_string();
        self.db
            .write("events.relay.take", move |tx| {
                let holder = holder.clone();
                Box::pin(async move {
                    let row = tx
                        .query_one(TAKE, &Take { holder })
                        .await?
                        .ok_or(StoreError::Contract("the log has no relay row"))?;
                    Ok(Held {
                        fence: row.get("fence")?,
                        published: row.get("published")?,
                    })
                })
            })
            .await
    }

    /// Looks at the log, and says how far behind its publication is.
    async fn look(&self) -> Result<Look, StoreError> {
        let row = self
            .db
            .query_one(LOOK_UP, &())
            .await?
            .ok_or(StoreError::Contract("the log has no relay row"))?;
        let db = KeyValue::new("db", self.db.name().to_owned());
        self.waiting.record(row.get("waiting")?, &[db]);
        Ok(Look {
            fence: row.get("fence")?,
            unplaced: row.get::<i64>("unplaced")? == 1,
        })
    }

    /// Marks what was acknowledged and gives the next rows their positions; false when another relay has taken over.
    async fn mark(&self, held: Held) -> Result<bool, StoreError> {
        let Held { fence, published } = held;
        boundary!(
            "events.relay.marked",
            self.db
                .write("events.relay.mark", move |tx| {
                    Box::pin(async move {
                        if tx.execute(MARK, &Mark { fence, published }).await? == 0 {
                            return Ok(false);
                        }
                        tx.execute(PLACE, &Place { most: PLACED }).await?;
                        Ok(true)
                    })
                })
                .await
        )
    }

    /// Publishes until it is acknowledged.
    async fn publish(&self, events: Vec<Envelope>) {
        let count = u64::try_from(events.len()).unwrap_or(u64::MAX);
        let events: Arc<[Envelope]> = events.into();
        let mut pause = FIRST_PAUSE;
        while let Err(error) = self.bus.publish(Arc::clone(&events)).await {
            tracing::warn!(db = self.db.name(), %error, pause_ms = pause.as_millis(), "events were not acknowledged; they are published again");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            if let Err(error) = self.look().await {
                tracing::debug!(db = self.db.name(), %error, "the log cannot be read");
            }
        }
        let db = KeyValue::new("db", self.db.name().to_owned());
        self.published.add(count, &[db]);
    }
}
