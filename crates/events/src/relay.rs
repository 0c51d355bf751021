//! Who publishes a log: one relay per partition, under a fence and, where a database is shared, a lease.
//!
//! A round is: mark what was acknowledged and give positions to the rows that were committed since, in one
//! transaction; read behind the mark; publish in order; wait for the acknowledgement of exactly that; repeat it
//! for ever, with growing pauses, when it does not come. A relay that dies between acknowledgement and mark
//! leaves the rows to be published again, and every listener applies each once.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Meter};
use stoa_store::{Db, StoreError};
use stoa_types::Ids;
use tokio::time::Instant;

use crate::lease::{Held, Look, Partition, RENEWED};
use crate::{APPENDED, Bus, Envelope, EventLog, forget};

/// Events that one publication holds at most.
const ROUND: usize = 256;
/// After this time without a wake-up the relay looks by itself.
const ALONE: Duration = Duration::from_secs(1);
/// The same where other processes append to the log too: their commits wake nobody here.
const SHARED: Duration = Duration::from_millis(100);
/// How often one who is not the relay asks whether he may be.
const STANDBY: Duration = Duration::from_millis(500);
/// The pause before the first repetition; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// The longest pause between two repetitions.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

struct Relay {
    partition: Partition,
    bus: Arc<dyn Bus>,
    published: Counter<u64>,
    waiting: Gauge<i64>,
}

/// How a turn ended.
enum Turn {
    /// It never began: the partition is another's.
    Standby,
    /// Another relay has taken over, or the publication begins again further back.
    Over,
}

impl EventLog {
    /// Publishes the log of `db` to `bus` until the database closes. It may be dropped at any moment: its rows are
    /// durable, and the next relay goes on behind the last mark.
    pub async fn relay(db: Db, bus: Arc<dyn Bus>, ids: Arc<dyn Ids>, meter: Meter) {
        Self::relay_until(db, bus, ids, meter, std::future::pending()).await;
    }

    /// As [`EventLog::relay`], until `stop` is there; then the next relay may begin at once, where otherwise it would wait
    /// for a lease to lapse.
    pub async fn relay_until(
        db: Db,
        bus: Arc<dyn Bus>,
        ids: Arc<dyn Ids>,
        meter: Meter,
        stop: impl Future<Output = ()> + Send,
    ) {
        let relay = Relay {
            partition: Partition::new(db, ids.uuid()),
            bus,
            published: meter
                .u64_counter("stoa.events.published")
                .with_description("Events that every listener has recorded")
                .build(),
            waiting: meter
                .i64_gauge("stoa.events.waiting")
                .with_description("Events in the log that are not marked as published")
                .build(),
        };
        tokio::select! {
            () = stop => {}
            () = relay.run() => return,
        }
        if let Err(error) = relay.partition.release().await {
            tracing::debug!(db = relay.name(), %error, "the lease of the relay stays until it lapses");
        }
    }
}

impl Relay {
    fn name(&self) -> &str {
        self.partition.db.name()
    }

    /// Turn after turn, until the database closes.
    async fn run(&self) {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.turn(&mut pause).await {
                Ok(Turn::Standby) => {
                    tokio::time::sleep(STANDBY).await;
                    continue;
                }
                Ok(Turn::Over) => {
                    tracing::info!(db = self.name(), "the relay asks for its turn again")
                }
                Err(StoreError::Closed) => return,
                Err(error) => tracing::warn!(db = self.name(), %error, "the relay begins anew"),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Takes the partition and publishes until it is lost.
    async fn turn(&self, pause: &mut Duration) -> Result<Turn, StoreError> {
        let appended = self.partition.db.signal(APPENDED);
        let Some(mut held) = self.partition.take().await? else {
            return Ok(Turn::Standby);
        };
        let (mut marked, mut renewed) = (held.published, Instant::now());
        let mut forgot = Instant::now();
        loop {
            let look = self.look().await?;
            if look.fence != held.fence {
                return Ok(Turn::Over);
            }
            let news = held.published != marked || look.unplaced;
            if news || renewed.elapsed() >= RENEWED {
                let mine = match news {
                    true => self.partition.mark(held).await?,
                    false => self.partition.renew(held).await?,
                };
                if !mine {
                    return Ok(Turn::Over);
                }
                (marked, renewed) = (held.published, Instant::now());
                *pause = FIRST_PAUSE;
            }
            let events = EventLog::read(&self.partition.db, held.published, ROUND).await?;
            match events.last().map(|event| event.position) {
                Some(position) => {
                    if !self.publish(held, events).await? {
                        return Ok(Turn::Over);
                    }
                    held.published = position;
                }
                None => {
                    if forgot.elapsed() >= forget::EVERY {
                        forgot = Instant::now();
                        EventLog::forget_applied(&self.partition.db, forget::KEEP).await?;
                        continue;
                    }
                    // A look now and then costs one read and saves us from a wake-up that was lost.
                    let _ = tokio::time::timeout(self.every(), appended.notified()).await;
                }
            }
        }
    }

    fn every(&self) -> Duration {
        match self.partition.is_shared() {
            true => SHARED,
            false => ALONE,
        }
    }

    /// Looks at the log, and says how far behind its publication is.
    async fn look(&self) -> Result<Look, StoreError> {
        let look = self.partition.look().await?;
        let db = KeyValue::new("db", self.name().to_owned());
        self.waiting.record(look.waiting, &[db]);
        Ok(look)
    }

    /// Publishes until it is acknowledged, and says meanwhile that it lives; false when another relay has taken over.
    async fn publish(&self, held: Held, events: Vec<Envelope>) -> Result<bool, StoreError> {
        let count = u64::try_from(events.len()).unwrap_or(u64::MAX);
        let mut acknowledged = std::pin::pin!(self.send(events.into()));
        loop {
            tokio::select! {
                () = &mut acknowledged => break,
                () = tokio::time::sleep(RENEWED), if self.partition.is_shared() => {
                    if !self.partition.renew(held).await? {
                        return Ok(false);
                    }
                }
            }
        }
        let db = KeyValue::new("db", self.name().to_owned());
        self.published.add(count, &[db]);
        Ok(true)
    }

    async fn send(&self, events: Arc<[Envelope]>) {
        let mut pause = FIRST_PAUSE;
        while let Err(error) = self.bus.publish(Arc::clone(&events)).await {
            tracing::warn!(db = self.name(), %error, pause_ms = pause.as_millis(), "events were not acknowledged; they are published again");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            if let Err(error) = self.look().await {
                tracing::debug!(db = self.name(), %error, "the log cannot be read");
            }
        }
    }
}
