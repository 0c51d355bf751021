//! What customers, their banks and the console do; and what the provider tells of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::post;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::{Hands, Provider, authorization, id, part};

#[tokio::test]
async fn a_customer_acts_at_his_address() {
    let data = tempfile::tempdir().unwrap();
    let provider = Provider::start(data.path(), Hands::new()).await;
    for (name, answer, state) in [("y", "approve", "succeeded"), ("n", "refuse", "declined")] {
        let (status, body) = provider.authorize(name, "tok_action_done", 5).await;
        assert_eq!(status, StatusCode::ACCEPTED);
        assert_eq!(body["operation"]["state"], "requires_action");
        let (status, again) = provider.authorize(name, "tok_action_done", 5).await;
        assert_eq!((status, &again), (StatusCode::ACCEPTED, &body), "again");
        let (status, found) = provider.find(name).await;
        assert_eq!((status, &found), (StatusCode::OK, &body), "looked up");
        let (_, list) = provider.get("operations?after=0").await;
        let before = list["last_position"].as_i64().unwrap();

        let url = body["operation"]["action"]["url"].as_str().unwrap();
        let page = provider.client.get(url).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        let act = || provider.client.post(format!("{url}/{answer}")).send();
        assert_eq!(act().await.unwrap().status(), StatusCode::OK);
        assert_eq!(act().await.unwrap().status(), StatusCode::CONFLICT, "once");
        let (_, found) = provider.find(name).await;
        assert_eq!(found["operation"]["state"], state);
        let (_, list) = provider.get("operations?after=0").await;
        assert_eq!(list["last_position"], before + 1, "it is in the list now");
    }
    provider.stop().await;
}

#[tokio::test]
async fn who_does_not_act_in_time_is_declined_or_too_late() {
    let data = tempfile::tempdir().unwrap();
    let clock = Hands::new();
    let provider = Provider::start(data.path(), clock.clone()).await;
    for token in ["tok_action_done", "tok_action_abandoned", "tok_action_late"] {
        let (status, _) = provider.authorize(token, token, 5).await;
        assert_eq!(status, StatusCode::ACCEPTED);
    }
    clock.forward(Duration::from_secs(601));
    for token in ["tok_action_done", "tok_action_abandoned"] {
        let (_, found) = provider.find(token).await;
        assert_eq!(found["operation"]["state"], "declined");
        assert_eq!(found["operation"]["code"], "action_expired");
    }
    let (_, found) = provider.find("tok_action_late").await;
    assert_eq!(found["operation"]["state"], "requires_action");
    clock.forward(Duration::from_secs(6));
    let (_, found) = provider.find("tok_action_late").await;
    assert_eq!(found["operation"]["state"], "succeeded");
    provider.stop().await;
}

#[tokio::test]
async fn a_sale_takes_at_once_and_is_refunded() {
    let data = tempfile::tempdir().unwrap();
    let provider = Provider::start(data.path(), Hands::new()).await;
    let sale = authorization("s", "tok_approve", 100);
    let (status, body) = provider.post("sales", "s", sale).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(body["operation"]["kind"], "sale");
    let refunds = format!("captures/{}/refunds", id(&body));
    let (status, _) = provider.post(&refunds, "r", part("r", 60)).await;
    assert_eq!(status, StatusCode::CREATED);
    let (status, _) = provider.post(&refunds, "q", part("q", 41)).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    let (_, body) = provider.get("balances").await;
    assert_eq!(body["balances"][0]["captured_minor"], 100);
    assert_eq!(body["balances"][0]["authorized_minor"], 0);
    assert_eq!(body["balances"][0]["refunded_minor"], 60);
    let declined = authorization("d", "tok_decline", 100);
    let (status, _) = provider.post("sales", "d", declined).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    provider.stop().await;
}

#[tokio::test]
async fn a_capture_is_declined_once() {
    let data = tempfile::tempdir().unwrap();
    let provider = Provider::start(data.path(), Hands::new()).await;
    let auth = provider
        .authorized("a", "tok_capture_declined_once", 5)
        .await;
    let captures = format!("authorizations/{auth}/captures");
    let (status, _) = provider.post(&captures, "1", part("1", 5)).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    let (status, _) = provider.post(&captures, "2", part("2", 5)).await;
    assert_eq!(status, StatusCode::CREATED);
    provider.stop().await;
}

/// What a merchant heard: the signature and the body of each.
type Heard = Arc<Mutex<Vec<(String, Value)>>>;

/// A merchant who listens; his address.
async fn merchant(heard: Heard) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let hear = move |headers: HeaderMap, body: axum::Json<Value>| async move {
        let signature = headers["provider-signature"].to_str().unwrap().to_owned();
        heard.lock().unwrap().push((signature, body.0));
    };
    let router = Router::new().route("/hook", post(hear));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn the_console_and_the_bank_do_what_nobody_asked_for_and_it_is_told() {
    let data = tempfile::tempdir().unwrap();
    let provider = Provider::start(data.path(), Hands::new()).await;
    let heard = Heard::default();
    let hook = json!({ "url": merchant(heard.clone()).await, "secret": "secret" });
    assert_eq!(provider.put("webhook", hook).await, StatusCode::NO_CONTENT);
    let auth = provider.authorized("a", "tok_approve", 100).await;
    let captures = format!("authorizations/{auth}/captures");
    provider.post(&captures, "c", part("c", 100)).await;

    let deed = |amount: i64| json!({ "reference": "c", "amount_minor": amount });
    let (status, body) = provider.post("console/refunds", "", deed(60)).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(body["operation"]["parent_reference"], "c");
    let (status, _) = provider.post("console/refunds", "", deed(60)).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED, "more than was taken");
    let (status, body) = provider.post("console/chargebacks", "", deed(100)).await;
    assert_eq!(status, StatusCode::CREATED, "a bank does not ask");
    assert_eq!(body["operation"]["kind"], "chargeback");
    let (_, list) = provider.get("operations?after=2").await;
    assert_eq!(list["operations"][0]["parent_reference"], "c");

    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while heard.lock().unwrap().len() < 2 {
        assert!(tokio::time::Instant::now() < deadline, "it was not told");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let first = heard.lock().unwrap()[0].clone();
    assert!(first.0.starts_with("t=1700000000,v1="), "{}", first.0);
    assert!(first.1["id"].as_str().unwrap().starts_with("evt_rfnd_"));
    provider.stop().await;
}

#[tokio::test]
async fn it_is_told_before_the_answer_or_twice() {
    let data = tempfile::tempdir().unwrap();
    let provider = Provider::start(data.path(), Hands::new()).await;
    let heard = Heard::default();
    let hook = json!({ "url": merchant(heard.clone()).await, "secret": "secret" });
    provider.put("webhook", hook).await;
    provider.authorized("a", "tok_webhook_first", 100).await;
    assert_eq!(heard.lock().unwrap().len(), 1, "before the answer");
    provider.authorized("b", "tok_webhook_twice", 100).await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while heard.lock().unwrap().len() < 3 {
        assert!(tokio::time::Instant::now() < deadline, "it was not told");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let heard = heard.lock().unwrap();
    assert_eq!(heard[1].1, heard[2].1, "the same event");
    assert_eq!(heard[1].1["reference"], "b");
}
