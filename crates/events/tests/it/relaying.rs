//! Every committed event is published, in order, whatever dies in between.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::BoxFuture;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use stoa_events::{Bus, BusError, Consumer, EmbeddedBus, Envelope, EventLog, Mode, Operator};
use stoa_store::Db;
use stoa_types::{Ids, SystemIds};
use tokio::runtime::Handle;
use tokio::sync::Notify;

use crate::support::{Pair, Scribe, all, anna, append_to};

/// Counts what goes through it; with `loses` the acknowledgement never arrives.
struct Wire {
    inner: Arc<EmbeddedBus>,
    loses: bool,
    events: AtomicUsize,
    recorded: Notify,
}

impl Wire {
    fn new(pair: &Pair, loses: bool) -> Arc<Self> {
        Arc::new(Self {
            inner: Arc::clone(&pair.bus),
            loses,
            events: AtomicUsize::new(0),
            recorded: Notify::new(),
        })
    }
}

impl Bus for Wire {
    fn publish(&self, events: Arc<[Envelope]>) -> BoxFuture<'_, Result<(), BusError>> {
        Box::pin(async move {
            self.events.fetch_add(events.len(), Ordering::SeqCst);
            self.inner.publish(events).await?;
            self.recorded.notify_one();
            if self.loses {
                std::future::pending::<()>().await;
            }
            Ok(())
        })
    }

    fn subscribe(&self, db: Db, consumer: Arc<dyn Consumer>) {
        self.inner.subscribe(db, consumer);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_order_of_an_aggregate_holds_under_concurrent_writers() {
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
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let db = pair.source.clone();
        writers.spawn(async move {
            for version in 1..=20 {
                for aggregate in 0..3 {
                    let id = format!("w{writer}-{aggregate}");
                    append_to(&db, &id, &[version]).await.unwrap();
                }
            }
        });
    }
    writers.join_all().await;
    pair.published().await;
    relay.abort();
    let log = EventLog::read(&pair.source, 0, 1_000).await.unwrap();
    let positions: Vec<i64> = log.iter().map(|event| event.position).collect();
    assert_eq!(positions, (1..=480).collect::<Vec<i64>>());
    for (name, _) in modes {
        let mut versions: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for (id, version) in pair.heard(name).await {
            versions.entry(id).or_default().push(version);
        }
        assert_eq!(versions.len(), 24);
        for (id, versions) in versions {
            assert_eq!(versions, (1..=20).collect::<Vec<i64>>(), "{name} {id}");
        }
    }
}

#[tokio::test]
async fn a_relay_that_dies_before_its_mark_publishes_again_and_nothing_happens_twice() {
    let pair = Pair::open().await;
    pair.listen(&Scribe::new("any", Mode::Any));
    pair.listen(&Scribe::new("latest", Mode::Latest));
    pair.listen(&Scribe::new("strict", Mode::Strict));
    pair.append("a", &[1, 2]).await.unwrap();
    let first = Wire::new(&pair, true);
    let relay = pair.relay_to(Arc::<Wire>::clone(&first));
    first.recorded.notified().await;
    relay.abort();
    assert!(relay.await.unwrap_err().is_cancelled());
    let before = EventLog::lag(&pair.source).await.unwrap();
    assert_eq!((before.published, before.waiting), (0, 2));
    assert!(before.oldest.is_some());

    let second = Wire::new(&pair, false);
    let relay = pair.relay_to(Arc::<Wire>::clone(&second));
    pair.append("a", &[3]).await.unwrap();
    pair.published().await;
    relay.abort();
    assert_eq!(first.events.load(Ordering::SeqCst), 2);
    assert_eq!(
        second.events.load(Ordering::SeqCst),
        3,
        "it was not published again"
    );
    for name in ["any", "latest", "strict"] {
        assert_eq!(
            pair.heard(name).await,
            all(&[("a", 1), ("a", 2), ("a", 3)]),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_listener_that_is_busy_is_asked_until_it_has_recorded() {
    let pair = Pair::open().await;
    let scribe = Scribe::new("strict", Mode::Strict);
    pair.listen(&scribe);
    *scribe.busy.lock().unwrap() = 3;
    let relay = pair.relay();
    pair.append("a", &[1, 2, 3]).await.unwrap();
    pair.published().await;
    relay.abort();
    assert_eq!(
        pair.heard("strict").await,
        all(&[("a", 1), ("a", 2), ("a", 3)])
    );
    assert!(pair.letters("strict").await.is_empty());
}

#[tokio::test]
async fn a_commit_wakes_the_relay() {
    let pair = Pair::open().await;
    let scribe = Scribe::new("any", Mode::Any);
    pair.listen(&scribe);
    let relay = pair.relay();
    // A round begins when the relay has just looked. One that only looked once a second would take a second for each.
    let mut took = Vec::new();
    for version in 1..=10 {
        let started = std::time::Instant::now();
        pair.append("a", &[version]).await.unwrap();
        scribe.told.notified().await;
        took.push(started.elapsed());
    }
    assert!(took.iter().any(|took| took.as_millis() < 500), "{took:?}");
    relay.abort();
}

#[tokio::test]
async fn events_are_published_again_when_asked_for() {
    let pair = Pair::open().await;
    pair.append("a", &[1, 2, 3]).await.unwrap();
    let wire = Wire::new(&pair, false);
    let relay = pair.relay_to(Arc::<Wire>::clone(&wire));
    pair.published().await;
    // A listener that came late hears what was published before.
    pair.listen(&Scribe::new("late", Mode::Strict));
    let operator = Operator::new(&pair.source);
    let ctx = anna("a listener came late");
    operator.republish(&ctx, 0).await.unwrap();
    pair.published().await;
    assert_eq!(
        pair.heard("late").await,
        all(&[("a", 1), ("a", 2), ("a", 3)])
    );
    operator.republish(&ctx, 1).await.unwrap();
    pair.published().await;
    assert_eq!(wire.events.load(Ordering::SeqCst), 3 + 3 + 2);
    assert_eq!(pair.heard("late").await.len(), 3);
    relay.abort();
    let ahead = operator.republish(&ctx, 4).await.unwrap_err();
    assert_eq!(ahead.reason, "EVENT_POSITION_AHEAD");
}

#[tokio::test]
async fn two_relays_of_one_log_lose_nothing() {
    let pair = Pair::open().await;
    pair.listen(&Scribe::new("strict", Mode::Strict));
    let relays = [pair.relay(), pair.relay()];
    for version in 1..=30 {
        pair.append("a", &[version]).await.unwrap();
    }
    pair.published().await;
    for relay in relays {
        relay.abort();
    }
    let heard: Vec<i64> = pair
        .heard("strict")
        .await
        .into_iter()
        .map(|(_, version)| version)
        .collect();
    assert_eq!(heard, (1..=30).collect::<Vec<i64>>());
}

#[tokio::test]
async fn what_is_published_and_what_waits_are_counted() {
    let registry = prometheus::Registry::new();
    let exporter = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .build()
        .unwrap();
    let provider = SdkMeterProvider::builder().with_reader(exporter).build();
    let pair = Pair::open().await;
    let wire = Wire::new(&pair, true);
    pair.append("a", &[1, 2]).await.unwrap();
    let bus: Arc<dyn Bus> = Arc::<Wire>::clone(&wire);
    let relay = |bus: Arc<dyn Bus>| {
        let ids: Arc<dyn Ids> = Arc::new(SystemIds);
        let log = EventLog::relay(pair.source.clone(), bus, ids, provider.meter("test"));
        Handle::current().spawn(log)
    };
    let text = || {
        let encoder = prometheus::TextEncoder::new();
        encoder.encode_to_string(&registry.gather()).unwrap()
    };
    let held_up = relay(bus);
    wire.recorded.notified().await;
    held_up.abort();
    assert!(
        text()
            .lines()
            .any(|line| line.starts_with("stoa_events_waiting{db=\"source\"")
                && line.ends_with(" 2")),
        "{}",
        text()
    );
    let second = Arc::<EmbeddedBus>::clone(&pair.bus);
    let relay = relay(second);
    pair.published().await;
    pair.append("a", &[3]).await.unwrap();
    pair.published().await;
    relay.abort();
    assert!(
        text().lines().any(
            |line| line.starts_with("stoa_events_published_total{db=\"source\"")
                && line.ends_with(" 3")
        ),
        "{}",
        text()
    );
}
