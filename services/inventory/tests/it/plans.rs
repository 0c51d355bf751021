//! What the database is asked to do: no hot statement reads a whole table, and a command takes as many statements for fifty lines
//! as for one.

use std::path::Path;

use serde_json::{Value, json};
use stoa_api::inventory::v1::{
    AllocateHoldRequest, CreateHoldRequest, ReturnStockRequest, ShipAllocationRequest,
};
use stoa_store::Engine;
use stoa_testdb::plans::{refuse_scans, refuse_scans_of_file};
use stoa_types::{FulfillmentId, SystemIds};

use crate::harness::{Inventory, demands, hold_request, key, seconds};
use crate::undo::release_of;

/// Three locations, 21,000 levels, 20,000 holds of two lines of which few are alive, 30,000 movements.
const FILL: [&str; 6] = [
    "INSERT INTO inventory_location
     SELECT ('0000000000000000000000000000000' || i)::uuid, 'loc-' || i, 'Here', '', 0, 1, 1, 1
     FROM generate_series(1, 3) AS i",
    "INSERT INTO inventory_level
     SELECT 'SKU-' || s, ('0000000000000000000000000000000' || l)::uuid, 1000, 0, 0, 0, 0, 1, 1, 1
     FROM generate_series(1, 7000) AS s, generate_series(1, 3) AS l",
    "INSERT INTO inventory_hold (hold_id, owner, create_key, state, expires_at, version, created_at, updated_at)
     SELECT md5('hold' || i)::uuid, md5('owner' || i)::uuid, 'hold/' || i,
         CASE WHEN i % 50 = 0 THEN 'HELD' ELSE 'SHIPPED' END, CASE WHEN i % 100 = 0 THEN 1000000 + i END, 2, i, i
     FROM generate_series(1, 20000) AS i",
    "INSERT INTO inventory_hold_line
     SELECT md5('hold' || i)::uuid, l, 'SKU-' || ((i * 7 + l) % 7000 + 1),
         '00000000000000000000000000000001'::uuid, 1
     FROM generate_series(1, 20000) AS i, generate_series(0, 1) AS l",
    "INSERT INTO inventory_movement (
         movement_id, sku, location_id, kind, on_hand_delta, allocated_delta, held_delta, reference, line, reason, actor,
         created_at
     )
     SELECT md5(kind || i)::uuid, 'SKU-' || (i % 7000 + 1), '00000000000000000000000000000001'::uuid, kind, 0, 0, 1,
         'hld_' || i, 0, '', 'test', 1
     FROM generate_series(1, 10000) AS i, (VALUES ('HOLD'), ('ALLOCATE'), ('SHIP')) AS kinds (kind)",
    "ANALYZE inventory_location, inventory_level, inventory_hold, inventory_hold_line, inventory_movement",
];

/// Thirty-two of something.
fn many(one: impl Fn(u32) -> Value) -> Value {
    (1..=32).map(one).collect()
}

fn hot() -> Vec<(&'static str, Value)> {
    let place = "00000000000000000000000000000001";
    let id = |number: u32| format!("{number:032x}");
    let names = many(|i| json!({"owner": id(i), "create_key": format!("hold/{i}")}));
    let skus = many(|i| json!(format!("SKU-{i}")));
    let level = |i: u32| {
        json!({
            "sku": format!("SKU-{i}"), "location_id": place, "on_hand": 1, "allocated": 0, "held": 0, "backorder_limit": 0,
            "shortfall": 0, "version": 2, "created_at": 1, "updated_at": 1,
        })
    };
    let hold = |i: u32| {
        json!({
            "hold_id": id(i), "owner": id(i), "create_key": "k", "channel_id": null, "state": "HELD", "expires_at": null,
            "fulfillment": null, "version": 3, "created_at": 1, "updated_at": 1,
        })
    };
    let line = |i: u32| json!({"hold_id": id(i), "line": 0, "sku": "SKU-1", "location_id": place, "quantity": 1});
    let movement = |i: u32| {
        json!({
            "movement_id": id(i), "sku": "SKU-1", "location_id": place, "kind": "HOLD", "on_hand_delta": 0,
            "allocated_delta": 0, "held_delta": 1, "reference": id(i), "line": 0, "reason": "", "actor": "test",
            "created_at": 1,
        })
    };
    vec![
        ("hold_lines_add", many(line)),
        ("hold_lines_of", many(|i| json!(id(i)))),
        ("holds_add", many(hold)),
        ("holds_any_overdue", json!({"now": 1_000_500})),
        ("holds_by_id", many(|i| json!(id(i)))),
        ("holds_by_key", names.clone()),
        ("holds_known", names),
        ("holds_move", many(hold)),
        ("holds_overdue", json!({"now": 1_000_500, "skus": skus})),
        (
            "holds_overdue_first",
            json!({"now": 1_000_500, "limit": 64}),
        ),
        ("levels_add", many(level)),
        ("levels_at_places", many(level)),
        ("levels_of_skus", skus),
        ("levels_save", many(level)),
        ("movements_add", many(movement)),
        (
            "movements_booked",
            json!({"kind": "SHIP", "references": ["hld_1", "hld_2"]}),
        ),
    ]
}

/// What the doctor asks, what is asked of the few locations, what a mutant alone does.
const COLD: &[&str] = &[
    "audit_booked",
    "audit_holds",
    "audit_levels",
    "audit_new_keeping",
    "audit_open_owners",
    "audit_orphans",
    "close_holds",
    "close_returns",
    "closing_holds",
    "closing_moved",
    "closing_remove",
    "closing_save",
    "holds_by_key_ownerless",
    "levels_of_skus_unlocked",
    "locations_add",
    "locations_all",
];

#[tokio::test]
async fn no_hot_statement_reads_a_whole_table() {
    let inventory = Inventory::start().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/sql");
    if inventory.db.engine() == Engine::Sqlite {
        return refuse_scans_of_file(&inventory.db, &folder.join("sqlite"), &hot()).await;
    }
    for text in FILL {
        inventory.tamper(text).await;
    }
    refuse_scans(&inventory.db, &folder.join("postgres"), &hot(), COLD).await;
}

/// What each command of the story takes, with so many lines in each.
async fn statements(inventory: &Inventory, lines: usize) -> Vec<(&'static str, f64)> {
    let skus: Vec<String> = (0..lines).map(|number| format!("SKU-{number}")).collect();
    let lines: Vec<(&str, i64)> = skus.iter().map(|sku| (sku.as_str(), 3)).collect();
    let one: Vec<(&str, i64)> = skus.iter().map(|sku| (sku.as_str(), 1)).collect();
    let before = COMMANDS.map(|command| inventory.statements(command));
    inventory.receive(&lines).await;
    let released = hold_request(&one);
    inventory.ask(released.clone()).await.unwrap();
    let mut order = inventory.internal();
    order.release_hold(release_of(&released)).await.unwrap();
    let hold_id = inventory.hold(&one).await.unwrap().hold_id;
    let request = AllocateHoldRequest {
        request_id: key(),
        hold_id: hold_id.clone(),
    };
    order.allocate_hold(request).await.unwrap();
    let request = ShipAllocationRequest {
        request_id: key(),
        hold_id,
        reference: FulfillmentId::new(&SystemIds).to_string(),
    };
    order.ship_allocation(request).await.unwrap();
    let request = ReturnStockRequest {
        request_id: key(),
        reference: key(),
        lines: demands(&one),
        ..ReturnStockRequest::default()
    };
    order.return_stock(request).await.unwrap();
    let taken = COMMANDS.iter().zip(before);
    taken
        .map(|(command, before)| (*command, inventory.statements(command) - before))
        .collect()
}

const COMMANDS: [&str; 6] = [
    "inventory.receive_stock",
    "inventory.create_hold",
    "inventory.release_hold",
    "inventory.allocate_hold",
    "inventory.ship_allocation",
    "inventory.return_stock",
];

#[tokio::test]
async fn fifty_lines_take_as_many_statements_as_one() {
    let inventory = Inventory::start().await;
    let one = statements(&inventory, 1).await;
    assert!(
        one.iter().all(|(_, taken)| (1.0..30.0).contains(taken)),
        "{one:?}"
    );
    // The level of the first line stands already: what is known is saved, what is new is added.
    let two = statements(&inventory, 2).await;
    assert_eq!(two[0].1, one[0].1 + 1.0, "{one:?} {two:?}");
    assert_eq!(two[1..], one[1..]);
    let fifty = statements(&inventory, 50).await;
    assert_eq!(fifty, two);
}

/// Overdue holds of any number are loaded and ended by as many statements as one.
#[tokio::test]
async fn overdue_holds_take_as_many_statements_as_one() {
    let inventory = Inventory::with(&[("inventory.sweep_every", "1h")]).await;
    inventory.receive(&[("MUG", 100)]).await;
    let mut taken = Vec::new();
    for overdue in [1, 20] {
        for _ in 0..overdue {
            let request = CreateHoldRequest {
                ttl: seconds(1),
                ..hold_request(&[("MUG", 1)])
            };
            inventory.ask(request).await.unwrap();
        }
        inventory.clock.forward(std::time::Duration::from_secs(2));
        let before = inventory.statements("inventory.create_hold");
        inventory.hold(&[("MUG", 1)]).await.unwrap();
        taken.push(inventory.statements("inventory.create_hold") - before);
    }
    assert_eq!(taken[0], taken[1]);
}
