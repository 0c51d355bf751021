//! The three orders that a consumer can ask for.

use stoa_events::{LetterState, Mode};

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
