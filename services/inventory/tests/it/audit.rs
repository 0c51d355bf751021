//! What the doctor is told: each check sees what breaks just it, and facts are by order.

use std::collections::BTreeMap;

use stoa_api::inventory::v1::{AllocateHoldRequest, ReturnStockRequest};
use stoa_api::ops::v1::{
    CheckInvariantsRequest, Fact, InvariantCheck, ListFactsRequest, ListFactsResponse,
};
use stoa_types::{Clock, CreditId, Ctx, SystemIds};

use crate::harness::{Inventory, demands, hold_request, key};
use crate::undo::release_of;

fn ctx(inventory: &Inventory) -> Ctx {
    Ctx::background("test", inventory.clock.now(), &SystemIds)
}

async fn checks(inventory: &Inventory) -> BTreeMap<String, InvariantCheck> {
    let request = CheckInvariantsRequest {
        full: true,
        ..CheckInvariantsRequest::default()
    };
    let answer = inventory
        .audit
        .check_invariants(&ctx(inventory), request)
        .await
        .unwrap();
    let checks = answer.checks.into_iter();
    checks.map(|check| (check.name.clone(), check)).collect()
}

async fn facts(inventory: &Inventory, request: ListFactsRequest) -> ListFactsResponse {
    inventory
        .audit
        .list_facts(&ctx(inventory), request)
        .await
        .unwrap()
}

/// Two skus, a hold, a promise.
async fn busy() -> Inventory {
    let inventory = Inventory::start().await;
    inventory.receive(&[("CUP", 9), ("MUG", 9)]).await;
    inventory.hold(&[("MUG", 2)]).await.unwrap();
    let hold_id = inventory
        .hold(&[("MUG", 3), ("CUP", 1)])
        .await
        .unwrap()
        .hold_id;
    let request = AllocateHoldRequest {
        request_id: key(),
        hold_id,
    };
    inventory.internal().allocate_hold(request).await.unwrap();
    inventory
}

#[tokio::test]
async fn sound_books_are_found_sound() {
    let inventory = busy().await;
    let checks = checks(&inventory).await;
    let names: Vec<&str> = checks.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "closing_rows",
            "holds_equal_held",
            "movements_equal_stock",
            "no_negative",
            "no_oversell"
        ]
    );
    assert!(
        checks
            .values()
            .all(|check| check.examined == 2 && check.violation_count == 0)
    );
}

#[tokio::test]
async fn each_check_sees_what_breaks_it() {
    let breaks: [(&'static str, &str, &str); 7] = [
        (
            "UPDATE inventory_level SET on_hand = on_hand + 1 WHERE sku = 'MUG'",
            "movements_equal_stock",
            "MUG",
        ),
        (
            "DELETE FROM inventory_movement WHERE sku = 'CUP' AND kind = 'HOLD'",
            "movements_equal_stock",
            "CUP",
        ),
        (
            "DELETE FROM inventory_level WHERE sku = 'CUP'",
            "movements_equal_stock",
            "CUP",
        ),
        (
            "UPDATE inventory_hold SET state = 'RELEASED' WHERE state = 'HELD'",
            "holds_equal_held",
            "MUG",
        ),
        (
            "UPDATE inventory_hold_line SET quantity = 2 WHERE sku = 'CUP'",
            "holds_equal_held",
            "CUP",
        ),
        (
            "UPDATE inventory_level SET on_hand = 4 WHERE sku = 'MUG'",
            "no_oversell",
            "MUG",
        ),
        (
            "UPDATE inventory_level SET held = -1 WHERE sku = 'CUP'",
            "no_negative",
            "CUP",
        ),
    ];
    for (statement, name, sku) in breaks {
        let inventory = busy().await;
        inventory.tamper_unguarded(statement).await;
        let checks = checks(&inventory).await;
        let check = &checks[name];
        assert_eq!(check.violation_count, 1, "{statement}: {checks:?}");
        assert!(
            check.violations[0]
                .subject
                .starts_with(&format!("{sku} at loc_")),
            "{check:?}"
        );
        assert!(!check.violations[0].detail.is_empty());
    }
}

fn fact_of<'a>(answer: &'a ListFactsResponse, subject: &str) -> &'a Fact {
    answer
        .facts
        .iter()
        .find(|fact| fact.subject == subject)
        .unwrap()
}

#[tokio::test]
async fn facts_are_told_by_order_and_credit() {
    let inventory = Inventory::start().await;
    inventory.receive(&[("CUP", 9), ("MUG", 9)]).await;
    let held = hold_request(&[("MUG", 1)]);
    inventory.ask(held.clone()).await.unwrap();
    let sold = hold_request(&[("MUG", 2), ("CUP", 1)]);
    let hold_id = inventory.ask(sold.clone()).await.unwrap().hold_id;
    let request = AllocateHoldRequest {
        request_id: key(),
        hold_id,
    };
    inventory.internal().allocate_hold(request).await.unwrap();
    // An attempt that was undone before it was made does not hide the one that stands.
    let mut never = sold.clone();
    never.request_id = key();
    inventory
        .internal()
        .release_hold(release_of(&never))
        .await
        .unwrap();
    let gone = hold_request(&[("MUG", 1)]);
    inventory.ask(gone.clone()).await.unwrap();
    inventory
        .internal()
        .release_hold(release_of(&gone))
        .await
        .unwrap();
    let credit = CreditId::new(&SystemIds).to_string();
    let back = ReturnStockRequest {
        request_id: key(),
        reference: credit.clone(),
        lines: demands(&[("MUG", 4)]),
        ..ReturnStockRequest::default()
    };
    inventory.internal().return_stock(back).await.unwrap();
    let all = facts(&inventory, ListFactsRequest::default()).await;
    let subjects: Vec<&str> = all.facts.iter().map(|fact| fact.subject.as_str()).collect();
    assert_eq!(
        subjects,
        [credit.as_str(), &held.owner, &sold.owner, &gone.owner]
    );
    let fact = fact_of(&all, &sold.owner);
    assert_eq!(fact.states["hold"], "ALLOCATED");
    assert_eq!(
        fact.quantities,
        BTreeMap::from([("CUP".to_owned(), 1), ("MUG".to_owned(), 2)])
    );
    assert!(!fact.live && fact_of(&all, &held.owner).live);
    assert!(fact_of(&all, &gone.owner).quantities.is_empty());
    assert_eq!(fact_of(&all, &gone.owner).states["hold"], "RELEASED");
    assert_eq!(fact_of(&all, &credit).quantities["MUG"], 4);
    // Page by page, and of some alone.
    let mut paged = Vec::new();
    let mut request = ListFactsRequest {
        page_size: 1,
        ..ListFactsRequest::default()
    };
    loop {
        let answer = facts(&inventory, request.clone()).await;
        paged.extend(answer.facts);
        if answer.next_page_token.is_empty() {
            break;
        }
        request.page_token = answer.next_page_token;
    }
    assert_eq!(paged, all.facts);
    let some = ListFactsRequest {
        subjects: vec![
            gone.owner.clone(),
            credit.clone(),
            crate::harness::order_id(),
        ],
        ..ListFactsRequest::default()
    };
    let some = facts(&inventory, some).await;
    assert_eq!(some.facts, [all.facts[0].clone(), all.facts[3].clone()]);
}
