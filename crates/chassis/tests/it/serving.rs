//! What a process that is up answers.

use std::collections::BTreeSet;

use futures::StreamExt;
use stoa_api::catalog::v1::GetProductRequest;
use stoa_api::catalog::v1::catalog_service_client::CatalogServiceClient;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1alpha;

use crate::up::Up;

fn product(word: &str) -> GetProductRequest {
    GetProductRequest {
        product: word.to_owned(),
        read_mask: None,
    }
}

#[tokio::test]
async fn a_call_is_answered_on_both_ports() {
    let up = Up::start().await;
    let mut catalog = CatalogServiceClient::new(up.nobody());
    let answer = catalog.get_product(product("mug")).await.unwrap();
    assert_eq!(answer.into_inner().product.unwrap().title, "mug");
    let answer = reqwest::get(up.http("/v1/products/mug")).await.unwrap();
    assert_eq!(answer.status(), 200);
    let answer: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(answer["product"]["title"], "mug");
}

#[tokio::test]
async fn many_connections_are_served_by_all_threads() {
    let up = Up::start().await;
    for _ in 0..8 {
        // A peer of its own is a connection of its own.
        let mut catalog = CatalogServiceClient::new(up.nobody());
        catalog.get_product(product("mug")).await.unwrap();
    }
}

#[tokio::test]
async fn the_admin_port_says_how_it_is() {
    let up = Up::start().await;
    let get = async |path: &str| reqwest::get(up.admin(path)).await.unwrap();
    assert_eq!(get("/livez").await.status(), 200);
    let ready = get("/readyz").await;
    assert_eq!(ready.status(), 200);
    let ready: serde_json::Value = ready.json().await.unwrap();
    assert_eq!(ready["ready"], true);
    assert_eq!(ready["checks"].as_array().unwrap().len(), 3);

    CatalogServiceClient::new(up.nobody())
        .get_product(product("mug"))
        .await
        .unwrap();
    let page = get("/metrics").await;
    let kind = page.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
    let page = page.text().await.unwrap();
    for series in [
        "process_resident_memory_bytes ",
        "stoa_workflow_adopted_total{service=\"order\"} 0",
        "rpc_server_requests",
        "stoa_store_",
    ] {
        assert!(
            page.contains(series),
            "{series} is not on the page:\n{page}"
        );
    }
}

#[tokio::test]
async fn health_is_told_per_service() {
    let up = Up::start().await;
    let mut health = HealthClient::new(up.nobody());
    for service in [
        "",
        "stoa.catalog.v1.CatalogService",
        "stoa.ops.v1.InfoService",
    ] {
        let request = HealthCheckRequest {
            service: service.to_owned(),
        };
        let answer = health.check(request).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
    let request = HealthCheckRequest {
        service: "stoa.catalog.v1.CatalogInternalService".to_owned(),
    };
    assert!(health.check(request).await.is_err());
}

async fn reflect(up: &Up, question: MessageRequest) -> Option<MessageResponse> {
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(question),
    };
    let mut answers = ServerReflectionClient::new(up.nobody())
        .server_reflection_info(futures::stream::iter([request]))
        .await
        .unwrap()
        .into_inner();
    answers.next().await.unwrap().ok()?.message_response
}

const SHOWN: [&str; 10] = [
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
    "stoa.catalog.v1.CatalogService",
    "stoa.ops.v1.AuditLogService",
    "stoa.ops.v1.AuditService",
    "stoa.ops.v1.EventsService",
    "stoa.ops.v1.InfoService",
    "stoa.ops.v1.RestoreService",
    "stoa.ops.v1.WorkflowService",
];

#[tokio::test]
async fn reflection_shows_what_is_public_and_nothing_else() {
    let up = Up::start().await;
    let Some(MessageResponse::ListServicesResponse(list)) =
        reflect(&up, MessageRequest::ListServices(String::new())).await
    else {
        panic!("no list");
    };
    let names: BTreeSet<String> = list.service.into_iter().map(|s| s.name).collect();
    let shown: BTreeSet<String> = SHOWN.map(str::to_owned).into();
    assert_eq!(names, shown);

    let symbol = async |name: &str| {
        let question = MessageRequest::FileContainingSymbol(name.to_owned());
        matches!(
            reflect(&up, question).await,
            Some(MessageResponse::FileDescriptorResponse(_))
        )
    };
    for name in SHOWN {
        assert!(symbol(name).await, "{name}");
    }
    assert!(
        symbol("google.rpc.ErrorInfo").await,
        "error details are printed"
    );
    for method in stoa_api::METHODS.iter().filter(|method| method.internal()) {
        assert!(!symbol(method.service).await, "{}", method.service);
    }
}

#[tokio::test]
async fn older_tools_find_the_older_reflection() {
    let up = Up::start().await;
    let request = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(
            v1alpha::server_reflection_request::MessageRequest::ListServices(String::new()),
        ),
    };
    let mut answers = v1alpha::server_reflection_client::ServerReflectionClient::new(up.nobody())
        .server_reflection_info(futures::stream::iter([request]))
        .await
        .unwrap()
        .into_inner();
    let answer = answers.next().await.unwrap().unwrap();
    let Some(v1alpha::server_reflection_response::MessageResponse::ListServicesResponse(list)) =
        answer.message_response
    else {
        panic!("no list");
    };
    assert_eq!(list.service.len(), SHOWN.len());
}
