//! What the log takes, and what it gives back.

use std::sync::Arc;

use stoa_events::{EventLog, append};
use stoa_store::StoreError;
use stoa_types::{Clock, SystemClock, SystemIds, Uuid};

use crate::support::{Pair, TYPE, context, event};

#[tokio::test]
async fn versions_are_dense() {
    let pair = Pair::open().await;
    pair.append("a", &[1, 2]).await.unwrap();
    pair.append("a", &[3]).await.unwrap();
    assert!(matches!(
        pair.append("a", &[5]).await,
        Err(StoreError::Contract(_))
    ));
    assert!(matches!(
        pair.append("b", &[2]).await,
        Err(StoreError::Contract(_))
    ));
    assert!(matches!(
        pair.append("b", &[1, 3]).await,
        Err(StoreError::Contract(_))
    ));
    assert!(
        pair.append("a", &[3])
            .await
            .unwrap_err()
            .is_unique_violation()
    );
    let versions: Vec<_> = pair
        .envelopes()
        .await
        .into_iter()
        .map(|event| (event.aggregate_id, event.aggregate_version, event.position))
        .collect();
    let a = "a".to_owned();
    assert_eq!(versions, [(a.clone(), 1, 1), (a.clone(), 2, 2), (a, 3, 3)]);
}

#[tokio::test]
async fn an_envelope_reads_back_whole() {
    let pair = Pair::open().await;
    let mut ctx = context();
    ctx.acting_for = Some("guest:01020304".to_owned());
    ctx.causation_id = Some(Uuid::from_u128(7));
    ctx.traceparent = Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned());
    let ctx = Arc::new(ctx);
    let now = SystemClock.now();
    let events = Arc::new(vec![(Arc::clone(&ctx), event("a", 1))]);
    pair.source
        .write("test.append", move |tx| {
            let events = Arc::clone(&events);
            Box::pin(async move { append(tx, &events, now, &SystemIds).await })
        })
        .await
        .unwrap();
    let envelopes = pair.envelopes().await;
    let envelope = envelopes.first().unwrap();
    assert_eq!(envelope.event_type, TYPE);
    assert_eq!(envelope.payload, [0xff, 0x00, 0x7f]);
    assert_eq!(envelope.occurred_at, now);
    assert_eq!(envelope.actor, "guest:01020304");
    assert_eq!(envelope.correlation_id, ctx.correlation_id);
    assert_eq!(envelope.causation_id, ctx.causation_id);
    assert_eq!(envelope.traceparent, ctx.traceparent);
    assert_eq!(envelope.contract, stoa_api::CONTRACT);
    let caused = envelope.context("listener", now, &SystemIds);
    assert_eq!(caused.correlation_id, ctx.correlation_id);
    assert_eq!(caused.causation_id, Some(envelope.event_id.uuid()));
    assert_eq!(caused.actor(), "guest:01020304");
}

#[tokio::test]
async fn what_is_rolled_back_was_never_there() {
    let pair = Pair::open().await;
    let events = Arc::new(vec![(Arc::new(context()), event("a", 1))]);
    let ended: Result<(), StoreError> = pair
        .source
        .write("test.append", move |tx| {
            let events = Arc::clone(&events);
            Box::pin(async move {
                append(tx, &events, SystemClock.now(), &SystemIds).await?;
                Err(StoreError::Contract("as the test wants it"))
            })
        })
        .await;
    assert!(ended.is_err());
    let lag = EventLog::lag(&pair.source).await.unwrap();
    assert_eq!((lag.head, lag.waiting, lag.oldest), (0, 0, None));
}
