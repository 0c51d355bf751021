//! The sandbox provider over its socket: what it does, what it refuses, what it keeps.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod actions;
mod harness;
mod kill;

use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;

use crate::harness::{Hands, Provider, authorization, id, part};

#[tokio::test]
async fn it_does_what_is_asked_and_refuses_what_its_books_forbid() {
    let data = tempfile::tempdir().unwrap();
    let provider = Provider::start(data.path(), Hands::new()).await;
    let auth = provider.authorized("a", "tok_approve", 100).await;
    let captures = format!("authorizations/{auth}/captures");

    let (status, body) = provider.post(&captures, "c1", part("c1", 60)).await;
    assert_eq!(status, StatusCode::CREATED);
    let capture = id(&body);
    let (status, body) = provider.post(&captures, "c2", part("c2", 41)).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(body["error"]["code"], "amount_exceeds_authorized");

    let refunds = format!("captures/{capture}/refunds");
    assert_eq!(
        provider.post(&refunds, "r1", part("r1", 50)).await.0,
        StatusCode::CREATED
    );
    let (status, body) = provider.post(&refunds, "r2", part("r2", 11)).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(body["error"]["code"], "amount_exceeds_captured");

    let voids = format!("authorizations/{auth}/voids");
    let (status, body) = provider
        .post(&voids, "v", json!({ "reference": "v" }))
        .await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(body["operation"]["amount_minor"], 40, "all that is left");

    let credit = authorization("k", "tok_approve", 7);
    assert_eq!(
        provider.post("credits", "k", credit).await.0,
        StatusCode::CREATED
    );

    let (_, body) = provider.get("balances").await;
    let gbp = &body["balances"][0];
    for (name, amount) in [
        ("authorized_minor", 0),
        ("captured_minor", 60),
        ("voided_minor", 40),
        ("refunded_minor", 50),
        ("credited_minor", 7),
        ("operations", 5),
    ] {
        assert_eq!(gbp[name], amount, "{name}");
    }

    let (_, body) = provider.get("operations?after=0&limit=100").await;
    let positions: Vec<i64> = body["operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|op| op["position"].as_i64().unwrap())
        .collect();
    assert_eq!(
        positions,
        (1..=7).collect::<Vec<_>>(),
        "dense, declines included"
    );
    provider.stop().await;
}

#[tokio::test]
async fn a_second_request_under_a_key_is_answered_the_same() {
    let data = tempfile::tempdir().unwrap();
    let clock = Hands::new();
    let provider = Provider::start(data.path(), clock.clone()).await;
    let (_, first) = provider.authorize("a", "tok_approve", 100).await;
    let (status, again) = provider.authorize("a", "tok_approve", 100).await;
    assert_eq!((status, &again), (StatusCode::OK, &first));

    let (first, body) = provider.authorize("d", "tok_decline", 100).await;
    let (again, same) = provider.authorize("d", "tok_decline", 100).await;
    assert_eq!((first, &body), (again, &same));
    assert_eq!(body["error"]["code"], "card_declined");

    let (status, _) = provider.authorize("a", "tok_approve", 101).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "another request");
    let other_key = authorization("a", "tok_approve", 100);
    let (status, _) = provider.post("authorizations", "b", other_key).await;
    assert_eq!(status, StatusCode::CONFLICT, "the reference is taken");

    // Keys are forgotten after their time; references are not.
    clock.forward(Duration::from_secs(25 * 3600));
    let (status, body) = provider.authorize("a", "tok_approve", 100).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(body["error"]["code"], "duplicate_reference");
    provider.stop().await;
}

#[tokio::test]
async fn equal_keys_at_the_same_time_are_one_operation() {
    let data = tempfile::tempdir().unwrap();
    let provider = Arc::new(Provider::start(data.path(), Hands::new()).await);
    let calls = (0..20).map(|_| {
        let provider = Arc::clone(&provider);
        tokio::spawn(async move { provider.authorize("same", "tok_approve", 9).await })
    });
    let mut ids = Vec::new();
    let mut made = 0;
    for call in calls.collect::<Vec<_>>() {
        let (status, body) = call.await.unwrap();
        made += usize::from(status == StatusCode::CREATED);
        ids.push(id(&body));
    }
    ids.dedup();
    assert_eq!((ids.len(), made), (1, 1));
    let (_, body) = provider.get("operations?after=0").await;
    assert_eq!(body["last_position"], 1);
}

#[tokio::test]
async fn what_is_not_answered_has_happened_or_not() {
    let data = tempfile::tempdir().unwrap();
    let provider = Provider::start(data.path(), Hands::new()).await;
    for (name, token) in [
        ("yes", "tok_timeout_then_succeed"),
        ("no", "tok_timeout_then_fail"),
        ("lost", "tok_lost"),
    ] {
        let body = authorization(name, token, 5);
        provider.unanswered("authorizations", name, body).await;
    }
    let (status, body) = provider.find("yes").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["operation"]["state"], "succeeded");
    let (status, body) = provider.find("no").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["operation"]["state"], "declined");
    assert_eq!(provider.find("lost").await.0, StatusCode::NOT_FOUND);
    assert_eq!(
        provider
            .authorize("yes", "tok_timeout_then_succeed", 5)
            .await
            .0,
        StatusCode::OK,
        "sent again under its key it is answered"
    );
    provider.stop().await;
}

#[tokio::test]
async fn what_is_not_found_may_still_take_effect_within_the_settle_window() {
    let data = tempfile::tempdir().unwrap();
    let clock = Hands::new();
    let provider = Provider::start(data.path(), clock.clone()).await;
    let body = authorization("n", "tok_not_found_then_succeed", 5);
    provider
        .unanswered("authorizations", "n", body.clone())
        .await;
    assert_eq!(provider.find("n").await.0, StatusCode::NOT_FOUND);
    let (status, again) = provider.post("authorizations", "n", body.clone()).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(again["error"]["code"], "in_progress");
    let (_, list) = provider.get("operations?after=0").await;
    assert_eq!(list["last_position"], 0, "not yet in the list");

    clock.forward(Duration::from_secs(1));
    let (status, found) = provider.find("n").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(found["operation"]["state"], "succeeded");
    assert_eq!(
        provider.post("authorizations", "n", body).await.0,
        StatusCode::OK
    );
    provider.stop().await;
}

#[tokio::test]
async fn later_operations_behave_as_the_token_says() {
    let data = tempfile::tempdir().unwrap();
    let clock = Hands::new();
    let provider = Provider::start(data.path(), clock.clone()).await;
    let auth = provider.authorized("a", "tok_capture_declined", 5).await;
    let captures = format!("authorizations/{auth}/captures");
    let (status, body) = provider.post(&captures, "c", part("c", 5)).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(body["error"]["code"], "capture_declined");

    let slow = provider.authorize("s", "tok_slow", 5).await;
    assert_eq!(slow.0, StatusCode::CREATED);

    let auth = provider.authorized("b", "tok_approve", 5).await;
    clock.forward(Duration::from_secs(8 * 24 * 3600));
    let captures = format!("authorizations/{auth}/captures");
    let (_, body) = provider.post(&captures, "late", part("late", 5)).await;
    assert_eq!(body["error"]["code"], "authorization_expired");
    provider.stop().await;
}

#[tokio::test]
async fn what_it_cannot_read_it_says_so() {
    let data = tempfile::tempdir().unwrap();
    let provider = Provider::start(data.path(), Hands::new()).await;
    let good = authorization("a", "tok_approve", 5);
    for (code, change) in [
        ("reference", json!({ "reference": "" })),
        ("amount", json!({ "amount_minor": 0 })),
        ("amount", json!({ "amount_minor": null })),
        ("token", json!({ "token": null })),
        ("unknown_token", json!({ "token": "tok_nonsense" })),
        ("currency", json!({ "currency": "XXY" })),
        ("unreadable", json!({ "amount_minor": 1.5 })),
        ("unreadable", json!({ "surprise": 1 })),
    ] {
        let mut body = good.clone();
        for (field, value) in change.as_object().unwrap() {
            body[field] = value.clone();
        }
        let (status, answer) = provider.post("authorizations", "k", body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{change}");
        assert_eq!(answer["error"]["code"], code, "{change}");
    }
    let (status, _) = provider.post("authorizations", "", good).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "no key");
    let (status, _) = provider
        .post("authorizations/auth_0/captures", "c", part("c", 1))
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (_, list) = provider.get("operations?after=0").await;
    assert_eq!(list["last_position"], 0, "nothing was written");
    provider.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a figure, taken by hand on a quiet machine"]
async fn pace() {
    let data = tempfile::tempdir().unwrap();
    let provider = Arc::new(Provider::start(data.path(), Hands::new()).await);
    let start = std::time::Instant::now();
    let (customers, each) = (64, 100);
    let calls: Vec<_> = (0..customers)
        .map(|customer| {
            let provider = Arc::clone(&provider);
            tokio::spawn(async move {
                for n in 0..each {
                    let name = format!("{customer}/{n}");
                    provider.authorized(&name, "tok_approve", 5).await;
                }
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    let rate = f64::from(customers * each) / start.elapsed().as_secs_f64();
    eprintln!("{rate:.0} durable authorisations/s, client included");
}
