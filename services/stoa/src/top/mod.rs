//! `stoa top`: what the suite does at this moment: rates, latencies, batches, workflows, lag, memory.
//!
//! | file | question it answers |
//! |---|---|
//! | `source` | where is the page of the admin port, and for how long may it stay away? |
//! | `page`, `histogram` | what stands on it, and what was recorded between two of them? |
//! | `figures`, `services`, `durable` | what is shown? |
//! | `text`, `screen` | how does it look, and how is the terminal drawn over and given back? |

mod durable;
mod figures;
mod histogram;
mod page;
mod screen;
mod services;
mod source;
mod text;

use std::path::PathBuf;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep_until;

use crate::client::{Connection, DEFAULT_DATA, Failure, Format, Report as _, Where};
use crate::status;

use durable::Consumer;
use figures::Figures;
use page::Change;
use screen::Screen;
use source::{Reading, Source};

/// What `stoa top --help` ends with.
pub(crate) const HELP: &str = "Examples:
  stoa top
  stoa top --data /var/lib/stoa --every 0.5
  stoa top --admin 127.0.0.1:7490           only what the admin port tells: no line per consumer
  stoa top --once --format json             one object on the last line
  stoa top --every 10 --format json >> top.jsonl

q or Ctrl-C ends it. Where stdout is no terminal, it prints a block (or a line of JSON) each time.
Latencies come from the buckets of histograms, so they are estimates within a bucket.";

/// The arguments of `stoa top`.
#[derive(Debug, clap::Args)]
pub(crate) struct Top {
    /// The data folder of the suite: addresses and token are read there [default: ./stoa-data]
    #[arg(long, value_name = "DIR", conflicts_with = "admin")]
    data: Option<PathBuf>,
    /// The admin port of the suite, instead of its data folder
    #[arg(long, value_name = "ADDR")]
    admin: Option<String>,
    /// How often the figures are read, and over which time they are taken: 0.1 to 3600
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = every)]
    every: Duration,
    /// Print the figures of one such time, and end
    #[arg(long)]
    once: bool,
    /// How they are printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The suite that is watched.
struct Suite {
    source: Source,
    /// Whom consumers are asked about; an admin port alone does not tell.
    connection: Option<Connection>,
}

impl Top {
    /// Watches until somebody ends it, or the suite stays away.
    ///
    /// # Errors
    /// The suite is gone, or the terminal is.
    pub(crate) async fn run(&self) -> Result<u8, Failure> {
        let suite = self.suite()?;
        let mut interrupted = ended(SignalKind::interrupt())?;
        let mut terminated = ended(SignalKind::terminate())?;
        tokio::select! {
            done = self.watch(&suite) => done?,
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
        Ok(status::OK)
    }

    fn suite(&self) -> Result<Suite, Failure> {
        if let Some(address) = &self.admin {
            return Ok(Suite {
                source: Source::address(address)?,
                connection: None,
            });
        }
        let data = self.data.clone().unwrap_or_else(|| DEFAULT_DATA.into());
        Ok(Suite {
            source: Source::folder(&data)?,
            connection: Some(Where::folder(data).connect()?),
        })
    }

    async fn watch(&self, suite: &Suite) -> Result<(), Failure> {
        // Whoever is not there is not worth a screen.
        let first = suite.source.read().await?;
        if self.once || self.format == Format::Json || !Screen::is_there() {
            return self
                .readings(suite, first, |figures| {
                    figures.print(self.format)?;
                    if self.once || self.format == Format::Json {
                        return Ok(());
                    }
                    crate::client::line("")
                })
                .await;
        }
        let screen = Screen::open()?;
        screen.draw(&format!(
            "{}: the first figures come in a moment",
            first.address
        ))?;
        tokio::select! {
            done = self.readings(suite, first, |figures| screen.draw(&figures.to_string())) => done,
            heard = screen.ended() => heard,
        }
    }

    /// Reads again and again, and shows what happened since.
    async fn readings(
        &self,
        suite: &Suite,
        mut last: Reading,
        show: impl Fn(&Figures) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        loop {
            sleep_until(last.at + self.every).await;
            let next = suite.source.read().await?;
            let consumers = match &suite.connection {
                Some(connection) => Some(Consumer::all(connection).await?),
                None => None,
            };
            let change = Change {
                before: &last.page,
                after: &next.page,
                seconds: (next.at - last.at).as_secs_f64(),
            };
            show(&Figures::of(change, next.address.clone(), consumers))?;
            if self.once {
                return Ok(());
            }
            last = next;
        }
    }
}

fn ended(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::Broken(format!("cannot hear signals: {error}")))
}

/// Reads a span in seconds.
fn every(text: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = text.parse().ok();
    seconds
        .filter(|seconds| (0.1..=3_600.0).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "it must be a number of seconds, 0.1 to 3600".to_owned())
}
