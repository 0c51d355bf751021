//! How a process ends, and what the next one finds.

use std::time::Duration;

use stoa_api::catalog::v1::GetProductRequest;
use stoa_api::catalog::v1::catalog_service_client::CatalogServiceClient;
use stoa_api::ops::v1::audit_service_client::AuditServiceClient;
use stoa_api::ops::v1::workflow_service_client::WorkflowServiceClient;
use stoa_api::ops::v1::{CheckInvariantsRequest, ListWorkflowsRequest};
use stoa_chassis::Addresses;

use crate::up::{PATIENCE, Up, start};

#[tokio::test]
async fn a_call_under_way_is_answered_and_no_new_one_is_taken() {
    let up = Up::start().await;
    let mut catalog = CatalogServiceClient::new(up.nobody());
    let slow = GetProductRequest {
        product: "slow".to_owned(),
        read_mask: None,
    };
    let mut request = tonic::Request::new(slow);
    request.set_timeout(PATIENCE);
    let call = tokio::spawn(async move { catalog.get_product(request).await });
    up.strings.arrived.notified().await;
    let addresses = up.running.addresses();
    let strings = up.strings.clone();
    let stop = tokio::spawn(up.running.stop());
    // The listener is gone as soon as draining has begun.
    let refused = tokio::time::timeout(PATIENCE, async {
        while tokio::net::TcpStream::connect(addresses.grpc).await.is_ok() {
            tokio::task::yield_now().await;
        }
    });
    refused.await.unwrap();
    assert!(!call.is_finished() && !stop.is_finished());
    strings.go_on.notify_one();
    let answer = call.await.unwrap().unwrap().into_inner();
    assert_eq!(answer.product.unwrap().title, "slow");
    tokio::time::timeout(PATIENCE, stop).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_process_that_drains_is_alive_and_not_ready() {
    let up = Up::start().await;
    let mut catalog = CatalogServiceClient::new(up.nobody());
    let slow = GetProductRequest {
        product: "slow".to_owned(),
        read_mask: None,
    };
    let mut request = tonic::Request::new(slow);
    request.set_timeout(PATIENCE);
    let call = tokio::spawn(async move { catalog.get_product(request).await });
    up.strings.arrived.notified().await;
    let (livez, readyz) = (up.admin("/livez"), up.admin("/readyz"));
    let strings = up.strings.clone();
    let stop = tokio::spawn(up.running.stop());
    let unready = tokio::time::timeout(PATIENCE, async {
        while reqwest::get(&readyz).await.unwrap().status() != 503 {
            tokio::task::yield_now().await;
        }
    });
    unready.await.unwrap();
    assert_eq!(reqwest::get(&livez).await.unwrap().status(), 200);
    strings.go_on.notify_one();
    call.await.unwrap().unwrap();
    stop.await.unwrap();
    assert!(reqwest::get(&livez).await.is_err());
}

#[tokio::test]
async fn calls_that_take_too_long_are_cut() {
    let folder = tempfile::tempdir().unwrap();
    let settings = crate::up::settings(folder.path(), &[("server.drain", "50ms")]);
    let running = crate::up::suite()
        .start(settings, crate::up::quiet())
        .await
        .unwrap();
    let up = Up {
        strings: crate::modules::strings(folder.path()),
        running,
        folder,
    };
    let mut catalog = CatalogServiceClient::new(up.nobody());
    let slow = GetProductRequest {
        product: "slow".to_owned(),
        read_mask: None,
    };
    let call = tokio::spawn(async move { catalog.get_product(slow).await });
    up.strings.arrived.notified().await;
    tokio::time::timeout(Duration::from_secs(15), up.running.stop())
        .await
        .unwrap();
    assert!(call.await.unwrap().is_err());
}

#[tokio::test]
async fn the_next_process_goes_on_where_this_one_was_dropped() {
    let up = Up::start().await;
    let first = Addresses::read(up.folder.path()).unwrap();
    assert_eq!(first, up.running.addresses());
    AuditServiceClient::new(up.operator())
        .check_invariants(CheckInvariantsRequest {
            service: "order".to_owned(),
            ..Default::default()
        })
        .await
        .unwrap();
    let token = std::fs::read(stoa_chassis::operator_token_path(up.folder.path())).unwrap();
    let Up {
        running,
        strings,
        folder,
    } = up;
    running.stop().await;

    let running = start(folder.path()).await.unwrap();
    let page = running.metrics().render().unwrap();
    assert!(
        page.contains(r#"stoa_workflow_adopted_total{service="order"} 1"#),
        "{page}"
    );
    let up = Up {
        running,
        strings,
        folder,
    };
    assert_ne!(Addresses::read(up.folder.path()).unwrap(), first);
    let again = std::fs::read(stoa_chassis::operator_token_path(up.folder.path())).unwrap();
    assert_eq!(again, token);
    let list = ListWorkflowsRequest {
        service: "order".to_owned(),
        ..ListWorkflowsRequest::default()
    };
    let mut desk = WorkflowServiceClient::new(up.operator());
    let found = desk.list_workflows(list).await.unwrap().into_inner();
    assert_eq!(found.workflows.len(), 1);
}
