//! `stoa order retry-capture`: what is due is taken again, or the order stays on hold.

use stoa_api::order::v1::RetryCaptureRequest;

use crate::client::{Failure, Report as _};
use crate::status;

use super::One;
use super::row::Row;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub(super) struct RetryCapture {
    #[command(flatten)]
    one: One,
}

impl RetryCapture {
    pub(super) async fn run(&self) -> Result<u8, Failure> {
        let suite = self.one.suite.connect()?;
        let request = RetryCaptureRequest {
            order_id: self.one.id.clone(),
            reason: self.one.reason.clone(),
            ..RetryCaptureRequest::default()
        };
        let answer = suite.call(request).await;
        let answer = answer.map_err(|failure| self.one.advised(failure))?;
        let row = Row::new(answer.order)?;
        row.print(self.one.format).map(|()| status::OK)
    }
}
