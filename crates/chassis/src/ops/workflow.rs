//! Durable work, for operators.

use std::sync::Arc;

use async_trait::async_trait;
use stoa_api::convert::to_timestamp;
use stoa_api::ops::v1::{
    GetWorkflowRequest, GetWorkflowResponse, ListWorkflowsRequest, ListWorkflowsResponse,
    RetryWorkflowRequest, RetryWorkflowResponse, Workflow, WorkflowState, reason,
};
use stoa_errors::Error;
use stoa_rpc::ops::v1::WorkflowServiceHandler;
use stoa_store::{Etag, PageSize, PageToken};
use stoa_types::{Ctx, Timestamp, WorkflowId};
use stoa_workflow::{Filter, Info, Status};

use super::Process;

/// `stoa.ops.v1.WorkflowService`.
pub(crate) struct Workflows(pub(crate) Arc<Process>);

#[async_trait]
impl WorkflowServiceHandler for Workflows {
    async fn list_workflows(
        &self,
        _: Ctx,
        request: ListWorkflowsRequest,
    ) -> Result<ListWorkflowsResponse, Error> {
        let part = self.0.part(&request.service)?;
        let now = self.0.clock.now();
        let size = PageSize::new(request.page_size)?;
        let arguments = (&request.service, request.state, &request.subject);
        let filter = Filter {
            after: PageToken::decode::<WorkflowId, _>(&request.page_token, &arguments)?,
            subject: Some(request.subject.clone()).filter(|subject| !subject.is_empty()),
            ..of_state(request.state(), now)
        };
        let limit = u32::try_from(size.fetch()).unwrap_or(u32::MAX);
        let mut found = part.runner.list(&filter, limit).await?;
        let more = found.len() > size.get();
        found.truncate(size.get());
        let next_page_token = match found.last() {
            Some(last) if more => PageToken::encode(&last.id, &arguments)?,
            _ => String::new(),
        };
        let workflows = found.into_iter().map(|info| shown(info, now)).collect();
        Ok(ListWorkflowsResponse {
            workflows,
            next_page_token,
        })
    }

    async fn get_workflow(
        &self,
        _: Ctx,
        request: GetWorkflowRequest,
    ) -> Result<GetWorkflowResponse, Error> {
        let workflow = self.show(&request.service, &request.workflow_id).await?;
        Ok(GetWorkflowResponse {
            workflow: Some(workflow),
        })
    }

    async fn retry_workflow(
        &self,
        ctx: Ctx,
        request: RetryWorkflowRequest,
    ) -> Result<RetryWorkflowResponse, Error> {
        let part = self.0.part(&request.service)?;
        part.runner.retry(&ctx, id(&request.workflow_id)?).await?;
        Ok(RetryWorkflowResponse {
            workflow: Some(self.show(&request.service, &request.workflow_id).await?),
        })
    }
}

impl Workflows {
    async fn show(&self, service: &str, workflow: &str) -> Result<Workflow, Error> {
        let part = self.0.part(service)?;
        let info = part.runner.show(id(workflow)?).await?.ok_or_else(|| {
            Error::not_found(
                reason::WORKFLOW_NOT_FOUND,
                format!("workflow {workflow} of {service}"),
            )
        })?;
        Ok(shown(info, self.0.clock.now()))
    }
}

fn id(text: &str) -> Result<WorkflowId, Error> {
    text.parse().map_err(|error: stoa_types::ParseIdError| {
        Error::invalid("workflow_id", "string.pattern", error.to_string())
    })
}

/// The filter that a state of the contract stands for: what is live is running when it is due, else waiting.
fn of_state(state: WorkflowState, now: Timestamp) -> Filter {
    let (status, due) = match state {
        WorkflowState::Unspecified => (None, None),
        WorkflowState::Running => (Some(Status::Live), Some((now, true))),
        WorkflowState::Waiting => (Some(Status::Live), Some((now, false))),
        WorkflowState::Stuck => (Some(Status::Stuck), None),
        WorkflowState::Done => (Some(Status::Done), None),
    };
    Filter {
        status,
        due,
        ..Filter::default()
    }
}

fn shown(info: Info, now: Timestamp) -> Workflow {
    let state = match info.status {
        Status::Live if info.due_at <= now => WorkflowState::Running,
        Status::Live => WorkflowState::Waiting,
        Status::Stuck => WorkflowState::Stuck,
        Status::Done => WorkflowState::Done,
    };
    let id = info.id.to_string();
    Workflow {
        etag: Etag::of(&id, info.updated_at.micros()).into(),
        workflow_id: id,
        kind: info.kind,
        definition_version: i32::from(info.version),
        subject: info.subject,
        state: state.into(),
        step: info.step,
        attempt: i32::try_from(info.attempt).unwrap_or(i32::MAX),
        due_time: (info.status == Status::Live).then(|| to_timestamp(info.due_at)),
        waiting_on: info.waiting_on.unwrap_or_default(),
        last_error: info.last_error.unwrap_or_default(),
        actor: info.actor,
        runner: info.runner.to_string(),
        create_time: Some(to_timestamp(info.created_at)),
        update_time: Some(to_timestamp(info.updated_at)),
    }
}
