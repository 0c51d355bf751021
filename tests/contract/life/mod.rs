//! The life of a small shop in which every RPC that has a key is called: what others look at, and, when it is thorough, each
//! call made again under its key.

use std::collections::BTreeSet;

use prost::Message as _;
use regex::bytes::Regex;
use stoa_api::Call;
use tonic::Code;

pub(crate) use self::words::{at, credit, demand, pence, place, quote, unit, units};
use crate::world::{By, World};

mod events;
mod goods;
mod inside;
mod orders;
mod words;

/// What is sold: 12.50 a piece.
pub(crate) const MUG: &str = "MUG";
/// What is sold besides.
pub(crate) const TILE: &str = "TILE";
/// The channel that takes the money at once.
pub(crate) const ONCE: &str = "once";

/// What a shop that has lived leaves.
pub(crate) struct Life<'a> {
    world: &'a World,
    thorough: bool,
    keys: u32,
    /// The RPCs that were called.
    pub(crate) called: BTreeSet<&'static str>,
    /// Other messages under a used key that were not refused for that.
    pub(crate) faults: Vec<String>,
    /// Ann's order that was shipped.
    pub(crate) shipped: String,
    /// Ann's return that was refunded.
    pub(crate) returned: String,
}

impl<'a> Life<'a> {
    /// Lives it. With `thorough`, each call is made three times more: again, again with its key in the metadata, and with
    /// another message under its key.
    pub(crate) async fn live(world: &'a World, thorough: bool) -> Self {
        let mut life = Self {
            world,
            thorough,
            keys: 0,
            called: BTreeSet::new(),
            faults: Vec::new(),
            shipped: String::new(),
            returned: String::new(),
        };
        life.goods().await;
        life.stock().await;
        life.orders().await;
        life.settled().await;
        life.returns().await;
        life.records().await;
        life.holds().await;
        life.payments().await;
        life.work().await;
        life.events().await;
        life
    }

    /// Calls under a key of its own.
    pub(crate) async fn once<C: Call + std::fmt::Debug>(
        &mut self,
        by: &By,
        mut message: C,
        change: impl FnOnce(&mut C),
    ) -> C::Response {
        self.keys += 1;
        let key = format!("key-{}", self.keys);
        message.set_request_id(key.clone());
        let bytes = message.encode_to_vec();
        let path = C::METHOD.path;
        self.called.insert(path);
        let world = self.world;
        let call = |key: Option<String>, bytes: Vec<u8>| {
            let by = by.clone();
            async move { world.call(by, C::METHOD, key.as_deref(), bytes).await }
        };
        let first = call(None, bytes.clone()).await;
        let first = first.unwrap_or_else(|refusal| panic!("{path} {message:?}: {refusal:?}"));
        if self.thorough {
            let before = world.books().await;
            let again = call(None, bytes).await.unwrap();
            message.set_request_id(String::new());
            let bare = call(Some(key.clone()), message.encode_to_vec())
                .await
                .unwrap();
            assert_eq!(again, bare, "{path}: the key in the metadata is another");
            let (one, other) = (ids(&first), ids(&again));
            assert!(one.is_subset(&other), "{path}: {one:?} became {other:?}");
            message.set_request_id(key);
            change(&mut message);
            let refusal = call(None, message.encode_to_vec()).await;
            let refusal = refusal.expect_err(path);
            let found = (
                refusal.code,
                refusal.reason.as_str(),
                refusal.domain.as_str(),
            );
            let reused = (Code::AlreadyExists, "IDEMPOTENCY_KEY_REUSED", "stoa");
            if found != reused {
                self.faults.push(format!("{path}: {refusal:?}"));
            }
            before.unchanged(&world.books().await, &format!("{path} once more"));
        }
        C::Response::decode(first).unwrap()
    }
}

/// The ids in an answer.
fn ids(answer: &[u8]) -> BTreeSet<String> {
    let id = Regex::new("[a-z]{2,3}_[0-7][0-9a-hjkmnp-tv-z]{25}").unwrap();
    let found = id.find_iter(answer);
    found
        .map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned())
        .collect()
}
