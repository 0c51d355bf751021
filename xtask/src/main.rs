//! What a developer types: `cargo xtask setup | test | check | contract | baseline | docs-errors | bench | profile | ghz | proof`.
//!
//! Each command lives in a file of its own name. Progress goes to stderr, so that stdout stays free for results.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)
)]

mod bench;
mod check;
mod contract;
mod errors_docs;
mod ghz;
mod image;
mod postgres;
mod process;
mod profile;
mod proof;
mod root;
mod setup;
mod source;
mod test;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "The developer's commands of Stoa", after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  cargo xtask setup                     install the pinned tools into ./.tools (quick when done)
  cargo xtask postgres stop             end the private Postgres of the tests
  cargo xtask test                      build and run the whole test suite
  cargo xtask test -E 'package(stoa-order)'   only the tests of one package (arguments go to nextest)
  cargo xtask check                     dependency direction, call graph, boundaries, long files, ..
  cargo xtask check --only boundaries   one of them
  cargo xtask contract                  lint, format and breaking check of proto/
  cargo xtask baseline                  accept the contract as it stands (a commit of its own)
  cargo xtask docs-errors               write docs/errors, one page per reason
  cargo xtask docs-errors --check       fail when a page is missing or stale
  cargo xtask bench orders --lines 2 --seconds 20 --format json   durable orders per second
  cargo xtask profile orders            a flame graph of suite and client, with symbols
  cargo xtask ghz --only OrderService   every public RPC under a little load, in one table
  cargo xtask proof --hours 8           a night of deaths, lost answers, power cuts and long runs, and a report of it";

#[derive(Subcommand)]
enum Command {
    /// Install the pinned tools into ./.tools: buf, grpcurl, nextest, cargo-deny, openapi-spec-validator; start Postgres.
    ///
    /// Does nothing when all is there. Needs npm, go and python3. The tests' Postgres is a private one, with its data in the
    /// folder for temporary files; it is installed by apt-get if the system has none.
    Setup,
    /// The private Postgres of the tests; `setup` and `test` start it by themselves.
    Postgres {
        /// start or stop
        #[arg(value_parser = ["start", "stop"])]
        what: String,
    },
    /// Set up, build what the tests need and run every test with nextest.
    ///
    /// Twice: on SQLite, and what stands on a database once more on Postgres. With arguments, which go to `cargo nextest
    /// run`, once, on the engine of STOA_TEST_ENGINE (sqlite or postgres). Example: cargo xtask test -p stoa-store -- group_commit
    #[command(disable_help_flag = true)]
    Test {
        /// Handed to `cargo nextest run` as they are.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Prove the rules of the architecture from `cargo metadata` and the sources.
    Check {
        /// Run only the check of this name; may be repeated.
        #[arg(long)]
        only: Vec<String>,
    },
    /// Lint, format and breaking check of the contract in proto/.
    Contract,
    /// Write proto/baseline.binpb: the contract as it stands becomes the accepted one.
    Baseline,
    /// Write docs/errors: one page per reason of the contract.
    DocsErrors {
        /// Write nothing; fail when a page is missing, stale or left over.
        #[arg(long)]
        check: bool,
    },
    /// Build as a release is built, and measure; the arguments go to the load (`--help` shows them).
    ///
    /// The first argument may name a work, otherwise every work is measured. `--quick` builds without link-time
    /// optimisation over all crates, `--allocations` with an allocator that counts. Example: cargo xtask bench orders
    /// --lines 2 --seconds 20 --format json
    #[command(disable_help_flag = true)]
    Bench {
        /// Handed to the load as they are.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Take samples of suite and client while orders arrive, and draw them as a flame graph (SVG).
    ///
    /// Needs Linux with `perf`, which is installed by apt-get where that can be.
    Profile(profile::Arguments),
    /// Call every public RPC for a while, by the profiles in loadtest/ghz, and print one table.
    ///
    /// Builds the suite and starts it on a fresh folder, which it fills. Needs go: ghz is built into ./.tools at first.
    Ghz(ghz::Arguments),
    /// Let everything go wrong for a long time, on both engines, and write a report of what was done and what held.
    ///
    /// Every boundary with everything that can go wrong there, random faults, kills, power cuts, and the long runs of
    /// the concurrency tests. Needs a C compiler (`cc`). Fails when anything did not hold.
    Proof(proof::Arguments),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            process::say(&format!("Error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    let root = root::find()?;
    match command {
        Command::Setup => setup::run(&root)
            .and_then(|_| postgres::start(&root))
            .map(drop),
        Command::Postgres { what } if what == "stop" => postgres::stop(&root),
        Command::Postgres { .. } => postgres::start(&root).map(|_| {
            process::say("[xtask] Postgres runs; .tools/postgres.url says where");
        }),
        Command::Test { arguments } => test::run(&root, &arguments),
        Command::Check { only } => check::run(&root, &only),
        Command::Contract => contract::run(&root),
        Command::Baseline => contract::baseline(&root),
        Command::DocsErrors { check } => errors_docs::run(&root, check),
        Command::Bench { arguments } => bench::run(&root, &arguments),
        Command::Profile(arguments) => profile::run(&root, &arguments),
        Command::Ghz(arguments) => ghz::run(&root, &arguments),
        Command::Proof(arguments) => proof::run(&root, &arguments),
    }
}
