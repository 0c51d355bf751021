//! `stoa.ops.v1` over the socket.

use stoa_api::catalog::v1::GetProductRequest;
use stoa_api::catalog::v1::catalog_service_client::CatalogServiceClient;
use stoa_api::ops::v1::audit_log_service_client::AuditLogServiceClient;
use stoa_api::ops::v1::audit_service_client::AuditServiceClient;
use stoa_api::ops::v1::info_service_client::InfoServiceClient;
use stoa_api::ops::v1::workflow_service_client::WorkflowServiceClient;
use stoa_api::ops::v1::{
    CheckInvariantsRequest, GetInfoRequest, GetLogStateRequest, GetWorkflowRequest,
    ListAuditEntriesRequest, ListWorkflowsRequest, RetryWorkflowRequest, Workflow, WorkflowState,
};

use crate::up::{PATIENCE, Up};

#[tokio::test]
async fn an_operator_learns_what_runs() {
    let up = Up::start().await;
    let mut info = InfoServiceClient::new(up.operator());
    let info = info.get_info(GetInfoRequest {}).await.unwrap().into_inner();
    assert_eq!(info.version, "1.2.3");
    assert_eq!(info.contract_digest.len(), 64);
    let names: Vec<&str> = info.services.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["catalog", "order"]);
    let order = &info.services[1];
    assert_eq!(order.schema_versions["workflow"], 1);
    assert!(!order.incarnation_id.is_empty());
    assert!(info.ready_time.is_some());

    let mut nobody = InfoServiceClient::new(up.nobody());
    let refusal = nobody.get_info(GetInfoRequest {}).await.unwrap_err();
    assert_eq!(stoa_rpc::client::error(refusal).reason, "UNAUTHENTICATED");
}

#[tokio::test]
async fn the_audit_reaches_its_module_and_the_module_its_peer() {
    let up = Up::start().await;
    let mut audit = AuditServiceClient::new(up.operator());
    let request = CheckInvariantsRequest {
        service: "order".to_owned(),
        ..Default::default()
    };
    let answer = audit.check_invariants(request).await.unwrap().into_inner();
    assert_eq!(answer.checks[0].name, "the_catalog_answers");
    let callers = up.strings.callers.lock().unwrap().clone();
    assert_eq!(callers, ["service:order for staff:operator"]);

    let request = CheckInvariantsRequest {
        service: "shipping".to_owned(),
        ..Default::default()
    };
    let refusal = audit.check_invariants(request).await.unwrap_err();
    let refusal = stoa_rpc::client::error(refusal);
    assert_eq!(refusal.reason, "SERVICE_NOT_FOUND");
    assert_eq!(refusal.metadata["services"], "catalog,order");
}

#[tokio::test]
async fn an_event_of_one_module_is_heard_by_another() {
    let up = Up::start().await;
    let request = GetProductRequest {
        product: "eventful".to_owned(),
        read_mask: None,
    };
    CatalogServiceClient::new(up.nobody())
        .get_product(request)
        .await
        .unwrap();
    tokio::time::timeout(PATIENCE, up.strings.heard.notified())
        .await
        .unwrap();
    let mut audit = AuditServiceClient::new(up.operator());
    let mut state = async |service: &str| {
        let request = GetLogStateRequest {
            service: service.to_owned(),
        };
        audit.get_log_state(request).await.unwrap().into_inner()
    };
    let order = state("order").await;
    assert_eq!(order.consumers[0].name, "order.products");
    assert_eq!(
        (order.consumers[0].recorded, order.consumers[0].dead_letters),
        (1, 0)
    );
    let catalog = state("catalog").await;
    assert_eq!((catalog.written, catalog.position), (1, 1));
    assert!(catalog.consumers.is_empty());
}

/// What the audit log of order holds about a subject.
async fn entries(up: &Up, subject: &str) -> Vec<String> {
    let request = ListAuditEntriesRequest {
        service: "order".to_owned(),
        subject: subject.to_owned(),
        ..ListAuditEntriesRequest::default()
    };
    let mut log = AuditLogServiceClient::new(up.operator());
    let page = log.list_audit_entries(request).await.unwrap().into_inner();
    page.entries
        .into_iter()
        .map(|entry| {
            assert!(entry.entry_id.starts_with("aud_") && !entry.call_id.is_empty());
            let (actor, action) = (entry.actor, entry.action);
            format!("{actor} {action}: {}: {}", entry.reason, entry.outcome)
        })
        .collect()
}

struct Desk(WorkflowServiceClient<stoa_rpc::Peer>);

impl Desk {
    async fn list(&mut self, request: ListWorkflowsRequest) -> (Vec<Workflow>, String) {
        let request = ListWorkflowsRequest {
            service: "order".to_owned(),
            ..request
        };
        let page = self.0.list_workflows(request).await.unwrap().into_inner();
        (page.workflows, page.next_page_token)
    }

    async fn get(&mut self, id: &str) -> Workflow {
        let request = GetWorkflowRequest {
            service: "order".to_owned(),
            workflow_id: id.to_owned(),
            read_mask: None,
        };
        let answer = self.0.get_workflow(request).await.unwrap();
        answer.into_inner().workflow.unwrap()
    }

    /// The workflow when it is stuck, as every one here soon is, and was written after `etag`.
    async fn stuck(&mut self, id: &str, etag: &str) -> Workflow {
        let seen = tokio::time::timeout(PATIENCE, async {
            loop {
                let workflow = self.get(id).await;
                if workflow.state() == WorkflowState::Stuck && workflow.etag != etag {
                    return workflow;
                }
            }
        });
        seen.await.expect("it gets stuck")
    }
}

#[tokio::test]
async fn durable_work_is_listed_shown_and_retried() {
    let up = Up::start().await;
    let mut audit = AuditServiceClient::new(up.operator());
    for _ in 0..3 {
        let request = CheckInvariantsRequest {
            service: "order".to_owned(),
            ..Default::default()
        };
        audit.check_invariants(request).await.unwrap();
    }
    let mut desk = Desk(WorkflowServiceClient::new(up.operator()));
    let page = ListWorkflowsRequest {
        page_size: 2,
        ..ListWorkflowsRequest::default()
    };
    let (first, token) = desk.list(page.clone()).await;
    assert_eq!(first.len(), 2);
    let next = ListWorkflowsRequest {
        page_token: token.clone(),
        ..page.clone()
    };
    let (second, end) = desk.list(next.clone()).await;
    assert_eq!((second.len(), end.as_str()), (1, ""));
    let other = ListWorkflowsRequest {
        subject: "ord_2".to_owned(),
        service: "order".to_owned(),
        ..next
    };
    let refusal = desk.0.list_workflows(other).await.unwrap_err();
    assert_eq!(
        stoa_rpc::client::error(refusal).violations[0].field,
        "page_token"
    );

    let id = first[0].workflow_id.clone();
    let workflow = desk.stuck(&id, "").await;
    assert_eq!(
        (workflow.kind.as_str(), workflow.subject.as_str()),
        ("checkout", "ord_1")
    );
    assert_eq!(workflow.actor, "staff:operator");
    assert!(workflow.last_error.contains("it never ends well"));
    assert!(workflow.due_time.is_none());

    let retry = RetryWorkflowRequest {
        request_id: "retry-1".to_owned(),
        service: "order".to_owned(),
        workflow_id: id.clone(),
        reason: "the provider is back".to_owned(),
    };
    desk.0.retry_workflow(retry.clone()).await.unwrap();
    let again = desk.stuck(&id, &workflow.etag).await;
    // The same key changes nothing more.
    desk.0.retry_workflow(retry).await.unwrap();
    assert_eq!(desk.get(&id).await.etag, again.etag);
    assert_eq!(
        entries(&up, &id).await,
        ["staff:operator /stoa.ops.v1.WorkflowService/RetryWorkflow: the provider is back: DONE"]
    );

    let unknown = GetWorkflowRequest {
        service: "order".to_owned(),
        workflow_id: "wf_00000000000000000000000000".to_owned(),
        read_mask: None,
    };
    let refusal = desk.0.get_workflow(unknown).await.unwrap_err();
    assert_eq!(
        stoa_rpc::client::error(refusal).reason,
        "WORKFLOW_NOT_FOUND"
    );
}
