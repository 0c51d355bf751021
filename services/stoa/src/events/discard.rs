//! `stoa events discard`: give up what will never be applied, and go on with what waits behind it.

use stoa_api::ops::v1::DiscardDeadLetterRequest;

use crate::client::{Failure, Report as _};

use super::One;
use super::row::{Left, Row};

/// Its arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Discard {
    #[command(flatten)]
    one: One,
    /// Why, for the audit log
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

impl Discard {
    pub(super) async fn run(&self) -> Result<u8, Failure> {
        let suite = self.one.suite.connect()?;
        let row = super::find(&suite, &self.one).await?;
        let request = DiscardDeadLetterRequest {
            request_id: String::new(),
            service: row.service.clone(),
            consumer: row.consumer,
            event_id: row.event_id,
            reason: self.reason.clone(),
        };
        let answer = suite.call(request).await?;
        let row = Row::new(row.service, answer.dead_letter)?;
        let left = Left::new(row, answer.applied, answer.left);
        left.print(self.one.format).map(|()| left.status())
    }
}
