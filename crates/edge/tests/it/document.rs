//! `/openapi.json`: what it says of the real contract and of the test contract.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use stoa_types::SystemIds;
use tonic::service::Routes;

use crate::contract::public;
use crate::support::{Answer, ask_of, get};

/// The document of the real contract.
async fn real() -> Value {
    real_answer().await.json()
}

async fn real_answer() -> Answer {
    let pool = stoa_api::pool();
    let router = stoa_edge::router_of(pool, Routes::default(), &public(), Arc::new(SystemIds));
    let answer = ask_of(router, "GET", "/openapi.json", &[], "").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "application/json")
    );
    answer
}

/// The validator that `cargo xtask setup` installs. Without it the test says so; with CI=true it fails.
#[tokio::test]
async fn a_validator_finds_nothing() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openapi.json");
    std::fs::write(&path, real_answer().await.body).unwrap();
    match Command::new("openapi-spec-validator").arg(&path).output() {
        Ok(output) => assert!(output.status.success(), "{output:?}"),
        Err(error) => {
            let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
            assert!(!is_ci, "openapi-spec-validator: {error}");
            eprintln!("skipped: openapi-spec-validator is not there; run `cargo xtask test`");
        }
    }
}

/// Every `$ref` of a value.
fn references(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match (name.as_str(), field) {
                    ("$ref", Value::String(target)) => into.push(target.clone()),
                    _ => references(field, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        _ => {}
    }
}

#[tokio::test]
async fn it_is_openapi_31_and_every_reference_leads_somewhere() {
    let document = real().await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut all = Vec::new();
    references(&document, &mut all);
    assert!(all.len() > 50);
    for target in all {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{target}");
    }
}

#[tokio::test]
async fn every_operation_is_named_once_and_explained() {
    let document = real().await;
    let mut ids = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            assert!(!ids.contains(&id), "{id}");
            assert!(
                !operation["description"].as_str().unwrap_or("").is_empty(),
                "{method} {path}"
            );
            assert!(
                operation["responses"]["default"].is_object(),
                "{method} {path}"
            );
            assert!(operation["security"].is_array(), "{method} {path}");
            let parameters = operation["parameters"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let in_path = parameters.iter().filter(|it| it["in"] == "path");
            for name in in_path.map(|it| it["name"].as_str().unwrap()) {
                assert!(
                    path.contains(&format!("{{{name}}}")),
                    "{path} has no {name}"
                );
            }
            ids.push(id);
        }
    }
    assert!(ids.len() > 20, "{ids:?}");
}

#[tokio::test]
async fn rules_and_comments_of_the_contract_are_there() {
    let document = real().await;
    let address = &document["components"]["schemas"]["stoa.type.v1.Address"];
    assert_eq!(address["properties"]["city"]["maxLength"], 200);
    assert_eq!(address["properties"]["lines"]["maxItems"], 5);
    assert_eq!(
        address["properties"]["countryCode"]["pattern"],
        "^[A-Z]{2}$"
    );
    assert!(
        address["required"]
            .as_array()
            .unwrap()
            .iter()
            .any(|name| name == "city")
    );
    assert!(
        address["properties"]["city"]["description"]
            .as_str()
            .unwrap()
            .starts_with("Town")
    );
    let money = &document["components"]["schemas"]["stoa.type.v1.Money"];
    assert_eq!(money["properties"]["minorUnits"]["type"], "string");
    assert_eq!(
        money["properties"]["minorUnits"]["x-maximum"],
        "1000000000000000"
    );
    let place = &document["paths"]["/v1/orders"]["post"];
    assert_eq!(place["operationId"], "OrderService_PlaceOrder");
    assert!(
        place["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it["name"] == "Idempotency-Key")
    );
    assert!(place["security"][0]["guest"].is_array());
    let watch = &document["paths"]["/v1/orders/{order_id}:watch"]["get"];
    assert!(watch["responses"]["200"]["content"]["text/event-stream"].is_object());
}

#[tokio::test]
async fn the_test_contract_has_every_shape() {
    let document = get("/openapi.json").await.json();
    let everything = &document["components"]["schemas"]["test.echo.v1.Everything"]["properties"];
    assert_eq!(everything["int64Value"]["type"], "string");
    assert_eq!(everything["uint32Value"]["maximum"], 4_294_967_295_u32);
    assert_eq!(everything["data"]["contentEncoding"], "base64");
    assert_eq!(
        everything["options"]["additionalProperties"]["type"],
        "string"
    );
    assert_eq!(everything["at"]["format"], "date-time");
    assert!(
        everything["left"]["description"]
            .as_str()
            .unwrap()
            .contains("At most one of `left`, `right`, `middle`")
    );
    let query = document["paths"]["/v1/things"]["get"]["parameters"]
        .as_array()
        .unwrap()
        .clone();
    let names: Vec<&str> = query
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"inner.inner.quantity")
            && names.contains(&"tags")
            && !names.contains(&"options"),
        "{names:?}"
    );
    let act = &document["paths"]["/v1/things/{text}:act"]["post"]["requestBody"]["content"]["application/json"]
        ["schema"];
    assert!(act["properties"]["text"].is_null() && act["properties"]["kind"].is_object());
    assert!(document["paths"].get("/v1/secret").is_none(), "not mounted");
    assert_eq!(
        get("/openapi.json").await.body,
        get("/openapi.json").await.body
    );
}

#[tokio::test]
async fn the_type_of_a_problem_leads_to_a_page() {
    let router = stoa_edge::router_of(
        stoa_api::pool(),
        Routes::default(),
        &public(),
        Arc::new(SystemIds),
    );
    let problem = ask_of(router.clone(), "GET", "/v1/nothing", &[], "")
        .await
        .json();
    let page = problem["type"].as_str().unwrap();
    let answer = ask_of(router.clone(), "GET", page, &[], "").await;
    assert_eq!(answer.status, 200);
    let text = std::str::from_utf8(&answer.body).unwrap();
    assert!(
        text.starts_with("# METHOD_NOT_FOUND\n\n## stoa.ops.v1\n\n"),
        "{text}"
    );
    let answer = ask_of(router.clone(), "GET", "/docs/errors/NOTHING", &[], "").await;
    assert_eq!(answer.status, 404);
    assert_eq!(ask_of(router, "POST", page, &[], "").await.status, 405);
}
