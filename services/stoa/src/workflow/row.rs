//! One workflow as it is shown.

use std::fmt;

use serde::Serialize;
use stoa_api::convert::timestamp;
use stoa_api::ops::v1::{Workflow, WorkflowState};

use crate::client::Failure;

/// One workflow of one service.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) workflow_id: String,
    pub(super) service: String,
    pub(super) kind: String,
    pub(super) definition_version: i32,
    pub(super) subject: String,
    pub(super) state: &'static str,
    pub(super) step: String,
    pub(super) attempt: i32,
    pub(super) due_time: Option<String>,
    pub(super) waiting_on: Option<String>,
    pub(super) last_error: Option<String>,
    pub(super) actor: String,
    pub(super) runner: String,
    pub(super) create_time: Option<String>,
    pub(super) update_time: Option<String>,
}

impl Row {
    pub(super) fn new(service: String, workflow: Option<Workflow>) -> Result<Self, Failure> {
        let workflow = workflow.ok_or_else(|| {
            Failure::Broken("the answer of the suite holds no workflow".to_owned())
        })?;
        let state = state(workflow.state());
        let time = |time: Option<prost_types::Timestamp>| {
            time.and_then(|time| timestamp("time", &time).ok())
                .map(|time| time.to_string())
        };
        let some = |text: String| (!text.is_empty()).then_some(text);
        Ok(Self {
            state,
            service,
            workflow_id: workflow.workflow_id,
            kind: workflow.kind,
            definition_version: workflow.definition_version,
            subject: workflow.subject,
            step: workflow.step,
            attempt: workflow.attempt,
            due_time: time(workflow.due_time),
            waiting_on: some(workflow.waiting_on),
            last_error: some(workflow.last_error),
            actor: workflow.actor,
            runner: workflow.runner,
            create_time: time(workflow.create_time),
            update_time: time(workflow.update_time),
        })
    }
}

fn state(state: WorkflowState) -> &'static str {
    match state {
        WorkflowState::Unspecified => "unspecified",
        WorkflowState::Running => "running",
        WorkflowState::Waiting => "waiting",
        WorkflowState::Stuck => "stuck",
        WorkflowState::Done => "done",
    }
}

/// All of it, one line per field.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attempt = self.attempt.to_string();
        let definition = format!("{} v{}", self.kind, self.definition_version);
        let none = String::from("-");
        let or = |text: &Option<String>| text.clone().unwrap_or_else(|| none.clone());
        for (name, value) in [
            ("id", self.workflow_id.clone()),
            ("service", self.service.clone()),
            ("kind", definition),
            ("subject", self.subject.clone()),
            ("state", self.state.to_owned()),
            ("step", self.step.clone()),
            ("attempt", attempt),
            ("due", or(&self.due_time)),
            ("waiting on", or(&self.waiting_on)),
            ("last error", or(&self.last_error)),
            ("actor", self.actor.clone()),
            ("runner", self.runner.clone()),
            ("created", or(&self.create_time)),
            ("updated", or(&self.update_time)),
        ] {
            writeln!(f, "{name:11} {value}")?;
        }
        Ok(())
    }
}
