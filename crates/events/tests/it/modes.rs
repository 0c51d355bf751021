//! The three orders that a consumer can ask for.

use std::time::Duration;

use stoa_events::{EventLog, LetterState, Mode};
use stoa_store::Sql;

use crate::support::{Pair, Scribe, all};

#[tokio::test]
async fn strict_waits_for_what_is_missing() {
    let pair = Pair::open().await;
    let scribe = Scribe::new("strict", Mode::Strict);
    pair.listen(&scribe);
    pair.append("a", &[1, 2, 3, 4]).await.unwrap();
    let events = pair.envelopes().await;
    let [one, two, three, four] = events.as_slice() else {
        unreachable!("four were appended")
    };
    pair.publish(&[two, four]).await.unwrap();
    assert_eq!(pair.heard("strict").await, []);
    let letters = pair.letters("strict").await;
    let states: Vec<_> = letters
        .iter()
        .map(|letter| (letter.state, letter.event.aggregate_version))
        .collect();
    assert_eq!(
        states,
        [(LetterState::Waiting, 2), (LetterState::Waiting, 4)]
    );
    pair.publish(&[one]).await.unwrap();
    assert_eq!(pair.heard("strict").await, all(&[("a", 1), ("a", 2)]));
    pair.publish(&[three, two, one]).await.unwrap();
    let in_order = all(&[("a", 1), ("a", 2), ("a", 3), ("a", 4)]);
    assert_eq!(pair.heard("strict").await, in_order);
    assert!(pair.letters("strict").await.is_empty());
    // All of it again changes nothing.
    pair.publish(&[one, two, three, four]).await.unwrap();
    assert_eq!(pair.heard("strict").await, in_order);
}

#[tokio::test]
async fn latest_skips_what_is_older() {
    let pair = Pair::open().await;
    let scribe = Scribe::new("latest", Mode::Latest);
    pair.listen(&scribe);
    pair.append("a", &[1, 2, 3]).await.unwrap();
    let events = pair.envelopes().await;
    let [one, two, three] = events.as_slice() else {
        unreachable!("three were appended")
    };
    pair.publish(&[two]).await.unwrap();
    pair.publish(&[one]).await.unwrap();
    pair.publish(&[two, three, one]).await.unwrap();
    assert_eq!(pair.heard("latest").await, all(&[("a", 2), ("a", 3)]));
}

#[tokio::test]
async fn any_takes_each_once_in_whatever_order() {
    let pair = Pair::open().await;
    let scribe = Scribe::new("any", Mode::Any);
    pair.listen(&scribe);
    pair.append("a", &[1, 2, 3]).await.unwrap();
    let events = pair.envelopes().await;
    let [one, two, three] = events.as_slice() else {
        unreachable!("three were appended")
    };
    pair.publish(&[two, two]).await.unwrap();
    pair.publish(&[one, three, two]).await.unwrap();
    pair.publish(&[three, one]).await.unwrap();
    assert_eq!(
        pair.heard("any").await,
        all(&[("a", 2), ("a", 1), ("a", 3)])
    );
}

const LONG_AGO: Sql = Sql::new(
    "long_ago",
    "WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 2500)
     INSERT INTO event_seen (consumer, aggregate_kind, aggregate_id, aggregate_version, seen_at)
     SELECT 'any', 'thing', 'old', n, 0 FROM many",
    "INSERT INTO event_seen (consumer, aggregate_kind, aggregate_id, aggregate_version, seen_at)
     SELECT 'any', 'thing', 'old', n, 0 FROM generate_series(1, 2500) AS many (n)",
);

#[tokio::test]
async fn what_was_applied_is_remembered_for_a_while() {
    let hour = Duration::from_hours(1);
    let pair = Pair::open().await;
    let scribe = Scribe::new("any", Mode::Any);
    let subscription = pair.listen(&scribe);
    pair.append("a", &[1, 2, 3]).await.unwrap();
    let events = pair.envelopes().await;
    let events: Vec<_> = events.iter().collect();
    pair.publish(&events).await.unwrap();
    let db = &pair.listener;
    assert_eq!(EventLog::forget_applied(db, hour).await.unwrap(), 0);
    db.write("test.age", |tx| {
        Box::pin(async move {
            // Two of them were applied two hours ago.
            let age =
                "UPDATE event_seen SET seen_at = seen_at - 7200000000 WHERE aggregate_version < 3";
            assert_eq!(tx.execute(age, &()).await?, 2);
            // And many at the beginning of all time: more than one transaction takes.
            tx.execute(LONG_AGO, &()).await
        })
    })
    .await
    .unwrap();
    assert_eq!(subscription.tally().await.unwrap().recorded, 2_503);
    assert_eq!(EventLog::forget_applied(db, hour).await.unwrap(), 2_502);
    assert_eq!(subscription.tally().await.unwrap().recorded, 1);
    // What is told again is applied again when it is forgotten, and then it is remembered again.
    pair.publish(&events).await.unwrap();
    let heard = all(&[("a", 1), ("a", 2), ("a", 3), ("a", 1), ("a", 2)]);
    assert_eq!(pair.heard("any").await, heard);
    assert_eq!(EventLog::forget_applied(db, hour).await.unwrap(), 0);
    pair.publish(&events).await.unwrap();
    assert_eq!(pair.heard("any").await, heard);
}

#[tokio::test]
async fn what_nobody_listens_to_is_acknowledged() {
    let pair = Pair::open().await;
    pair.append("a", &[1]).await.unwrap();
    let events = pair.envelopes().await;
    let mut unheard = events.first().unwrap().clone();
    unheard.event_type = "stoa.elsewhere.v1.Changed".to_owned();
    pair.listen(&Scribe::new("any", Mode::Any));
    pair.publish(&[&unheard]).await.unwrap();
    assert_eq!(pair.heard("any").await, []);
}
