//! What the staff did stands beside its effect, and nothing else does.

use std::sync::Arc;

use stoa_store::Options;
use stoa_store::audit::{self, Filter, Recorded};
use stoa_types::{Clock, Ctx, Permissions, Principal, SystemClock};

use crate::support::{LEDGER, Shop, Stopped, Take, Taking, call, open_at};

fn staff(id: &str, name: &str, reason: Option<&str>) -> Ctx {
    let mut ctx = call(id, 1);
    ctx.principal = Principal::Staff {
        name: name.to_owned(),
        permissions: Permissions::All,
    };
    ctx.reason = reason.map(str::to_owned);
    if let Some(key) = &mut ctx.key {
        key.scope = ctx.principal.scope();
    }
    ctx
}

fn told(entries: &[Recorded]) -> Vec<(&str, Option<&str>, Option<&str>, &str)> {
    let each = entries.iter().map(|entry| {
        (
            entry.actor.as_str(),
            entry.subject.as_deref(),
            entry.reason.as_deref(),
            entry.outcome.as_str(),
        )
    });
    each.collect()
}

#[tokio::test]
async fn what_the_staff_does_is_recorded_once_and_what_others_do_is_not() {
    let shop = Shop::open().await;
    shop.receive(10).await;
    let queue = shop.db.queue(Take::default());
    let found = staff("1", "anna", Some("found broken"));
    let much = staff("2", "ben", None);
    let early = staff("3", "ben", None);
    let service = call("4", 1);
    queue.submit(&found, Taking::of("x", 3)).await.unwrap();
    queue.submit(&found, Taking::of("x", 3)).await.unwrap();
    queue.submit(&much, Taking::of("y", 99)).await.unwrap_err();
    let free = Taking::of("comes too early", 1);
    queue.submit(&early, free).await.unwrap_err();
    queue.submit(&service, Taking::of("z", 1)).await.unwrap();

    let mut keyless = staff("5", "anna", None);
    keyless.key = None;
    queue.submit(&keyless, Taking::of("w", 1)).await.unwrap();

    let all = audit::list(&shop.db, &Filter::default(), 10).await.unwrap();
    assert_eq!(
        told(&all),
        [
            ("staff:ben", None, None, "OUT_OF_STOCK"),
            (
                "staff:anna",
                Some("taking/x"),
                Some("found broken"),
                audit::DONE
            ),
        ]
    );
    assert_eq!(all[0].request_id, much.request_id);
}

#[tokio::test]
async fn a_list_is_filtered_and_paged_also_among_entries_of_one_moment() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Stopped::at(SystemClock.now());
    let shop = Shop {
        db: open_at(
            folder.path(),
            Options::default(),
            vec![LEDGER],
            Arc::<Stopped>::clone(&clock),
        )
        .await
        .unwrap(),
        folder,
    };
    shop.receive(100).await;
    let queue = shop.db.queue(Take::default());
    for id in 0..6 {
        let who = if id % 2 == 0 { "anna" } else { "ben" };
        let ctx = staff(&id.to_string(), who, None);
        let subject = if id < 3 { "early" } else { "late" };
        queue.submit(&ctx, Taking::of(subject, 1)).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut filter = Filter::default();
    loop {
        let page = audit::list(&shop.db, &filter, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        filter.after = Some(last.place());
        seen.extend(page.iter().map(|entry| entry.id));
    }
    assert_eq!(seen.len(), 6);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 6);
    let of = |subject: Option<&str>, actor: Option<&str>| Filter {
        subject: subject.map(str::to_owned),
        actor: actor.map(str::to_owned),
        after: None,
    };
    for (filter, count) in [
        (of(Some("taking/early"), None), 3),
        (of(Some("taking/early"), Some("staff:anna")), 2),
        (of(None, Some("staff:ben")), 3),
        (of(Some("taking/nothing"), None), 0),
    ] {
        let found = audit::list(&shop.db, &filter, 10).await.unwrap();
        assert_eq!(found.len(), count, "{filter:?}");
    }
}
