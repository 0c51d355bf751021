//! `stoa events replay`: apply what could not be applied, and in order what waits behind it.

use stoa_api::ops::v1::ReplayDeadLettersRequest;

use crate::client::{Failure, Report as _};

use super::One;
use super::row::Left;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Replay {
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

impl Replay {
    pub(super) async fn run(&self) -> Result<u8, Failure> {
        let suite = self.one.suite.connect()?;
        let row = super::find(&suite, &self.one).await?;
        let request = ReplayDeadLettersRequest {
            request_id: String::new(),
            service: row.service.clone(),
            consumer: row.consumer.clone(),
            aggregate_kind: row.aggregate_kind.clone(),
            aggregate_id: row.aggregate_id.clone(),
            reason: self.reason.clone(),
        };
        let answer = suite.call(request).await?;
        let left = Left::new(row, answer.applied, answer.left);
        left.print(self.one.format).map(|()| left.status())
    }
}
