//! `stoa payment`: the typed way out for an operation of which the provider tells nothing.

mod resolve;

use crate::client::Failure;

/// What `stoa payment --help` ends with.
pub(crate) const HELP: &str = "Examples:
  stoa payment resolve op_01jd6xq7y2e3p8v5k9t4m6s0ab --as failed --reason \"support ticket 4711: never received\"
  stoa payment resolve op_01jd6xq7y2e3p8v5k9t4m6s0ab --as succeeded --provider-id ch_9 --reason \"seen in its console\"

Only after the provider's settle window, and never against what the provider itself says.";

/// The arguments of `stoa payment`.
#[derive(Debug, clap::Args)]
pub(crate) struct Payment {
    #[command(subcommand)]
    verb: Verb,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Say what became of an operation of which the provider tells nothing
    #[command(after_help = HELP)]
    Resolve(resolve::Resolve),
}

impl Payment {
    /// Does it.
    ///
    /// # Errors
    /// What the suite refused, or that it is gone.
    pub(crate) async fn run(&self) -> Result<u8, Failure> {
        match &self.verb {
            Verb::Resolve(resolve) => resolve.run().await,
        }
    }
}
