//! `stoa workflow`: durable work as its operator sees it.

mod list;
mod retry;
mod row;
mod show;

use crate::client::{Connection, Failure, Format, Where};

use row::Row;
use stoa_api::ops::v1::{GetInfoRequest, GetWorkflowRequest, reason};

/// The arguments of `stoa workflow`.
#[derive(Debug, clap::Args)]
pub(crate) struct Workflow {
    #[command(subcommand)]
    verb: Verb,
}

/// What to do with it.
#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// List what runs, waits or is stuck
    #[command(after_help = "Example:
  stoa workflow list --state stuck")]
    List(list::List),
    /// Show one workflow
    #[command(after_help = "Example:
  stoa workflow show wf_01jd6xq7y2e3p8v5k9t4m6s0ab")]
    Show(show::Show),
    /// Run one again now, whatever it waits for
    #[command(after_help = "Example:
  stoa workflow retry wf_01jd6xq7y2e3p8v5k9t4m6s0ab")]
    Retry(retry::Retry),
}

impl Workflow {
    /// Does it.
    ///
    /// # Errors
    /// What the suite refused, or that it is gone.
    pub(crate) async fn run(&self) -> Result<u8, Failure> {
        match &self.verb {
            Verb::List(list) => list.run().await,
            Verb::Show(show) => show.run().await,
            Verb::Retry(retry) => retry.run().await,
        }
    }
}

/// Which workflow, of which suite, and how it is printed.
#[derive(Debug, clap::Args)]
struct One {
    /// Its id, wf_..
    id: String,
    /// The service that it belongs to [default: the one that has it]
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    suite: Where,
}

/// The names of the services that run there.
async fn services(suite: &Connection) -> Result<Vec<String>, Failure> {
    let info = suite.call(GetInfoRequest {}).await?;
    Ok(info
        .services
        .into_iter()
        .map(|service| service.name)
        .collect())
}

/// The workflow and its service; asks every service when none is named.
async fn find(suite: &Connection, one: &One) -> Result<Row, Failure> {
    let services = match &one.service {
        Some(name) => vec![name.clone()],
        None => services(suite).await?,
    };
    let mut missing = None;
    for service in services {
        let request = GetWorkflowRequest {
            service: service.clone(),
            workflow_id: one.id.clone(),
            read_mask: None,
        };
        match suite.call(request).await {
            Ok(found) => return Row::new(service, found.workflow),
            Err(failure) if failure.reason() == Some(reason::WORKFLOW_NOT_FOUND) => {
                missing = Some(failure);
            }
            Err(failure) => return Err(failure),
        }
    }
    if let (None, Some(Failure::Refused { error, .. })) = (&one.service, &mut missing) {
        error.message = format!("no service has a workflow {}", one.id).into();
    }
    Err(missing.unwrap_or_else(|| Failure::Broken("no service runs there".to_owned())))
}
