//! The command line: what `stoa` can be asked, with an example for each.
//!
//! A tool is a variant of `Command` and a module of the same name; it gets its arguments and gives a [`Failure`] or an exit
//! status.

use std::future::Future;

use clap::{Parser, Subcommand};

use crate::audit::Audit;
use crate::backup::Backup;
use crate::chaos::{self, Chaos};
use crate::client::Failure;
use crate::doctor::Doctor;
use crate::events::Events;
use crate::order::Order;
use crate::payment::Payment;
use crate::replay::{self, Replay};
use crate::restore::Restore;
use crate::sandbox::Sandbox;
use crate::seed::Seed;
use crate::status;
use crate::top::{self, Top};
use crate::up::Up;
use crate::workflow::Workflow;

/// Stoa, a commerce backend: the whole suite in one process, and its operator's tools
#[derive(Debug, Parser)]
#[command(name = "stoa", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "Examples:
  stoa up                                   start everything in ./stoa-data
  stoa seed                                 fill it with a demo shop
  stoa doctor                               does everything add up?
  stoa workflow list --state stuck          what needs an operator?

Exit status: 0 done, 1 refused or broken, 64 wrong arguments or settings, 70 a fault, 75 run it again later.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Start the whole suite in this process
    #[command(after_help = "Examples:
  stoa up
  stoa up --data /var/lib/stoa --grpc 127.0.0.1:9000
  stoa up --grpc 127.0.0.1:0 --http 127.0.0.1:0 --admin 127.0.0.1:0   free ports, in DIR/addresses.json
  stoa up --database postgres://admin:secret@127.0.0.1:5432/postgres  on Postgres instead of SQLite files
  stoa up --provider http://127.0.0.1:7500                            another payment provider
  STOA_TELEMETRY__FILTER=debug stoa up --log json                     any setting by the environment

SIGINT or SIGTERM drains and ends; a second one ends at once.")]
    Up(Up),
    /// Run the payment provider's stand-in alone, until standard input closes
    #[command(after_help = "Example:
  stoa sandbox --data ./books --listen 127.0.0.1:7500

`stoa up` runs one by itself. Card tokens: tok_approve, tok_decline, tok_slow, tok_timeout_then_succeed,
tok_timeout_then_fail, tok_not_found_then_succeed, tok_capture_declined.")]
    Sandbox(Sandbox),
    /// Audit the suite over its RPCs: what does not add up, and which command repairs it?
    #[command(after_help = crate::doctor::HELP)]
    Doctor(Doctor),
    /// Watch what the suite does: rates, latencies, batches, workflows, lag, memory
    #[command(after_help = top::HELP)]
    Top(Top),
    /// Copy everything at one moment, while the suite runs
    #[command(after_help = crate::backup::HELP)]
    Backup(Backup),
    /// Put a backup into a data folder in which nothing runs
    #[command(after_help = crate::restore::HELP)]
    Restore(Restore),
    /// Look at durable work, and run again what is stuck
    #[command(after_help = "Examples:
  stoa workflow list
  stoa workflow list --service order --state stuck --format json
  stoa workflow show wf_01jd6xq7y2e3p8v5k9t4m6s0ab
  stoa workflow retry wf_01jd6xq7y2e3p8v5k9t4m6s0ab")]
    Workflow(Workflow),
    /// See how far events are behind, and deal with those that could not be applied
    #[command(after_help = crate::events::HELP)]
    Events(Events),
    /// Deal with an order that does not go on by itself
    #[command(after_help = crate::order::HELP)]
    Order(Order),
    /// Deal with a payment's operation of which the provider tells nothing
    #[command(after_help = crate::payment::HELP)]
    Payment(Payment),
    /// See what the staff did, why, and what came of it
    #[command(after_help = crate::audit::HELP)]
    Audit(Audit),
    /// Fill the suite with a demo shop: channel `shop`, some 60 products, prices, stock
    #[command(after_help = "Examples:
  stoa seed
  stoa seed --data /var/lib/stoa --format json

It may be run again at any time: nothing is made twice.")]
    Seed(Seed),
    /// Take a real shop's orders through the suite
    Replay(Replay),
    /// Load, faults, duplicates and kills on a scratch deployment: does everything hold?
    #[command(after_help = chaos::HELP)]
    Chaos(Chaos),
}

/// Runs the command of this process; gives its exit status.
#[must_use]
pub fn run() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let asked = !error.use_stderr();
            // A closed terminal is no reason for another status.
            let _ignored = error.print();
            return if asked { status::OK } else { status::USAGE };
        }
    };
    match cli.command {
        Command::Up(up) => up.run(),
        Command::Sandbox(sandbox) => tool(async move { sandbox.run().await.map(|()| status::OK) }),
        Command::Doctor(doctor) => tool(async move { doctor.run().await }),
        Command::Top(top) => tool(async move { top.run().await }),
        Command::Backup(backup) => tool(async move { backup.run().await }),
        Command::Restore(restore) => tool(async move { restore.run().await }),
        Command::Workflow(workflow) => tool(async move { workflow.run().await }),
        Command::Events(events) => tool(async move { events.run().await }),
        Command::Order(order) => tool(async move { order.run().await }),
        Command::Payment(payment) => tool(async move { payment.run().await }),
        Command::Audit(audit) => tool(async move { audit.run().await }),
        Command::Seed(seed) => tool(async move { seed.run().await }),
        Command::Chaos(chaos) => tool(async move { chaos.run().await }),
        Command::Replay(replay) => {
            tool(async move { replay::run(replay).await.map(|()| status::OK) })
        }
    }
}

/// Runs a tool to its end, and says why when it fails.
fn tool(work: impl Future<Output = Result<u8, Failure>>) -> u8 {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => Err(Failure::Broken(format!("cannot start threads: {error}"))),
    };
    done.unwrap_or_else(|failure| {
        eprintln!("{failure}");
        failure.status()
    })
}

/// Whether somebody may type this.
#[cfg(test)]
pub(crate) fn is_command(words: &[&str]) -> bool {
    Cli::try_parse_from(words).is_ok()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_hold_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example() {
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string);
            assert!(
                help.is_some_and(|help| help.contains(&format!("stoa {}", command.get_name()))),
                "{}",
                command.get_name()
            );
        }
    }
}
