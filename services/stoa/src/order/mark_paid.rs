//! `stoa order mark-paid`: money that came by another way.

use stoa_api::order::v1::MarkPaidExternallyRequest;
use stoa_types::Money;

use crate::client::{Failure, Report as _};
use crate::status;

use super::One;
use super::row::Row;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub(super) struct MarkPaid {
    #[command(flatten)]
    one: One,
    /// How much, such as "12.99 EUR"; no more than is due
    #[arg(long, value_name = "AMOUNT", value_parser = super::amount)]
    amount: Money,
    /// Where it can be found, such as the number of the bank transfer; once per order
    #[arg(long, value_name = "REF")]
    reference: String,
}

impl MarkPaid {
    pub(super) async fn run(&self) -> Result<u8, Failure> {
        let suite = self.one.suite.connect()?;
        let request = MarkPaidExternallyRequest {
            order_id: self.one.id.clone(),
            reason: self.one.reason.clone(),
            amount: Some(self.amount.into()),
            reference: self.reference.clone(),
            ..MarkPaidExternallyRequest::default()
        };
        let answer = suite.call(request).await;
        let answer = answer.map_err(|failure| self.one.advised(failure))?;
        let row = Row::new(answer.order)?;
        row.print(self.one.format).map(|()| status::OK)
    }
}
