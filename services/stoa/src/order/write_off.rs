//! `stoa order write-off`: money that is given up.

use stoa_api::order::v1::WriteOffRequest;
use stoa_types::Money;

use crate::client::{Failure, Report as _};
use crate::status;

use super::One;
use super::row::Row;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub(super) struct WriteOff {
    #[command(flatten)]
    one: One,
    /// How much, such as "12.99 EUR"; no more than is due
    #[arg(long, value_name = "AMOUNT", value_parser = super::amount)]
    amount: Money,
}

impl WriteOff {
    pub(super) async fn run(&self) -> Result<u8, Failure> {
        let suite = self.one.suite.connect()?;
        let request = WriteOffRequest {
            order_id: self.one.id.clone(),
            reason: self.one.reason.clone(),
            amount: Some(self.amount.into()),
            ..WriteOffRequest::default()
        };
        let answer = suite.call(request).await;
        let answer = answer.map_err(|failure| self.one.advised(failure))?;
        let row = Row::new(answer.order)?;
        row.print(self.one.format).map(|()| status::OK)
    }
}
