//! Values of every type: through the body, the query and the path, and each of a wrong type.

use serde_json::json;

use crate::support::{ask, get, post, sorted};

#[tokio::test]
async fn every_type_comes_back_as_it_went() {
    let everything = json!({
        "text": "täxt \"quoted\"",
        "boolValue": true,
        "int32Value": -1,
        "int64Value": "-9223372036854775808",
        "uint32Value": 4294967295_u32,
        "uint64Value": "18446744073709551615",
        "sint32Value": -2147483648,
        "sint64Value": "9223372036854775807",
        "fixed32Value": 1,
        "fixed64Value": "2",
        "sfixed32Value": -3,
        "sfixed64Value": "-4",
        "floatValue": 1.5,
        "doubleValue": -0.25,
        "data": "AP+A",
        "kind": "KIND_GOODS",
        "inner": {"name": "a", "quantity": 2, "inner": {"name": "b"}},
        "tags": ["x", "y"],
        "lines": [{"name": "1"}, {}],
        "options": {"colour": "blue"},
        "inners": {"k": {"quantity": 7}},
        "numbers": {"-1": "5"},
        "at": "2026-11-21T07:00:00.123456Z",
        "span": "1.500s",
        "mask": "createTime,inner.name",
        "wrapped": "12",
        "maybe": 0,
        "right": 3,
        "kinds": ["KIND_SERVICE", "KIND_UNSPECIFIED"],
        "etag": "e-1"
    });
    let answer = post(everything.to_string()).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    assert_eq!(sorted(&answer.json()), sorted(&everything));
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn proto_names_and_numbers_are_read_too() {
    let answer = post(r#"{"int64_value": 5, "kind": 2, "bool_value": true}"#).await;
    assert_eq!(
        answer.json(),
        json!({"int64Value": "5", "kind": "KIND_SERVICE", "boolValue": true})
    );
}

#[tokio::test]
async fn a_query_holds_nested_and_repeated_fields() {
    let uri = "/v1/things?text=a+b%26c&int64Value=7&inner.inner.quantity=3&tags=x&tags=y&kinds=KIND_GOODS\
               &at=2026-11-21T07:00:00Z&span=2s&mask=create_time,inner.name&wrapped=9&maybe=0&boolValue=true&data=_-8&right=1\
               &doubleValue=0.5&uint64_value=18446744073709551615";
    let answer = get(uri).await;
    assert_eq!(
        answer.json(),
        json!({
            "text": "a b&c", "int64Value": "7", "inner": {"inner": {"quantity": 3}}, "tags": ["x", "y"],
            "kinds": ["KIND_GOODS"], "at": "2026-11-21T07:00:00Z", "span": "2s", "mask": "createTime,inner.name",
            "wrapped": "9", "maybe": 0, "boolValue": true, "data": "/+8=", "right": 1, "doubleValue": 0.5,
            "uint64Value": "18446744073709551615"
        })
    );
}

#[tokio::test]
async fn a_path_holds_fields() {
    for (uri, expected) in [
        ("/v1/things/a%2Fb%20c", json!({"text": "a/b c"})),
        ("/v1/things/a:b", json!({"text": "a:b"})),
        ("/v1/numbers/-5", json!({"int64Value": "-5"})),
        (
            "/v1/inner/shelves/s%201/books",
            json!({"inner": {"name": "shelves/s 1"}}),
        ),
        ("/v1/files/a/b%2Fc/d", json!({"text": "a/b%2Fc/d"})),
        ("/v1/kinds/KIND_GOODS", json!({"kind": "KIND_GOODS"})),
        ("/v1/things/%C3%A9", json!({"text": "é"})),
    ] {
        let answer = get(uri).await;
        assert_eq!(answer.json(), expected, "{uri}");
    }
}

#[tokio::test]
async fn path_body_and_query_are_put_together() {
    let json_type = [("content-type", "application/json")];
    let answer = ask(
        "POST",
        "/v1/things/t:act",
        &json_type,
        r#"{"int32Value": 1}"#,
    )
    .await;
    assert_eq!(answer.json(), json!({"text": "t", "int32Value": 1}));
    let answer = ask("POST", "/v1/things/t:act", &json_type, r#"{"text": "t"}"#).await;
    assert_eq!(
        answer.json(),
        json!({"text": "t"}),
        "the same in both is no contradiction"
    );
    let answer = ask(
        "PATCH",
        "/v1/things/n?mask=name&text=q",
        &json_type,
        r#"{"quantity": 4}"#,
    )
    .await;
    assert_eq!(
        answer.json(),
        json!({"text": "q", "mask": "name", "inner": {"name": "n", "quantity": 4}})
    );
    let answer = ask("PUT", "/v1/things/t/tags", &json_type, r#"["a", "b"]"#).await;
    assert_eq!(answer.json(), json!({"text": "t", "tags": ["a", "b"]}));
    let answer = ask("DELETE", "/v1/things/t?int32Value=2", &[], "").await;
    assert_eq!(answer.json(), json!({"text": "t", "int32Value": 2}));
    let answer = ask("POST", "/v1/things/t:act", &[], "").await;
    assert_eq!(
        answer.json(),
        json!({"text": "t"}),
        "an empty body is an empty message"
    );
}

#[tokio::test]
async fn a_literal_goes_before_a_variable() {
    let answer = get("/v1/things/special").await;
    assert!(answer.json()["headers"].is_object(), "{:?}", answer.body);
}

#[tokio::test]
async fn a_wrong_type_is_named_with_its_field() {
    for (body, field) in [
        (r#"{"text": 5}"#, "text"),
        (r#"{"boolValue": "yes"}"#, "bool_value"),
        (r#"{"int32Value": 2147483648}"#, "int32_value"),
        (r#"{"int32Value": 1.5}"#, "int32_value"),
        (r#"{"int64Value": "9223372036854775808"}"#, "int64_value"),
        (r#"{"int64Value": "x"}"#, "int64_value"),
        (r#"{"uint32Value": -1}"#, "uint32_value"),
        (r#"{"floatValue": 1e300}"#, "float_value"),
        (r#"{"data": "*"}"#, "data"),
        (r#"{"kind": "KIND_OTHER"}"#, "kind"),
        (r#"{"inner": 5}"#, "inner"),
        (
            r#"{"inner": {"inner": {"quantity": {}}}}"#,
            "inner.inner.quantity",
        ),
        (r#"{"tags": "x"}"#, "tags"),
        (r#"{"tags": ["x", 1]}"#, "tags[1]"),
        (
            r#"{"lines": [{}, {"quantity": "many"}]}"#,
            "lines[1].quantity",
        ),
        (r#"{"options": {"colour": 1}}"#, "options[\"colour\"]"),
        (
            r#"{"inners": {"k": {"quantity": []}}}"#,
            "inners[\"k\"].quantity",
        ),
        (r#"{"at": "yesterday"}"#, "at"),
        (r#"{"span": 5}"#, "span"),
    ] {
        let answer = post(body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(
            answer.violation(),
            (field.to_owned(), "WRONG_TYPE".to_owned()),
            "{body}: {:?}",
            answer.body
        );
        assert_eq!(answer.json()["reason"], "MALFORMED");
    }
    for (uri, field) in [
        ("/v1/things?int32Value=x", "int32_value"),
        ("/v1/things?int32Value=", "int32_value"),
        ("/v1/things?boolValue=1", "bool_value"),
        ("/v1/things?kind=KIND_OTHER", "kind"),
        ("/v1/things?inner.quantity=1.5", "inner.quantity"),
        ("/v1/things?at=now", "at"),
        ("/v1/things?data=%21", "data"),
        ("/v1/numbers/one", "int64_value"),
        ("/v1/kinds/1", "kind"),
    ] {
        let answer = get(uri).await;
        assert_eq!(
            answer.violation(),
            (field.to_owned(), "WRONG_TYPE".to_owned()),
            "{uri}: {:?}",
            answer.body
        );
    }
}
