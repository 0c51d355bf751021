//! Whatever comes in, an answer goes out: never a panic, and every refusal is a problem document.

use std::sync::LazyLock;

use proptest::prelude::*;

use crate::support::{ask_of, echo};

static ROUTER: LazyLock<axum::Router> = LazyLock::new(echo);

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("text".to_owned()),
        Just("inner.quantity".to_owned()),
        Just("lines".to_owned()),
        Just("%".to_owned()),
        Just("%2F".to_owned()),
        Just("%FF".to_owned()),
        Just(":".to_owned()),
        Just(":act".to_owned()),
        Just("**".to_owned()),
        "[a-zA-Z0-9._~!$'()*+,;:@/-]{0,12}",
    ]
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("1e999".to_owned()),
        Just("-1".to_owned()),
        Just("\"KIND_GOODS\"".to_owned()),
        "\"[a-z\\u{e9}\\u{1f600}]{0,6}\"",
    ];
    let names = prop::sample::select(vec![
        "text", "inner", "lines", "options", "inners", "numbers", "at", "span", "mask", "wrapped",
        "kind", "data", "left", "nope",
    ]);
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3)
                .prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec((names.clone(), inner), 0..3).prop_map(|fields| {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(name, value)| format!("\"{name}\":{value}"))
                    .collect();
                format!("{{{}}}", fields.join(","))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn an_answer_goes_out(
        method in prop::sample::select(vec!["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]),
        root in prop::sample::select(vec!["/v1/things", "/v1/echo", "/v1/files", "/v1/numbers", "/v1/inner/shelves", "/v1", "", "/openapi.json", "/docs/errors"]),
        path in prop::collection::vec(piece(), 0..3),
        query in prop::collection::vec((piece(), piece()), 0..3),
        body in prop_oneof![json(), Just(String::new()), ".{0,20}"],
    ) {
        let path: String = path.iter().map(|piece| format!("/{piece}")).collect();
        let query: Vec<String> = query.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let uri = format!("{root}{path}?{}", query.join("&"));
        let uri = if uri.starts_with('/') { uri } else { format!("/{uri}") };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let headers = [("content-type", "application/json")];
        let answer = runtime.block_on(ask_of(ROUTER.clone(), method, &uri, &headers, body));
        prop_assert!(!answer.header("x-request-id").is_empty());
        if answer.status.is_success() || method == "HEAD" {
            return Ok(());
        }
        prop_assert!(answer.status.is_client_error(), "{method} {uri}: {:?}", answer);
        prop_assert_eq!(answer.header("content-type"), "application/problem+json");
        let problem = answer.json();
        prop_assert!(problem["reason"].is_string() && problem["type"].is_string(), "{}", problem);
    }
}
