//! Headers: which reach the RPC, the request id, and conditional requests.

use crate::support::{ask, get};

#[tokio::test]
async fn what_is_listed_reaches_the_rpc_and_nothing_else() {
    let sent = [
        ("idempotency-key", "k-1"),
        ("authorization", "Bearer t"),
        ("stoa-guest-secret", "s"),
        (
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
        ("grpc-timeout", "1S"),
        ("x-request-id", "mine-1"),
        ("stoa-caller", "order"),
        ("cookie", "c"),
    ];
    let answer = ask("GET", "/v1/seen", &sent, "").await;
    let seen = answer.json()["headers"].clone();
    for (name, value) in &sent[..6] {
        assert_eq!(seen[*name], *value, "{seen}");
    }
    assert!(
        seen.get("stoa-caller").is_none() && seen.get("cookie").is_none(),
        "{seen}"
    );
}

#[tokio::test]
async fn an_answer_carries_the_request_id_of_the_rpc_and_a_refusal_that_of_the_caller() {
    let answer = ask("GET", "/v1/seen", &[("x-request-id", "mine-1")], "").await;
    assert_eq!(
        answer.header("x-request-id"),
        "served-as",
        "the trailers name it"
    );
    let answer = ask("GET", "/v1/nothing", &[("x-request-id", "mine-1")], "").await;
    assert_eq!(answer.header("x-request-id"), "mine-1");
    let answer = ask("GET", "/v1/nothing", &[("x-request-id", "not an id")], "").await;
    assert_eq!(answer.header("x-request-id").len(), 36, "a new one");
}

#[tokio::test]
async fn if_match_becomes_the_etag_of_the_request() {
    let answer = ask("POST", "/v1/echo", &[("if-match", "\"e-1\"")], "").await;
    assert_eq!(answer.json()["etag"], "e-1");
    assert_eq!(answer.header("etag"), "\"e-1\"");
    let sent = [
        ("if-match", "\"e-1\""),
        ("content-type", "application/json"),
    ];
    let answer = ask("POST", "/v1/echo", &sent, r#"{"etag": "e-1"}"#).await;
    assert_eq!(answer.status, 200, "the same in both");
    let answer = ask("POST", "/v1/echo", &sent, r#"{"etag": "e-2"}"#).await;
    assert_eq!(
        answer.violation(),
        ("etag".to_owned(), "GIVEN_TWICE".to_owned())
    );
    let answer = ask("PATCH", "/v1/things/n", &[("if-match", "*")], "").await;
    assert!(answer.json().get("etag").is_none(), "any version will do");
}

#[tokio::test]
async fn a_copy_that_still_holds_is_not_sent_again() {
    let answer = ask(
        "GET",
        "/v1/things?etag=e-1",
        &[("if-none-match", "\"e-0\", \"e-1\"")],
        "",
    )
    .await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (304, 0));
    assert_eq!(answer.header("etag"), "\"e-1\"");
    let answer = ask(
        "GET",
        "/v1/things?etag=e-2",
        &[("if-none-match", "\"e-1\"")],
        "",
    )
    .await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        get("/v1/things").await.header("etag"),
        "",
        "no etag, no header"
    );
}
