//! `stoa audit`: what the staff did, why, and what came of it.

mod list;

use crate::client::Failure;

/// What `stoa audit --help` ends with.
pub(crate) const HELP: &str = "Examples:
  stoa audit list                                             the newest 100 entries of all services
  stoa audit list --subject ord_01jd6xq7y2e3p8v5k9t4m6s0ab    who did what to this order?
  stoa audit list --actor staff:operator --limit 1000
  stoa audit list --service payment --format json

What customers do has no entry: it stands in the orders and payments themselves.";

/// The arguments of `stoa audit`.
#[derive(Debug, clap::Args)]
pub(crate) struct Audit {
    #[command(subcommand)]
    verb: Verb,
}

/// What to do with it.
#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// List what the staff did or was refused for good, the newest first
    #[command(after_help = HELP)]
    List(list::List),
}

impl Audit {
    /// Does it.
    ///
    /// # Errors
    /// What the suite refused, or that it is gone.
    pub(crate) async fn run(&self) -> Result<u8, Failure> {
        match &self.verb {
            Verb::List(list) => list.run().await,
        }
    }
}
