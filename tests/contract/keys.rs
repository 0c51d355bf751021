//! Every RPC that has a key: once is once, whatever comes again.

use std::collections::BTreeSet;

use stoa_api::METHODS;

use crate::life::Life;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_has_a_key_is_done_once_and_its_key_is_for_one_message() {
    let world = World::start().await;
    let life = Life::live(&world, true).await;
    let keyed = METHODS.iter().filter(|method| method.keyed);
    let keyed: BTreeSet<&str> = keyed.map(|method| method.path).collect();
    assert!(life.faults.is_empty(), "{:#?}", life.faults);
    assert_eq!(life.called, keyed);
    world.stop().await;
}

/// A key is its caller's own, and its RPC's: the same text elsewhere is another key.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_belongs_to_one_caller_and_one_rpc() {
    let world = World::start().await;
    Life::live(&world, false).await;
    let mut quotes = BTreeSet::new();
    for guest in ["ann", "bob"] {
        let mut quote = crate::life::quote(&[(crate::life::TILE, 1)]);
        quote.request_id = "mine".to_owned();
        let first = world.suite.guest(guest).call(quote.clone()).await.unwrap();
        let again = world.suite.guest(guest).call(quote).await.unwrap();
        assert_eq!(first, again);
        let quote_id = first.quote.unwrap().quote_id;
        let mut place = crate::life::place(&quote_id, "tok_approve");
        quotes.insert(quote_id);
        place.request_id = "mine".to_owned();
        world.suite.guest(guest).call(place).await.unwrap();
    }
    assert_eq!(quotes.len(), 2);
    world.stop().await;
}
