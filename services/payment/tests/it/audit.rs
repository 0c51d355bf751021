//! What the doctor is told; each invariant broken once, and seen.

use serde_json::json;
use stoa_api::ops::v1::ListFactsRequest;
use stoa_store::Db;
use stoa_types::{Clock, Ctx, OperationId, SystemClock, SystemIds};

use crate::harness::{World, block_on, eventually, key, world};

/// Breaks the books by hand.
async fn tamper(db: &Db, sql: &'static str) {
    db.write("tests.tamper", move |tx| {
        Box::pin(async move {
            tx.execute(sql, &json!({})).await?;
            Ok(())
        })
    })
    .await
    .unwrap();
}

async fn taken() -> World {
    let world = world();
    let payment = world.payment.intent("tok_approve", 100).await;
    world.payment.authorize(&payment, &key()).await.unwrap();
    world.payment.capture(&payment, &key(), 100).await.unwrap();
    eventually("the sweep has seen both", async || {
        let swept = "SELECT position AS n FROM sweep";
        (world.payment.count(swept).await == 2).then_some(())
    })
    .await;
    world
}

fn ctx() -> Ctx {
    Ctx::background("doctor", SystemClock.now(), &SystemIds)
}

#[test]
fn each_broken_invariant_is_seen() {
    block_on(async {
        for (check, sql) in [
            (
                "ledger_zero",
                "UPDATE ledger_entry SET amount = amount + 1 WHERE account = 'SALES'",
            ),
            ("ledger_complete", "DELETE FROM ledger_entry"),
            ("sums_equal_operations", "UPDATE payment SET captured = 90"),
            (
                "nothing_beyond_allowed",
                "UPDATE payment SET authorized = 300, authorized_excess = 200",
            ),
            (
                "results_known",
                "UPDATE operation SET state = 'UNKNOWN', provider_id = NULL, created_at = 1, workflow_id = id",
            ),
            (
                "reservations_alive",
                "UPDATE payment SET state = 'AUTHORIZED'; ",
            ),
            (
                "books_equal_provider",
                "UPDATE operation SET state = 'FAILED' WHERE kind = 'CAPTURE'",
            ),
        ] {
            let world = taken().await;
            assert_eq!(world.payment.violations().await, Vec::<String>::new());
            tamper(&world.payment.db, sql).await;
            if check == "reservations_alive" {
                tamper(&world.payment.db, "UPDATE operation SET created_at = 1").await;
            }
            let found = world.payment.violations().await;
            assert!(
                found
                    .iter()
                    .any(|line| line.starts_with(&format!("{check}: "))),
                "{check}: {found:?}"
            );
        }
    });
}

#[test]
fn what_the_provider_did_without_us_is_seen_and_kept() {
    block_on(async {
        let world = taken().await;
        let stranger = OperationId::new(&SystemIds).to_string();
        let body = json!({
            "reference": stranger, "token": "tok_approve", "amount_minor": 7, "currency": "GBP"
        });
        reqwest::Client::new()
            .post(format!("{}/v1/credits", world.provider.url))
            .header("idempotency-key", &stranger)
            .json(&body)
            .send()
            .await
            .unwrap();
        let found = eventually("the sweep has seen it", async || {
            let found = world.payment.violations().await;
            // The books differ from the moment it is done, the list once the sweep has read it.
            let seen = found
                .iter()
                .any(|line| line.starts_with("provider_list_explained"));
            (seen && found.len() >= 2).then_some(found)
        })
        .await;
        assert!(
            found.iter().all(|line| line.contains(&stranger)),
            "{found:?}"
        );
        assert_eq!(found.len(), 2, "{found:?}");
    });
}

#[test]
fn facts_come_by_order_and_credit_in_pages() {
    block_on(async {
        let world = world();
        let payment = world.payment.intent("tok_approve", 100).await;
        world.payment.authorize(&payment, &key()).await.unwrap();
        world.payment.intent("tok_approve", 5).await;
        let credit = world.payment.credit_intent("tok_approve", 9).await;
        world.payment.credit(&credit, &key()).await.unwrap();
        let mut subjects = Vec::new();
        let mut token = String::new();
        loop {
            let request = ListFactsRequest {
                service: "payment".to_owned(),
                page_size: 1,
                page_token: token,
                ..Default::default()
            };
            let page = world
                .payment
                .audit
                .list_facts(&ctx(), request)
                .await
                .unwrap();
            subjects.extend(page.facts.iter().map(|fact| fact.subject.clone()));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(subjects.len(), 3);
        assert_eq!(subjects[0], credit.credit_id);
        let request = ListFactsRequest {
            service: "payment".to_owned(),
            subjects: vec![payment.order_id.clone()],
            ..Default::default()
        };
        let facts = world
            .payment
            .audit
            .list_facts(&ctx(), request)
            .await
            .unwrap();
        let fact = &facts.facts[0];
        assert_eq!(fact.amounts.get("authorized"), Some(&100));
        assert_eq!(fact.amounts.get("captured"), Some(&0));
        assert_eq!(
            fact.states.get("payment").map(String::as_str),
            Some("AUTHORIZED")
        );
        assert!(!fact.live);
    });
}
