//! An event that cannot be applied holds up its aggregate, and nobody else.

use stoa_events::{DeadLetter, LetterPlace, LetterState, Letters, Mode, Replayed};

use crate::support::{Pair, Scribe, all, anna};

async fn listed(pair: &Pair) -> Vec<(LetterState, String, i64)> {
    let letters: Vec<DeadLetter> = pair.letters("scribe").await;
    letters
        .into_iter()
        .map(|letter| {
            (
                letter.state,
                letter.event.aggregate_id,
                letter.event.aggregate_version,
            )
        })
        .collect()
}

fn letter(state: LetterState, id: &str, version: i64) -> (LetterState, String, i64) {
    (state, id.to_owned(), version)
}

#[tokio::test]
async fn later_events_queue_behind_it_and_a_replay_drains_in_order() {
    for mode in [Mode::Any, Mode::Latest, Mode::Strict] {
        let pair = Pair::open().await;
        let scribe = Scribe::new("scribe", mode);
        let other = Scribe::new("other", mode);
        let subscription = pair.listen(&scribe);
        pair.listen(&other);
        scribe.deafen("a", 2);
        let relay = pair.relay();
        pair.append("a", &[1, 2, 3]).await.unwrap();
        pair.append("b", &[1, 2]).await.unwrap();
        pair.published().await;
        pair.append("a", &[4]).await.unwrap();
        pair.published().await;
        // Others flow: another aggregate here, the same one in another consumer.
        assert_eq!(
            pair.heard("scribe").await,
            all(&[("a", 1), ("b", 1), ("b", 2)])
        );
        assert_eq!(pair.heard("other").await.len(), 6);
        let parked = [
            letter(LetterState::Poison, "a", 2),
            letter(LetterState::Queued, "a", 3),
            letter(LetterState::Queued, "a", 4),
        ];
        assert_eq!(listed(&pair).await, parked);
        let first = pair.letters("scribe").await;
        let error = first.first().unwrap().error.clone().unwrap();
        assert!(error.contains("DEAF"), "{error}");

        // Nothing has changed: it stays.
        let ctx = anna("it may work now");
        let replayed = pair
            .operator
            .replay(&ctx, &subscription, "thing", "a")
            .await
            .unwrap();
        assert_eq!(
            replayed,
            Replayed {
                applied: 0,
                left: 3
            }
        );
        assert_eq!(listed(&pair).await, parked);
        let again = pair.letters("scribe").await;
        assert_eq!(again.first().unwrap().attempts, 2);

        scribe.heal();
        let replayed = pair
            .operator
            .replay(&ctx, &subscription, "thing", "a")
            .await
            .unwrap();
        assert_eq!(
            replayed,
            Replayed {
                applied: 3,
                left: 0
            }
        );
        pair.append("a", &[5]).await.unwrap();
        pair.published().await;
        let heard: Vec<_> = pair.heard("scribe").await.into_iter().skip(3).collect();
        assert_eq!(heard, all(&[("a", 2), ("a", 3), ("a", 4), ("a", 5)]));
        assert!(listed(&pair).await.is_empty());
        relay.abort();
    }
}

#[tokio::test]
async fn one_that_is_given_up_lets_the_others_pass_and_never_comes_again() {
    for mode in [Mode::Any, Mode::Latest, Mode::Strict] {
        let pair = Pair::open().await;
        let scribe = Scribe::new("scribe", mode);
        let subscription = pair.listen(&scribe);
        scribe.deafen("a", 1);
        pair.append("a", &[1, 2, 3]).await.unwrap();
        let events = pair.envelopes().await;
        let published: Vec<_> = events.iter().collect();
        pair.publish(&published).await.unwrap();
        // Only the one that stands first can be given up.
        let [first, second, _] = events.as_slice() else {
            unreachable!("three were appended")
        };
        let ctx = anna("a bug of ours");
        let queued = pair.operator.discard(&ctx, &subscription, second.event_id);
        let queued = queued.await.unwrap_err();
        assert_eq!(queued.reason, "DEAD_LETTER_STATE");
        let poison = pair.operator.discard(&ctx, &subscription, first.event_id);
        let (given_up, behind) = poison.await.unwrap();
        assert_eq!(given_up.state, LetterState::Discarded);
        assert_eq!((behind.applied, behind.left), (2, 0));
        assert_eq!(pair.heard("scribe").await, all(&[("a", 2), ("a", 3)]));
        assert!(listed(&pair).await.is_empty());
        let which = Letters {
            state: Some(LetterState::Discarded),
            ..Letters::default()
        };
        let letters = DeadLetter::list(&pair.listener, &which, 10).await.unwrap();
        let kept = letters.first().unwrap();
        assert_eq!((letters.len(), kept.state), (1, LetterState::Discarded));
        let by = ("staff:anna".to_owned(), "a bug of ours".to_owned());
        assert_eq!(kept.discarded, Some(by));
        let again = pair
            .operator
            .replay(&ctx, &subscription, "thing", "a")
            .await;
        assert_eq!(again.unwrap_err().reason, "DEAD_LETTER_NOT_FOUND");
        scribe.heal();
        pair.publish(&published).await.unwrap();
        assert_eq!(pair.heard("scribe").await, all(&[("a", 2), ("a", 3)]));
    }
}

#[tokio::test]
async fn one_guilty_event_among_many_is_found() {
    let pair = Pair::open().await;
    let scribe = Scribe::new("scribe", Mode::Any);
    pair.listen(&scribe);
    let ids: Vec<String> = (0..40).map(|n| format!("a{n:02}")).collect();
    for id in &ids {
        pair.append(id, &[1]).await.unwrap();
    }
    scribe.deafen("a23", 1);
    let events = pair.envelopes().await;
    pair.publish(&events.iter().collect::<Vec<_>>())
        .await
        .unwrap();
    let heard: Vec<String> = pair
        .heard("scribe")
        .await
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    let rest: Vec<String> = ids.into_iter().filter(|id| id != "a23").collect();
    assert_eq!(heard, rest);
    assert_eq!(listed(&pair).await, [letter(LetterState::Poison, "a23", 1)]);
}

#[tokio::test]
async fn letters_are_listed_in_pages() {
    let pair = Pair::open().await;
    let scribe = Scribe::new("scribe", Mode::Any);
    pair.listen(&scribe);
    scribe.deafen("a", 1);
    scribe.deafen("b", 1);
    pair.append("a", &[1, 2]).await.unwrap();
    pair.append("b", &[1]).await.unwrap();
    let events = pair.envelopes().await;
    pair.publish(&events.iter().collect::<Vec<_>>())
        .await
        .unwrap();
    let held = DeadLetter::held(&pair.listener).await.unwrap();
    let held = held.get("scribe").unwrap();
    assert_eq!((held.poison, held.queued, held.waiting), (2, 1, 0));
    let mut pages = Vec::new();
    let mut after = LetterPlace::default();
    loop {
        let which = Letters {
            after: after.clone(),
            ..Letters::default()
        };
        let page = DeadLetter::list(&pair.listener, &which, 2).await.unwrap();
        let Some(last) = page.last() else {
            break;
        };
        after = last.place();
        pages.push(page.len());
    }
    assert_eq!(pages, [2, 1]);
}
