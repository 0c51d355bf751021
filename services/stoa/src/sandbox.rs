//! `stoa sandbox`: the payment provider's stand-in, alone in a process of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use stoa_sandbox::{Config, SandboxError, run_until_stdin_closes};

use crate::client::Failure;

/// The arguments of `stoa sandbox`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Sandbox {
    /// The folder of its books; made when it is missing
    #[arg(long, value_name = "DIR", default_value = "./stoa-data/sandbox")]
    data: PathBuf,
    /// Where it listens; port 0 takes a free one, and the address is printed
    #[arg(long, value_name = "ADDR", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))]
    listen: SocketAddr,
}

impl Sandbox {
    /// Serves until standard input closes.
    ///
    /// # Errors
    /// When the books or the address cannot be had.
    pub(crate) async fn run(&self) -> Result<(), Failure> {
        run_until_stdin_closes(Config::new(&self.data), self.listen)
            .await
            .map_err(|error| failure(&error))
    }
}

fn failure(error: &SandboxError) -> Failure {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    match error {
        SandboxError::Folder(_) | SandboxError::Bind(..) => Failure::Usage(text),
        SandboxError::Books(_) | SandboxError::Io(_) => Failure::Broken(text),
    }
}
