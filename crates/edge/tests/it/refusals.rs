//! What the edge refuses, and what a refusal looks like.

use axum::body::Body;
use serde_json::json;

use crate::support::{Answer, ask, get, post};

fn is_problem(answer: &Answer, status: u16, reason: &str) {
    let json = answer.json();
    assert_eq!(answer.status, status, "{json}");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(json["status"], status);
    assert_eq!(json["reason"], reason, "{json}");
    assert_eq!(json["type"], format!("/docs/errors/{reason}"));
    assert_eq!(json["domain"], "stoa");
    assert_eq!(json["instance"], answer.header("x-request-id"));
    assert!(!json["detail"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn unknown_fields_are_refused_by_name() {
    for (body, field) in [
        (r#"{"nope": 1}"#, "nope"),
        (r#"{"inner": {"nope": 1}}"#, "inner.nope"),
        (r#"{"lines": [{}, {"nope": null}]}"#, "lines[1].nope"),
        (
            r#"{"inners": {"a b": {"nope": 1}}}"#,
            "inners[\"a b\"].nope",
        ),
    ] {
        let answer = post(body).await;
        is_problem(&answer, 400, "MALFORMED");
        assert_eq!(
            answer.violation(),
            (field.to_owned(), "UNKNOWN_FIELD".to_owned()),
            "{body}"
        );
    }
    for uri in [
        "/v1/things?nope=1",
        "/v1/things?inner.nope=1",
        "/v1/things?text.nope=1",
        "/v1/things?inner=1",
        "/v1/things?options=a",
        "/v1/things?lines.name=a",
    ] {
        let answer = get(uri).await;
        is_problem(&answer, 400, "MALFORMED");
        assert_eq!(answer.violation().1, "UNKNOWN_FIELD", "{uri}");
    }
    let answer = ask("POST", "/v1/echo?text=a", &[], "").await;
    assert_eq!(
        answer.violation(),
        ("text".to_owned(), "UNKNOWN_FIELD".to_owned()),
        "body * takes no query"
    );
    let answer = ask("PATCH", "/v1/things/n?inner.quantity=1", &[], "").await;
    assert_eq!(
        answer.violation(),
        ("inner.quantity".to_owned(), "UNKNOWN_FIELD".to_owned()),
        "belongs into the body"
    );
}

#[tokio::test]
async fn every_fault_of_path_and_query_is_told_at_once() {
    let answer = get("/v1/numbers/x?int32Value=y&nope=1").await;
    let json = answer.json();
    let fields: Vec<&str> = json["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["int64_value", "int32_value", "nope"]);
    assert!(
        json["detail"].as_str().unwrap().ends_with("(and 2 more)"),
        "{json}"
    );
}

#[tokio::test]
async fn what_is_given_twice_is_refused() {
    for uri in [
        "/v1/things?text=a&text=b",
        "/v1/things/a?text=b",
        "/v1/things?left=a&right=1",
        "/v1/things?middle.name=a&right=1",
    ] {
        let answer = get(uri).await;
        is_problem(&answer, 400, "MALFORMED");
        assert_eq!(answer.violation().1, "GIVEN_TWICE", "{uri}");
    }
    let json_type = [("content-type", "application/json")];
    let answer = ask("POST", "/v1/things/a:act", &json_type, r#"{"text": "b"}"#).await;
    assert_eq!(
        answer.violation(),
        ("text".to_owned(), "GIVEN_TWICE".to_owned())
    );
    let answer = post(r#"{"left": "a", "right": 1}"#).await;
    assert_eq!(answer.status, 400, "two of a choice");
    for (body, field) in [
        (r#"{"text": "a", "text": "a"}"#, "text"),
        (r#"{"int64Value": 1, "int64_value": "1"}"#, "int64_value"),
        (
            r#"{"lines": [{"name": "a", "name": "b"}]}"#,
            "lines[0].name",
        ),
        (r#"{"options": {"k": "a", "k": "b"}}"#, "options[\"k\"]"),
        (
            r#"{"inners": {"k": {"name": "a", "name": ["b", {}]}}}"#,
            "inners[\"k\"].name",
        ),
    ] {
        let answer = post(body).await;
        assert_eq!(
            answer.violation(),
            (field.to_owned(), "GIVEN_TWICE".to_owned()),
            "{body}"
        );
    }
    let answer = post(r#"{"options": {"aB": "1", "a_b": "2"}}"#).await;
    assert_eq!(answer.status, 200, "the keys of a map are what they are");
}

#[tokio::test]
async fn malformed_percent_encoding_is_refused() {
    for (uri, field) in [
        ("/v1/things/%zz", "text"),
        ("/v1/things/a%2", "text"),
        ("/v1/things/%ff", "text"),
        ("/v1/files/a/%c3", "text"),
        ("/v1/things?text=%", "text"),
        ("/v1/things?%f=1", "%f"),
    ] {
        let answer = get(uri).await;
        is_problem(&answer, 400, "MALFORMED");
        assert_eq!(
            answer.violation(),
            (field.to_owned(), "BAD_ENCODING".to_owned()),
            "{uri}"
        );
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    for body in ["{", "{}{}", "not json", "{\"text\": }", "\u{1}"] {
        let answer = post(body).await;
        is_problem(&answer, 400, "MALFORMED");
        assert_eq!(
            answer.violation(),
            ("body".to_owned(), "NOT_JSON".to_owned()),
            "{body}"
        );
    }
    for body in ["null", "[]", "5"] {
        let answer = post(body).await;
        assert_eq!(
            answer.violation(),
            ("body".to_owned(), "WRONG_TYPE".to_owned()),
            "{body}"
        );
    }
    let answer = post(vec![b'"', 0xff, b'"']).await;
    is_problem(&answer, 400, "MALFORMED");
    let deep = format!("{}1{}", "{\"inner\":".repeat(200), "}".repeat(200));
    is_problem(&post(deep).await, 400, "MALFORMED");
    let answer = ask(
        "POST",
        "/v1/echo",
        &[("content-type", "application/x-www-form-urlencoded")],
        "a=b",
    )
    .await;
    is_problem(&answer, 415, "MALFORMED");
    let answer = ask(
        "GET",
        "/v1/things",
        &[("content-type", "application/json")],
        "{}",
    )
    .await;
    is_problem(&answer, 400, "MALFORMED");
}

#[tokio::test]
async fn too_large_a_body_is_refused() {
    let just = format!(
        "{{\"text\": \"{}\"}}",
        "x".repeat(stoa_edge::MESSAGE_LIMIT - 12)
    );
    assert_eq!(just.len(), stoa_edge::MESSAGE_LIMIT);
    assert_eq!(post(just.clone()).await.status, 200);
    is_problem(&post(format!("{just} ")).await, 413, "MESSAGE_TOO_LARGE");
    let endless =
        futures::stream::iter((0..5).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1024 * 1024])));
    is_problem(
        &post(Body::from_stream(endless)).await,
        413,
        "MESSAGE_TOO_LARGE",
    );
}

#[tokio::test]
async fn an_unknown_path_and_an_unknown_method_are_problems() {
    for uri in [
        "/",
        "/v1",
        "/v1/nothing",
        "/v1/things/",
        "/v1/things/a/b",
        "/v1/secret",
        "/test.echo.v1.EchoService/Echo",
        "//",
        "/v1//things",
    ] {
        is_problem(&get(uri).await, 404, "METHOD_NOT_FOUND");
    }
    is_problem(
        &ask("POST", "/v1/things/a:unknown", &[], "").await,
        404,
        "METHOD_NOT_FOUND",
    );
    let answer = ask("POST", "/v1/things/a", &[], "").await;
    is_problem(&answer, 405, "METHOD_NOT_ALLOWED");
    assert_eq!(answer.header("allow"), "DELETE, GET, HEAD, OPTIONS, PATCH");
    let answer = ask("GET", "/v1/echo", &[], "").await;
    is_problem(&answer, 405, "METHOD_NOT_ALLOWED");
    assert_eq!(answer.header("allow"), "OPTIONS, POST");
    is_problem(
        &ask("DELETE", "/openapi.json", &[], "").await,
        405,
        "METHOD_NOT_ALLOWED",
    );
}

#[tokio::test]
async fn head_and_options_are_answered() {
    let head = ask("HEAD", "/v1/things/a", &[], "").await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(head.header("content-type"), "application/json");
    let head = ask("HEAD", "/v1/nothing", &[], "").await;
    assert_eq!((head.status.as_u16(), head.body.len()), (404, 0));
    let options = ask("OPTIONS", "/v1/echo", &[], "").await;
    assert_eq!(
        (options.status.as_u16(), options.header("allow")),
        (204, "OPTIONS, POST")
    );
    assert_eq!(ask("OPTIONS", "/v1/nothing", &[], "").await.status, 404);
}

#[tokio::test]
async fn a_refusal_of_the_rpc_is_told_whole() {
    let answer = get("/v1/things/refuse").await;
    is_problem(&answer, 400, "OUT_OF_STOCK");
    assert_eq!(answer.header("retry-after"), "2");
    assert_eq!(answer.header("x-request-id"), "from-the-routes");
    assert_eq!(
        answer.json(),
        json!({
            "type": "/docs/errors/OUT_OF_STOCK", "title": "Out of stock", "status": 400, "detail": "only 2 left",
            "instance": "from-the-routes", "code": "FAILED_PRECONDITION", "reason": "OUT_OF_STOCK", "domain": "stoa",
            "metadata": {"sku": "A-1"}, "retry_after": 1.5,
            "violations": [{"field": "lines[0].quantity", "reason": "", "description": "must be at least 1"}]
        })
    );
}
