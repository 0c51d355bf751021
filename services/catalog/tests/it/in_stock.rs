//! The consumer `catalog.stock`: what inventory says becomes `in_stock`, and an old word changes nothing.

use std::sync::Arc;

use prost::Message;
use stoa_api::catalog::v1 as pb;
use stoa_api::inventory::v1::StockLevelChanged;
use stoa_events::{Bus, DeadLetter, Envelope, Letters};
use stoa_types::{EventId, LocationId, SystemIds, Timestamp, Uuid};

use crate::harness::{Suite, answer, product, variant};

/// What inventory says of a sku at a location, from 1.
pub(crate) fn said(sku: &str, location: u128, version: i64, available: i64) -> Envelope {
    let location_id = LocationId::from_uuid(Uuid::from_u128(location)).to_string();
    let payload = StockLevelChanged {
        sku: sku.to_owned(),
        location_id: location_id.clone(),
        on_hand: available,
        allocated: 0,
        held: 0,
        available,
    };
    Envelope {
        event_id: EventId::new(&SystemIds),
        position: 1,
        aggregate_kind: "stock".to_owned(),
        aggregate_id: format!("{location_id}/{sku}"),
        aggregate_version: version,
        event_type: "stoa.inventory.v1.StockLevelChanged".to_owned(),
        payload: payload.encode_to_vec(),
        occurred_at: Timestamp::from_micros(1),
        actor: "service:order".to_owned(),
        channel_id: None,
        correlation_id: Uuid::from_u128(1),
        causation_id: None,
        traceparent: None,
        contract: stoa_api::CONTRACT,
    }
}

async fn hear(suite: &Suite, events: Vec<Envelope>) {
    suite.bus.publish(Arc::from(events)).await.unwrap();
}

/// Whether the product and its variants are in stock.
async fn stock(suite: &Suite, id: &str) -> (bool, Vec<bool>) {
    let product = suite.get(id).await.unwrap();
    let variants = product.variants.iter().map(|variant| variant.in_stock);
    (product.in_stock, variants.collect())
}

#[tokio::test]
async fn any_location_will_do() {
    let suite = Suite::start().await;
    let made = suite.create(product("Mug", &["A", "B"])).await.unwrap();
    let id = made.product_id.as_str();
    assert_eq!(stock(&suite, id).await, (false, vec![false, false]));
    hear(
        &suite,
        vec![
            said("A", 1, 1, 0),
            said("A", 2, 1, 3),
            said("OTHER", 1, 1, 9),
        ],
    )
    .await;
    assert_eq!(stock(&suite, id).await, (true, vec![true, false]));
    hear(&suite, vec![said("A", 1, 2, 5), said("A", 2, 2, 0)]).await;
    assert_eq!(stock(&suite, id).await, (true, vec![true, false]));
    hear(&suite, vec![said("A", 1, 3, -2)]).await;
    assert_eq!(stock(&suite, id).await, (false, vec![false, false]));
    let after = suite.get(id).await.unwrap();
    assert_eq!(
        after.etag, made.etag,
        "stock is no change that a merchant made"
    );
    assert_eq!(suite.told(id).await.len(), 1);
}

#[tokio::test]
async fn an_old_word_changes_nothing() {
    let suite = Suite::start().await;
    let made = suite.create(product("Mug", &["A"])).await.unwrap();
    let id = made.product_id.as_str();
    hear(&suite, vec![said("A", 1, 7, 4)]).await;
    hear(&suite, vec![said("A", 1, 6, 0)]).await;
    assert!(stock(&suite, id).await.0, "version 6 came after 7");
    hear(&suite, vec![said("A", 1, 7, 0)]).await;
    assert!(stock(&suite, id).await.0, "a version is heard once");
    hear(&suite, vec![said("A", 1, 9, 0), said("A", 1, 8, 4)]).await;
    assert!(!stock(&suite, id).await.0, "of one batch the latest counts");
}

#[tokio::test]
async fn a_product_that_comes_later_knows() {
    let suite = Suite::start().await;
    hear(&suite, vec![said("A", 1, 1, 4), said("B", 1, 1, 0)]).await;
    let made = suite.create(product("Mug", &["A", "B"])).await.unwrap();
    assert_eq!(
        stock(&suite, &made.product_id).await,
        (true, vec![true, false])
    );
}

#[tokio::test]
async fn where_no_stock_is_kept_it_does_not_matter() {
    let suite = Suite::start().await;
    let wanted = pb::Product {
        variants: vec![pb::Variant {
            stock_tracked: Some(false),
            ..variant("A")
        }],
        ..product("Download", &[])
    };
    let made = suite.create(wanted.clone()).await.unwrap();
    let id = made.product_id.as_str();
    hear(&suite, vec![said("A", 1, 1, 0)]).await;
    assert_eq!(stock(&suite, id).await, (true, vec![true]));
    let tracked = pb::Product {
        variants: vec![variant("A")],
        ..made.clone()
    };
    suite.update(tracked, &["variants"]).await.unwrap();
    assert_eq!(stock(&suite, id).await, (false, vec![false]));
}

#[tokio::test]
async fn a_variant_that_is_retired_does_not_count() {
    let suite = Suite::start().await;
    let made = suite.create(product("Mug", &["A", "B"])).await.unwrap();
    hear(&suite, vec![said("A", 1, 1, 4)]).await;
    let fewer = pb::Product {
        variants: vec![variant("B")],
        ..suite.get(&made.product_id).await.unwrap()
    };
    suite.update(fewer, &["variants"]).await.unwrap();
    assert_eq!(stock(&suite, &made.product_id).await, (false, vec![false]));
    hear(&suite, vec![said("A", 1, 2, 0)]).await;
    hear(&suite, vec![said("A", 1, 3, 1)]).await;
    assert_eq!(stock(&suite, &made.product_id).await, (false, vec![false]));
}

#[tokio::test]
async fn only_what_is_in_stock_is_listed_when_asked_for() {
    let suite = Suite::start().await;
    suite.create(product("Mug", &["A"])).await.unwrap();
    suite.create(product("Cup", &["B"])).await.unwrap();
    hear(&suite, vec![said("A", 1, 1, 1)]).await;
    let request = pb::ListProductsRequest {
        in_stock_only: true,
        ..pb::ListProductsRequest::default()
    };
    let listed = answer(suite.shopper().list_products(request).await).unwrap();
    let titles: Vec<_> = listed
        .products
        .iter()
        .map(|product| product.title.as_str())
        .collect();
    assert_eq!(titles, ["Mug"]);
}

#[tokio::test]
async fn what_cannot_be_read_parks_its_aggregate_alone() {
    let suite = Suite::start().await;
    let made = suite.create(product("Mug", &["A", "B"])).await.unwrap();
    let broken = Envelope {
        payload: vec![0xff],
        ..said("A", 1, 1, 1)
    };
    hear(&suite, vec![broken, said("B", 1, 1, 1)]).await;
    hear(&suite, vec![said("A", 1, 2, 1)]).await;
    assert_eq!(
        stock(&suite, &made.product_id).await,
        (true, vec![false, true])
    );
}

/// Events as they were recorded once, in `tests/payloads`.
fn recorded(service: &str) -> Vec<Envelope> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/payloads");
    let text = std::fs::read_to_string(format!("{folder}/{service}.events")).unwrap();
    let byte = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16);
    text.lines()
        .map(|line| {
            let fields: Vec<&str> = line.split(' ').collect();
            let payload = fields[5].as_bytes().chunks(2).map(|two| byte(two).unwrap());
            Envelope {
                aggregate_kind: fields[0].to_owned(),
                aggregate_id: fields[1].to_owned(),
                aggregate_version: fields[2].parse().unwrap(),
                event_type: fields[4].to_owned(),
                payload: payload.collect(),
                ..said("A", 1, 1, 1)
            }
        })
        .collect()
}

#[tokio::test]
async fn what_inventory_has_ever_said_is_still_heard() {
    let suite = Suite::start().await;
    let events = recorded("inventory");
    let levels = events
        .iter()
        .filter(|event| event.event_type == "stoa.inventory.v1.StockLevelChanged");
    assert!(levels.count() > 0);
    hear(&suite, events).await;
    let letters = DeadLetter::list(&suite.db, &Letters::default(), 10).await;
    assert!(letters.unwrap().is_empty());
}
