//! `stoa events dead-letters`: what the consumers could not apply, of one service or of all.

use std::fmt;

use serde::Serialize;
use stoa_api::ops::v1::{DeadLetterState, ListDeadLettersRequest};

use crate::client::{Failure, Format, Report as _, Where};
use crate::status;

use super::row::Row;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub(super) struct DeadLetters {
    /// The service whose consumers they are [default: all]
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Only of this consumer
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    consumer: String,
    /// Only what is in this state [default: all that was not given up]
    #[arg(long, value_enum)]
    state: Option<State>,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    suite: Where,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum State {
    Poison,
    Queued,
    Early,
    Discarded,
}

/// What was found.
#[derive(Debug, Serialize)]
struct Found {
    count: usize,
    dead_letters: Vec<Row>,
}

impl DeadLetters {
    pub(super) async fn run(&self) -> Result<u8, Failure> {
        let suite = self.suite.connect()?;
        let mut dead_letters = Vec::new();
        for service in super::services(&suite, self.service.as_ref()).await? {
            let request = ListDeadLettersRequest {
                service: service.clone(),
                consumer: self.consumer.clone(),
                state: self.wanted().into(),
                page_size: 1_000,
                ..ListDeadLettersRequest::default()
            };
            let found = suite
                .all(
                    request,
                    |request, token| request.page_token = token,
                    |page| (page.dead_letters, page.next_page_token),
                )
                .await?;
            for letter in found {
                dead_letters.push(Row::new(service.clone(), Some(letter))?);
            }
        }
        let found = Found {
            count: dead_letters.len(),
            dead_letters,
        };
        found.print(self.format).map(|()| status::OK)
    }

    fn wanted(&self) -> DeadLetterState {
        match self.state {
            None => DeadLetterState::Unspecified,
            Some(State::Poison) => DeadLetterState::Poison,
            Some(State::Queued) => DeadLetterState::Queued,
            Some(State::Early) => DeadLetterState::Early,
            Some(State::Discarded) => DeadLetterState::Discarded,
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.dead_letters.is_empty() {
            return write!(f, "no dead letters");
        }
        writeln!(
            f,
            "{:30} {:20} {:9} {:>8}  {:48} ERROR",
            "EVENT", "CONSUMER", "STATE", "ATTEMPTS", "OF"
        )?;
        for row in &self.dead_letters {
            let of = format!(
                "{} {} v{}",
                row.aggregate_kind, row.aggregate_id, row.aggregate_version
            );
            writeln!(
                f,
                "{:30} {:20} {:9} {:>8}  {of:48} {}",
                row.event_id,
                row.consumer,
                row.state,
                row.attempts,
                row.last_error.as_deref().unwrap_or("-")
            )?;
        }
        Ok(())
    }
}
