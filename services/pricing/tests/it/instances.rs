//! Two instances of pricing on one database: a natural key has one entry, and its changes come one after the other.

use stoa_api::pricing::v1 as pb;

use crate::harness::{Suite, entry, time};

const ROUNDS: i64 = 40;

fn at(sku: &str, micros: i64) -> pb::PriceEntry {
    pb::PriceEntry {
        start_time: Some(time(1_000)),
        ..entry(sku, micros)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_both_make_is_one() {
    let (one, other) = Suite::pair().await;
    for round in 0..ROUNDS {
        let (a, b) = (format!("A{round}"), format!("B{round}"));
        let (left, right) = tokio::join!(
            one.set(vec![at(&a, 5), at(&b, 5)]),
            other.set(vec![at(&b, 6), at(&a, 6)]),
        );
        let (left, right) = (left.unwrap(), right.unwrap());
        assert_eq!(left[0].price_id, right[1].price_id);
        assert_eq!(left[1].price_id, right[0].price_id);
        for (mine, theirs) in [(&left[0], &right[1]), (&left[1], &right[0])] {
            assert_eq!(mine.version + theirs.version, 3, "one after the other");
            let told = one.told("price", &mine.price_id).await;
            let versions: Vec<i64> = told.iter().map(|event| event.aggregate_version).collect();
            assert_eq!(versions, [1, 2]);
        }
    }
    assert_eq!(one.count("price").await, 2 * ROUNDS);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_shop_has_one_first_channel() {
    let (one, other) = Suite::pair().await;
    let first = one.channel("default").await.unwrap();
    assert_eq!(other.channel("default").await.unwrap(), first);
    assert_eq!(one.count("channel").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_both_want_is_one_channels() {
    let (one, other) = Suite::pair().await;
    for round in 0..ROUNDS {
        let channel = pb::Channel {
            code: format!("shop-{round}"),
            title: "Shop".to_owned(),
            currency_code: "GBP".to_owned(),
            ..pb::Channel::default()
        };
        let (left, right) = tokio::join!(one.create(channel.clone()), other.create(channel));
        let refused: Vec<_> = [&left, &right]
            .into_iter()
            .filter_map(|made| made.as_ref().err())
            .map(|error| error.reason.clone())
            .collect();
        assert_eq!(refused, ["CHANNEL_EXISTS"], "round {round}");
    }
}
