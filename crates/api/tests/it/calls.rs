//! The method table, fingerprints, and what `Debug` shows.

use stoa_api::order::v1::{PlaceOrderRequest, PlaceOrderResponse};
use stoa_api::{Audience, Call, METHODS, method, pool};

#[test]
fn the_table_holds_every_rpc_of_the_descriptor_set() {
    let mut paths: Vec<String> = pool()
        .services()
        .filter(|service| service.package_name().starts_with("stoa."))
        .flat_map(|service| {
            let all = service
                .methods()
                .map(|m| format!("/{}/{}", service.full_name(), m.name()));
            all.collect::<Vec<_>>()
        })
        .collect();
    paths.sort();
    let table: Vec<&str> = METHODS.iter().map(|method| method.path).collect();
    assert_eq!(table, paths);
    for path in table {
        assert_eq!(method(path).map(|method| method.path), Some(path));
    }
    assert_eq!(method("/stoa.order.v1.OrderService/Nothing"), None);
}

#[test]
fn a_method_says_what_its_policy_says() {
    let method = PlaceOrderRequest::METHOD;
    assert_eq!(method.path, "/stoa.order.v1.OrderService/PlaceOrder");
    assert_eq!(method.package(), "stoa.order.v1");
    assert_eq!(method.audience, Audience::Guest);
    assert!(method.keyed && !method.streaming && !method.internal());
    assert_eq!(method.deadline_default.as_secs(), 10);
    fn answers<C: Call<Response = R>, R>() {}
    answers::<PlaceOrderRequest, PlaceOrderResponse>();
}

#[test]
fn the_key_is_no_part_of_the_fingerprint_and_everything_else_is() {
    let mut request = PlaceOrderRequest {
        quote_id: "a".to_owned(),
        ..PlaceOrderRequest::default()
    };
    assert_eq!(request.request_id(), None);
    let before = request.fingerprint();
    request.set_request_id("first".to_owned());
    assert_eq!(request.request_id(), Some("first"));
    assert_eq!(request.fingerprint(), before);
    request.quote_id = "b".to_owned();
    assert_ne!(request.fingerprint(), before);
}

#[test]
fn debug_shows_no_secret_and_nothing_personal() {
    let request = PlaceOrderRequest {
        quote_id: "quote-1".to_owned(),
        payment_token: "tok_secret".to_owned(),
        email: "ada@example.org".to_owned(),
        ..PlaceOrderRequest::default()
    };
    let shown = format!("{request:?}");
    assert!(
        shown.contains("quote-1") && shown.contains("<secret>") && shown.contains("<personal>"),
        "{shown}"
    );
    assert!(
        !shown.contains("tok_secret") && !shown.contains("example.org"),
        "{shown}"
    );
}

#[test]
fn every_package_with_errors_names_its_reasons() {
    assert!(
        stoa_api::order::v1::reason::ALL
            .iter()
            .all(|reason| !reason.starts_with("ERROR_REASON_"))
    );
    assert!(!stoa_api::inventory::v1::reason::ALL.is_empty());
    assert!(
        stoa_api::inventory::v1::reason::ALL
            .contains(&stoa_api::inventory::v1::reason::OUT_OF_STOCK)
    );
}

#[test]
fn the_digest_is_not_the_one_of_nothing() {
    assert_ne!(stoa_api::CONTRACT, [0; 32]);
    let again = crate::build::compile::digest(pool());
    assert_eq!(
        again,
        stoa_api::CONTRACT,
        "the digest is a function of the embedded set"
    );
}
