//! What is told: each level once per batch, densely numbered, and a shortfall behind it.

use prost::Message;
use stoa_api::event::Event;
use stoa_api::inventory::v1::{StockLevelChanged, StockShortfall};
use stoa_events::{Envelope, EventLog};

use crate::harness::Inventory;
use crate::stock::count;

async fn told(inventory: &Inventory, sku: &str) -> Vec<Envelope> {
    let location = inventory.level(sku).await.location_id;
    let id = format!("{location}/{sku}");
    EventLog::stream(&inventory.db, "stock_level", &id, 0, 100)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_level_is_told_with_its_version() {
    let inventory = Inventory::start().await;
    inventory
        .receive(&[("MUG", 5), ("MUG", 5), ("CUP", 1)])
        .await;
    inventory.hold(&[("MUG", 8)]).await.unwrap();
    let events = told(&inventory, "MUG").await;
    let versions: Vec<i64> = events.iter().map(|event| event.aggregate_version).collect();
    assert_eq!(versions, [1, 2]);
    assert!(
        events
            .iter()
            .all(|event| event.event_type == StockLevelChanged::TYPE)
    );
    assert_eq!(
        (events[0].actor.as_str(), events[1].actor.as_str()),
        ("staff:root", "service:order")
    );
    let last = StockLevelChanged::decode(events[1].payload.as_slice()).unwrap();
    let level = inventory.level("MUG").await;
    assert_eq!((last.on_hand, last.held, last.available), (10, 8, 2));
    assert_eq!((last.location_id, level.version), (level.location_id, 2));
}

#[tokio::test]
async fn a_shortfall_is_told_behind_its_level() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("MUG", 5)]).await;
    inventory.hold(&[("MUG", 5)]).await.unwrap();
    inventory
        .admin()
        .adjust_stock(count("c1", &[("MUG", -2)]))
        .await
        .unwrap();
    inventory.receive(&[("MUG", 1)]).await;
    inventory
        .admin()
        .adjust_stock(count("c2", &[("MUG", -1)]))
        .await
        .unwrap();
    let events = told(&inventory, "MUG").await;
    let types: Vec<&str> = events
        .iter()
        .map(|event| event.event_type.as_str())
        .collect();
    let (level, short) = (StockLevelChanged::TYPE, StockShortfall::TYPE);
    assert_eq!(types, [level, level, level, short, level, level, short]);
    let last = StockShortfall::decode(events[6].payload.as_slice()).unwrap();
    assert_eq!((last.sku.as_str(), last.shortfall), ("MUG", 2));
    let versions: Vec<i64> = events.iter().map(|event| event.aggregate_version).collect();
    assert_eq!(versions, [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(inventory.level("MUG").await.version, 7);
}
