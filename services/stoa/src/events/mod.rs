//! `stoa events`: how far events are behind, and what becomes of those that a consumer could not apply.

mod dead_letters;
mod discard;
mod lag;
mod rebuild;
mod replay;
mod republish;
mod row;
mod show;

use stoa_api::ops::v1::{GetDeadLetterRequest, GetInfoRequest, GetLagRequest, reason};

use crate::client::{Connection, Failure, Format, Where};

use row::Row;

/// What `stoa events --help` ends with.
pub(crate) const HELP: &str = "Examples:
  stoa events lag
  stoa events dead-letters --service catalog
  stoa events show evt_01jd6xq7y2e3p8v5k9t4m6s0ab
  stoa events replay evt_01jd6xq7y2e3p8v5k9t4m6s0ab --reason \"the bug is fixed\"
  stoa events discard evt_01jd6xq7y2e3p8v5k9t4m6s0ab --reason \"the product never existed\"
  stoa events republish --service order --after 1200 --reason \"a new listener\"
  stoa events rebuild catalog.stock --reason \"what is in stock is wrong\"

An event that a consumer cannot apply holds up its aggregate in that consumer alone; all others flow.";

/// The arguments of `stoa events`.
#[derive(Debug, clap::Args)]
pub(crate) struct Events {
    #[command(subcommand)]
    verb: Verb,
}

/// What to do with them.
#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// How far each service's log is behind, and what its consumers hold back
    #[command(after_help = "Example:
  stoa events lag --service order --format json")]
    Lag(lag::Lag),
    /// List the events that a consumer could not apply, and those behind them
    #[command(after_help = "Examples:
  stoa events dead-letters
  stoa events dead-letters --consumer catalog.stock --state poison
  stoa events dead-letters --state discarded --format json")]
    DeadLetters(dead_letters::DeadLetters),
    /// Show one of them, with its payload
    #[command(after_help = "Example:
  stoa events show evt_01jd6xq7y2e3p8v5k9t4m6s0ab")]
    Show(show::Show),
    /// Apply it again, and in order those of its aggregate that wait behind it
    #[command(after_help = "Example:
  stoa events replay evt_01jd6xq7y2e3p8v5k9t4m6s0ab --reason \"the bug is fixed\"

Exit status 1: one could still not be applied; nothing is lost.")]
    Replay(replay::Replay),
    /// Give it up for good, and apply those that wait behind it
    #[command(after_help = "Example:
  stoa events discard evt_01jd6xq7y2e3p8v5k9t4m6s0ab --reason \"the product never existed\"

Who did it and why stands in the audit log. Only the first of an aggregate can be given up.")]
    Discard(discard::Discard),
    /// Publish a service's events behind a position again: each consumer skips what it has applied
    #[command(after_help = "Examples:
  stoa events republish --service order --after 1200 --reason \"a new listener\"
  stoa events republish --service inventory --after 0 --reason \"all of it\"")]
    Republish(republish::Republish),
    /// Build what a consumer keeps anew from the events, while it serves
    #[command(after_help = "Example:
  stoa events rebuild catalog.stock --reason \"what is in stock is wrong\"

The old one serves until the new one has heard everything. It may be interrupted: it goes on by itself.")]
    Rebuild(rebuild::Rebuild),
}

impl Events {
    /// Does it.
    ///
    /// # Errors
    /// What the suite refused, or that it is gone.
    pub(crate) async fn run(&self) -> Result<u8, Failure> {
        match &self.verb {
            Verb::Lag(lag) => lag.run().await,
            Verb::DeadLetters(list) => list.run().await,
            Verb::Show(show) => show.run().await,
            Verb::Replay(replay) => replay.run().await,
            Verb::Discard(discard) => discard.run().await,
            Verb::Republish(republish) => republish.run().await,
            Verb::Rebuild(rebuild) => rebuild.run().await,
        }
    }
}

/// Which letter, of which suite, and how the result is printed.
#[derive(Debug, clap::Args)]
struct One {
    /// The event, evt_..
    id: String,
    /// The consumer that keeps it aside, when several do [default: the one that does]
    #[arg(long, value_name = "NAME")]
    consumer: Option<String>,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    suite: Where,
}

/// The named service, or all that run there.
async fn services(suite: &Connection, named: Option<&String>) -> Result<Vec<String>, Failure> {
    if let Some(name) = named {
        return Ok(vec![name.clone()]);
    }
    let info = suite.call(GetInfoRequest {}).await?;
    let names = info.services.into_iter().map(|service| service.name);
    Ok(names.collect())
}

/// The letter; asks every consumer when none is named.
async fn find(suite: &Connection, one: &One) -> Result<Row, Failure> {
    let (mut found, mut missing) = (Vec::new(), None);
    for service in services(suite, None).await? {
        let lag = GetLagRequest {
            service: service.clone(),
        };
        for consumer in suite.call(lag).await?.consumers {
            let named = one.consumer.as_ref();
            if named.is_some_and(|named| *named != consumer.consumer) {
                continue;
            }
            let request = GetDeadLetterRequest {
                service: service.clone(),
                consumer: consumer.consumer,
                event_id: one.id.clone(),
                read_mask: None,
            };
            match suite.call(request).await {
                Ok(letter) => found.push(Row::new(service.clone(), letter.dead_letter)?),
                Err(failure) if failure.reason() == Some(reason::DEAD_LETTER_NOT_FOUND) => {
                    missing = Some(failure);
                }
                Err(failure) => return Err(failure),
            }
        }
    }
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (Some(first), Some(second)) => Err(Failure::Usage(format!(
            "{} is kept aside by {} and {}; name one by --consumer",
            one.id, first.consumer, second.consumer
        ))),
        (None, _) => Err(nowhere(one, missing)),
    }
}

/// The refusal of the last consumer that was asked, about all of them.
fn nowhere(one: &One, mut missing: Option<Failure>) -> Failure {
    if let Some(Failure::Refused { error, .. }) = &mut missing {
        error.message = format!(
            "no consumer keeps {} aside; `stoa events dead-letters` lists what is kept, with `--state discarded` what was given up",
            one.id
        )
        .into();
    }
    missing.unwrap_or_else(|| match &one.consumer {
        Some(name) => Failure::Usage(format!(
            "no service has a consumer {name}; `stoa events lag` names them"
        )),
        None => Failure::Broken("no consumer runs there".to_owned()),
    })
}
