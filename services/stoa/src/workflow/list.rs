//! `stoa workflow list`: what runs, waits or is stuck, of one service or of all.

use std::fmt;

use serde::Serialize;
use stoa_api::ops::v1::{ListWorkflowsRequest, WorkflowState};

use crate::client::{Failure, Format, Report as _, Where};
use crate::status;

use super::row::Row;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// The service whose work it is [default: all]
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Only what is in this state [default: all that is not done]
    #[arg(long, value_enum)]
    state: Option<State>,
    /// Only what is about this, such as an order's id
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    subject: String,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    suite: Where,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum State {
    Running,
    Waiting,
    Stuck,
    Done,
}

/// What was found.
#[derive(Debug, Serialize)]
struct Found {
    count: usize,
    workflows: Vec<Row>,
}

impl List {
    pub(super) async fn run(&self) -> Result<u8, Failure> {
        let suite = self.suite.connect()?;
        let services = match &self.service {
            Some(name) => vec![name.clone()],
            None => super::services(&suite).await?,
        };
        let mut workflows = Vec::new();
        for service in services {
            for state in self.wanted() {
                let request = ListWorkflowsRequest {
                    service: service.clone(),
                    state: (*state).into(),
                    subject: self.subject.clone(),
                    page_size: 1_000,
                    ..ListWorkflowsRequest::default()
                };
                let found = suite
                    .all(
                        request,
                        |request, token| request.page_token = token,
                        |page| (page.workflows, page.next_page_token),
                    )
                    .await?;
                for workflow in found {
                    workflows.push(Row::new(service.clone(), Some(workflow))?);
                }
            }
        }
        let found = Found {
            count: workflows.len(),
            workflows,
        };
        found.print(self.format).map(|()| status::OK)
    }

    /// What is done is many and of little interest: only when asked for.
    fn wanted(&self) -> &'static [WorkflowState] {
        use WorkflowState::{Done, Running, Stuck, Waiting};
        match self.state {
            None => &[Running, Waiting, Stuck],
            Some(State::Running) => &[Running],
            Some(State::Waiting) => &[Waiting],
            Some(State::Stuck) => &[Stuck],
            Some(State::Done) => &[Done],
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.workflows.is_empty() {
            return write!(f, "no workflows");
        }
        writeln!(
            f,
            "{:29} {:9} {:14} {:8} {:18} {:>7}  {:30}  LAST ERROR",
            "ID", "SERVICE", "KIND", "STATE", "STEP", "ATTEMPT", "SUBJECT"
        )?;
        for row in &self.workflows {
            writeln!(
                f,
                "{:29} {:9} {:14} {:8} {:18} {:>7}  {:30}  {}",
                row.workflow_id,
                row.service,
                row.kind,
                row.state,
                row.step,
                row.attempt,
                row.subject,
                row.last_error.as_deref().unwrap_or("-")
            )?;
        }
        Ok(())
    }
}
