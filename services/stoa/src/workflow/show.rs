//! `stoa workflow show`: all about one workflow.

use crate::client::{Failure, Report as _};
use crate::status;

use super::One;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    #[command(flatten)]
    one: One,
}

impl Show {
    pub(super) async fn run(&self) -> Result<u8, Failure> {
        let suite = self.one.suite.connect()?;
        let row = super::find(&suite, &self.one).await?;
        row.print(self.one.format).map(|()| status::OK)
    }
}
