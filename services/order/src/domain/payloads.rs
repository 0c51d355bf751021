//! Streams that were recorded once fold for ever.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use stoa_api::order::v1::Order;
use stoa_types::Timestamp;

use super::{event, fold};

#[test]
fn every_stream_that_is_kept_still_folds() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/payloads/order.events"
    );
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(' ').collect()).collect();
    let mut streams = 0;
    for stream in lines.chunk_by(|one, next| one[..2] == next[..2]) {
        if stream[0][0] != event::AGGREGATE {
            continue;
        }
        let mut order = Order::default();
        for line in stream {
            let [_, id, version, at, event_type, payload] = line.as_slice() else {
                panic!("no six fields: {line:?}");
            };
            let happened = event::decode(event_type, &hex::decode(payload).unwrap()).unwrap();
            let at = Timestamp::from_micros(at.parse().unwrap());
            let folded = fold::apply(&mut order, &happened, at);
            folded.unwrap_or_else(|error| panic!("{id} version {version}: {error}"));
            assert_eq!(order.revision, version.parse::<i64>().unwrap(), "{id}");
        }
        streams += 1;
    }
    assert!(streams > 0, "no stream of an order in {path}");
}
