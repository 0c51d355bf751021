//! The idempotency key: where it may stand, what is refused, what the use case sees of it.

use stoa_api::order::v1::CancelOrderRequest;
use stoa_errors::Error;
use stoa_rpc::{auth, client};

use crate::handler::field;
use crate::suite::{ORDER, SECRET, Suite, with};

fn cancel(request_id: &str) -> CancelOrderRequest {
    CancelOrderRequest {
        request_id: request_id.to_owned(),
        order_id: ORDER.to_owned(),
        ..CancelOrderRequest::default()
    }
}

/// The context that the use case saw, or the refusal.
async fn ask(suite: &Suite, field: &str, header: Option<&str>) -> Result<String, Error> {
    let mut headers = vec![("stoa-guest-secret", SECRET)];
    headers.extend(header.map(|key| ("idempotency-key", key)));
    let answer = suite
        .orders()
        .await
        .cancel_order(with(cancel(field), &headers))
        .await
        .map_err(client::error)?;
    Ok(answer.into_inner().order.unwrap().order_id)
}

#[tokio::test]
async fn a_mutation_without_a_key_is_refused() {
    let suite = Suite::start().await;
    let error = ask(&suite, "", None).await.unwrap_err();
    assert_eq!(error.reason, "IDEMPOTENCY_KEY_REQUIRED");
    assert_eq!(error.violations[0].field, "request_id");
    // The id of the call is no key, whoever made it.
    let request = with(
        cancel(""),
        &[("stoa-guest-secret", SECRET), ("x-request-id", "gateway-1")],
    );
    let status = suite.orders().await.cancel_order(request).await;
    assert_eq!(
        client::error(status.unwrap_err()).reason,
        "IDEMPOTENCY_KEY_REQUIRED"
    );
    assert_eq!(suite.handler.count(), 0);
}

#[tokio::test]
async fn the_key_may_stand_in_either_place() {
    let suite = Suite::start().await;
    let by_field = ask(&suite, "k-1", None).await.unwrap();
    let by_header = ask(&suite, "", Some("k-1")).await.unwrap();
    let by_both = ask(&suite, "k-1", Some("k-1")).await.unwrap();
    let other = ask(&suite, "k-2", None).await.unwrap();
    for shown in [&by_field, &by_header, &by_both] {
        assert_eq!(field(shown, "key"), "k-1");
        // The same request, wherever its key stands.
        assert_eq!(field(shown, "fingerprint"), field(&other, "fingerprint"));
    }
    assert_eq!(field(&other, "key"), "k-2");
    assert_eq!(
        field(&other, "method"),
        "/stoa.order.v1.OrderService/CancelOrder"
    );
}

#[tokio::test]
async fn two_different_keys_are_refused() {
    let suite = Suite::start().await;
    let error = ask(&suite, "k-1", Some("k-2")).await.unwrap_err();
    assert_eq!(error.reason, "IDEMPOTENCY_KEY_CONFLICT");
}

#[tokio::test]
async fn a_key_has_1_to_128_characters() {
    let suite = Suite::start().await;
    let longest = "x".repeat(128);
    assert!(ask(&suite, &longest, None).await.is_ok());
    let too_long = "x".repeat(129);
    for (by_field, by_header) in [(&*too_long, None), ("", Some(&*too_long))] {
        let error = ask(&suite, by_field, by_header).await.unwrap_err();
        assert_eq!(error.reason, "INVALID_ARGUMENT");
        assert_eq!(error.violations[0].field, "request_id");
    }
}

/// A guest's scope is the whole hash of his secret, and the secret itself goes nowhere.
#[tokio::test]
async fn the_scope_is_the_caller() {
    let suite = Suite::start().await;
    let shown = ask(&suite, "k-1", None).await.unwrap();
    let hash: String = auth::hash(SECRET.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(field(&shown, "key_scope"), format!("guest:{hash}"));
    assert_eq!(field(&shown, "actor"), format!("guest:{}", &hash[..8]));
    assert!(!shown.contains(SECRET));
}

/// All broken rules at once, each with its field and rule; nothing is executed.
#[tokio::test]
async fn a_message_that_breaks_rules_is_refused_with_all_of_them() {
    let suite = Suite::start().await;
    let broken = CancelOrderRequest {
        request_id: "with a space".to_owned(),
        order_id: "not an id".to_owned(),
        ..CancelOrderRequest::default()
    };
    let request = with(broken, &[("stoa-guest-secret", SECRET)]);
    let error = client::error(
        suite
            .orders()
            .await
            .cancel_order(request)
            .await
            .unwrap_err(),
    );
    assert_eq!(error.reason, "INVALID_ARGUMENT");
    let mut fields: Vec<&str> = error
        .violations
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    fields.sort_unstable();
    assert_eq!(fields, ["order_id", "request_id"]);
    assert!(
        error
            .violations
            .iter()
            .all(|violation| { !violation.reason.is_empty() && !violation.description.is_empty() })
    );
    assert_eq!(suite.handler.count(), 0);
}
