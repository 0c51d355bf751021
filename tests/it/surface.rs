//! What a process shows to whoever runs or explores it.

use std::collections::BTreeSet;

use stoa_api::catalog::v1::ListProductsRequest;
use stoa_api::ops::v1::GetInfoRequest;
use stoa_api::{Audience, METHODS};
use stoa_testkit::{Doors, Suite};
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

/// The proto services of the contract with or without internal ones.
fn services(internal: bool) -> BTreeSet<&'static str> {
    METHODS
        .iter()
        .filter(|method| matches!(method.audience, Audience::Service { .. }) == internal)
        .map(|method| method.service)
        .collect()
}

async fn reflected(suite: &Suite, ask: MessageRequest) -> Result<ServerReflectionResponse, Status> {
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(ask),
    };
    let mut client = ServerReflectionClient::new(suite.nobody());
    let asked = futures::stream::iter([request]);
    let mut answers = client
        .server_reflection_info(asked)
        .await
        .unwrap()
        .into_inner();
    Ok(answers.message().await?.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn reflection_shows_what_is_public_and_nothing_internal() {
    let suite = Suite::start(stoa::suite()).await;
    let answer = reflected(&suite, MessageRequest::ListServices(String::new()))
        .await
        .unwrap();
    let Some(MessageResponse::ListServicesResponse(listed)) = answer.message_response else {
        panic!("{answer:?}");
    };
    let listed: BTreeSet<String> = listed
        .service
        .into_iter()
        .map(|service| service.name)
        .collect();
    for service in services(false) {
        assert!(listed.contains(service), "{service} is missing");
    }
    for service in services(true) {
        assert!(!listed.contains(service), "{service} is internal");
        let symbol = MessageRequest::FileContainingSymbol(service.to_owned());
        let found = match reflected(&suite, symbol).await {
            Ok(answer) => !matches!(
                answer.message_response,
                Some(MessageResponse::ErrorResponse(_))
            ),
            Err(status) => status.code() != Code::NotFound,
        };
        assert!(!found, "{service} can be read");
    }
    suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_service_says_how_it_is() {
    let suite = Suite::start(stoa::suite()).await;
    let mut health = HealthClient::new(suite.nobody());
    for service in services(false).into_iter().chain([""]) {
        let asked = HealthCheckRequest {
            service: service.to_owned(),
        };
        let answer = health.check(asked).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
    let internal = HealthCheckRequest {
        service: "stoa.payment.v1.PaymentInternalService".to_owned(),
    };
    assert!(health.check(internal).await.is_err());
    suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_engines_make_a_suite_ready() {
    let suite = Suite::start(stoa::suite()).await;
    let ready = suite.admin().get("/readyz").await.ok();
    assert_eq!(ready["ready"], true, "{ready}");
    let checks = ready["checks"].as_array().unwrap();
    assert!(
        checks.len() >= 6,
        "five databases and the listeners: {checks:?}"
    );
    suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admin_port_answers_and_calls_are_counted() {
    let suite = Suite::start(stoa::suite()).await;
    let admin = suite.admin();
    assert!(admin.get("/livez").await.status.is_success());

    let counted = |page: &str, needle: &[&str]| -> bool {
        page.lines()
            .any(|line| needle.iter().all(|word| line.contains(word)))
    };
    suite
        .nobody()
        .call(ListProductsRequest::default())
        .await
        .unwrap();
    let refused = suite.nobody().call(GetInfoRequest {}).await;
    assert_eq!(Doors::reason(refused), "UNAUTHENTICATED");
    let page = suite.metrics().await;
    assert!(
        counted(&page, &["requests_total", "\"ListProducts\"", "\"OK\""]),
        "{page}"
    );
    assert!(
        counted(
            &page,
            &["requests_total", "\"GetInfo\"", "\"UNAUTHENTICATED\""]
        ),
        "{page}"
    );
    assert!(
        counted(&page, &["duration_seconds_bucket", "\"ListProducts\""]),
        "{page}"
    );
    suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_contract_is_served() {
    let suite = Suite::start(stoa::suite()).await;
    let document = suite.rest().get("/openapi.json").await.ok();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(document["paths"]["/v1/orders"]["post"].is_object());
    let missing = suite.rest().get("/v1/nothing").await;
    assert_eq!(missing.status.as_u16(), 404);
    assert_eq!(missing.headers["content-type"], "application/problem+json");
    suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_sees_what_runs() {
    let suite = Suite::start(stoa::suite()).await;
    let info = suite.staff().call(GetInfoRequest {}).await.unwrap();
    let names: Vec<&str> = info
        .services
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    for name in ["catalog", "pricing", "inventory", "payment", "order"] {
        assert!(names.contains(&name), "{names:?}");
    }
    let provider = suite.provider().unwrap().to_string();
    assert!(
        info.provider_uri.contains(&provider),
        "{}",
        info.provider_uri
    );
    suite.stop().await;
}
