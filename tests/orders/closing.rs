//! Books that are closed over what is at rest: what is open afterwards is what has happened since, in every service and on
//! either engine; what was edited is found.

use stoa_api::ops::v1::{
    CheckInvariantsRequest, CloseBooksRequest, Fact, InvariantCheck, Judged, ListFactsRequest,
};
use stoa_testkit::eventually;

use crate::database::Database;
use crate::shop::{MUG, ONCE, Shop};

const SERVICES: [&str; 3] = ["inventory", "payment", "order"];

async fn open(shop: &Shop, service: &str) -> Vec<Fact> {
    let mut request = ListFactsRequest {
        service: service.to_owned(),
        page_size: 2,
        open: true,
        ..ListFactsRequest::default()
    };
    let mut facts: Vec<Fact> = Vec::new();
    loop {
        let page = shop.done(request.clone()).await;
        for fact in page.facts {
            // A subject may come twice.
            if facts.iter().all(|known| known.subject != fact.subject) {
                facts.push(fact);
            }
        }
        if page.next_page_token.is_empty() {
            return facts;
        }
        request.page_token = page.next_page_token;
    }
}

/// What is open when nothing moves.
async fn resting(shop: &Shop, service: &str) -> Vec<Fact> {
    eventually("all work to end", || async {
        let facts = open(shop, service).await;
        let moves =
            |fact: &Fact| fact.live || fact.states.get("hold").is_some_and(|it| it == "HELD");
        (!facts.iter().any(moves)).then_some(facts)
    })
    .await
}

async fn close(shop: &Shop, service: &str, facts: &[Fact], anew: bool) -> i64 {
    let judged = facts.iter().map(|fact| Judged {
        subject: fact.subject.clone(),
        version: fact.version,
    });
    let request = CloseBooksRequest {
        service: service.to_owned(),
        judged: judged.collect(),
        anew,
        ..CloseBooksRequest::default()
    };
    shop.done(request).await.closed
}

async fn checks(shop: &Shop, service: &str, full: bool) -> Vec<InvariantCheck> {
    let request = CheckInvariantsRequest {
        service: service.to_owned(),
        full,
    };
    shop.done(request).await.checks
}

async fn broken(shop: &Shop, service: &str, full: bool) -> Vec<String> {
    let checks = checks(shop, service, full).await.into_iter();
    let broken = checks.filter(|check| check.violation_count > 0);
    broken.map(|check| check.name).collect()
}

/// Every service that keeps closing rows, closed over all that is open in it.
async fn close_all(shop: &Shop) {
    for service in SERVICES {
        let facts = resting(shop, service).await;
        close(shop, service, &facts, false).await;
        assert_eq!(subjects(&open(shop, service).await), [""; 0], "{service}");
    }
}

fn subjects(facts: &[Fact]) -> Vec<&str> {
    facts.iter().map(|fact| fact.subject.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_is_what_has_happened_since() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    for _ in 0..3 {
        shop.buy(&ada, ONCE, &[(MUG, 1)], "tok_approve").await;
    }
    let shipped = shop.buy(&ada, ONCE, &[(MUG, 2)], "tok_approve").await;
    shop.ship(&shipped).await;
    shop.done(crate::credits::credit("C-1", "tok_approve"))
        .await;
    close_all(&shop).await;
    let later = shop.buy(&ada, ONCE, &[(MUG, 1)], "tok_approve").await;
    for service in SERVICES {
        let facts = resting(&shop, service).await;
        assert_eq!(subjects(&facts), [later.order_id.as_str()], "{service}");
        for full in [false, true] {
            assert_eq!(broken(&shop, service, full).await, [""; 0], "{service}");
        }
        // One that has changed since it was judged stays open.
        let mut older = facts.clone();
        older[0].version -= 1;
        assert_eq!(close(&shop, service, &older, false).await, 0, "{service}");
        assert_eq!(
            subjects(&open(&shop, service).await),
            [later.order_id.as_str()]
        );
        assert_eq!(close(&shop, service, &facts, false).await, 1, "{service}");
        let rows = |checks: &[InvariantCheck]| checks.iter().map(|check| check.rows).sum::<i64>();
        let (some, all) = (
            rows(&checks(&shop, service, false).await),
            rows(&checks(&shop, service, true).await),
        );
        assert!(some < all, "{service}: {some} of {all}");
    }
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_a_closing_row_is_always_seen_and_one_below_it_when_all_is_read() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    shop.buy(&ada, ONCE, &[(MUG, 1)], "tok_approve").await;
    close_all(&shop).await;
    let db = Database::of(&shop).await;
    db.change("UPDATE order_closing SET subjects = subjects + 1")
        .await;
    for full in [false, true] {
        assert_eq!(broken(&shop, "order", full).await, ["closing_rows"]);
    }
    close(&shop, "order", &[], true).await;
    for full in [false, true] {
        assert_eq!(broken(&shop, "order", full).await, [""; 0]);
    }
    // What was closed before the row was made anew is judged again.
    let facts = resting(&shop, "order").await;
    assert_eq!(facts.len(), 1);
    close(&shop, "order", &facts, false).await;
    db.change("UPDATE event_log SET actor = 'nobody', occurred_at = occurred_at - 1 WHERE aggregate_version = 1")
        .await;
    assert_eq!(broken(&shop, "order", false).await, [""; 0]);
    let found = broken(&shop, "order", true).await;
    assert_eq!(found, ["orders_equal_their_events", "closing_rows"]);
    db.close().await;
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_rows_that_were_edited_are_made_anew_from_what_they_stand_for() {
    let shop = Shop::open().await;
    let ada = shop.guest("ada");
    for _ in 0..2 {
        shop.buy(&ada, ONCE, &[(MUG, 1)], "tok_approve").await;
    }
    close_all(&shop).await;
    let edits = [
        (
            "inventory",
            "UPDATE inventory_closing SET on_hand = on_hand + 1",
        ),
        (
            "payment",
            "UPDATE payment_closing SET amount = amount + 1 WHERE account <> 'LIST'",
        ),
    ];
    for (service, edit) in edits {
        let db = Database::named(&shop, service).await;
        db.change(edit).await;
        db.close().await;
        for full in [false, true] {
            assert_eq!(broken(&shop, service, full).await, ["closing_rows"]);
        }
        close(&shop, service, &[], true).await;
        for full in [false, true] {
            assert_eq!(broken(&shop, service, full).await, [""; 0], "{service}");
        }
        // What was closed stays so.
        assert_eq!(subjects(&open(&shop, service).await), [""; 0], "{service}");
    }
    shop.suite.stop().await;
}
