//! `stoa order cancel`: the whole of an order that has not shipped.

use stoa_api::order::v1::CancelOrderRequest;

use crate::client::{Failure, Report as _};
use crate::status;

use super::One;
use super::row::Row;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Cancel {
    #[command(flatten)]
    one: One,
}

impl Cancel {
    pub(super) async fn run(&self) -> Result<u8, Failure> {
        let suite = self.one.suite.connect()?;
        let request = CancelOrderRequest {
            order_id: self.one.id.clone(),
            reason: self.one.reason.clone(),
            ..CancelOrderRequest::default()
        };
        let answer = suite.call(request).await;
        let answer = answer.map_err(|failure| self.one.advised(failure))?;
        let row = Row::new(answer.order)?;
        row.print(self.one.format).map(|()| status::OK)
    }
}
