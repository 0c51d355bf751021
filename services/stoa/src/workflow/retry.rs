//! `stoa workflow retry`: run one again now. What it then does is decided by its own steps; nothing is skipped or forced.

use stoa_api::ops::v1::RetryWorkflowRequest;

use crate::client::{Failure, Report as _};
use crate::status;

use super::One;
use super::row::Row;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Retry {
    #[command(flatten)]
    one: One,
    /// Why, for the audit log
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    reason: String,
}

impl Retry {
    pub(super) async fn run(&self) -> Result<u8, Failure> {
        let suite = self.one.suite.connect()?;
        let service = super::find(&suite, &self.one).await?.service;
        let request = RetryWorkflowRequest {
            request_id: String::new(),
            service: service.clone(),
            workflow_id: self.one.id.clone(),
            reason: self.reason.clone(),
        };
        let answer = suite.call(request).await?;
        let row = Row::new(service, answer.workflow)?;
        row.print(self.one.format).map(|()| status::OK)
    }
}
