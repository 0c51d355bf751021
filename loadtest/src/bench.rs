//! What every work is told: the binary under test, the engine, how long and how often, where to put data.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::disk;
use crate::figures::{Figures, float};
use crate::postgres::Server;
use crate::suite::Launch;

/// The engine that the suite keeps its data on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Engine {
    /// Files in the data folder.
    #[default]
    Sqlite,
    /// Databases on a server.
    Postgres,
}

impl Engine {
    /// The name in a report.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// The options of every work.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// The `stoa` binary under test [default: the one beside this program]
    #[arg(long, global = true, value_name = "FILE")]
    stoa: Option<PathBuf>,
    /// What the suite keeps its data on
    #[arg(long, global = true, value_enum, default_value_t)]
    engine: Engine,
    /// The Postgres server: a URL of a role that may create databases and roles
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// The folder of psql and pgbench [default: wherever the shell finds them]
    #[arg(long, global = true, value_name = "DIR")]
    postgres_bin: Option<PathBuf>,
    /// Seconds of one measured round
    #[arg(long, global = true, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=7_200))]
    seconds: u64,
    /// Rounds; a figure is their median
    #[arg(long, global = true, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=99))]
    rounds: u32,
    /// Where the data folders are made [default: the system's temporary folder]
    #[arg(long, global = true, value_name = "DIR")]
    data_in: Option<PathBuf>,
}

/// One run of the command.
#[derive(Debug)]
pub(crate) struct Bench {
    options: Options,
    stoa: PathBuf,
    folder: TempDir,
    suites: Cell<u32>,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    pub(crate) fn new(options: Options) -> Result<Self> {
        let folder = match &options.data_in {
            Some(parent) => tempfile::tempdir_in(parent),
            None => tempfile::tempdir(),
        }
        .context("cannot make a data folder")?;
        let stoa = match &options.stoa {
            Some(stoa) => stoa.clone(),
            None => std::env::current_exe()?.with_file_name("stoa"),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot start a runtime")?;
        Ok(Self {
            options,
            stoa,
            folder,
            suites: Cell::new(0),
            runtime,
        })
    }

    /// The binary under test.
    pub(crate) fn stoa(&self) -> &Path {
        &self.stoa
    }

    pub(crate) fn engine(&self) -> Engine {
        self.options.engine
    }

    /// How long a measured round is.
    pub(crate) fn span(&self) -> Duration {
        Duration::from_secs(self.options.seconds)
    }

    /// Where temporary files go; it is removed at the end.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The Postgres server that was named.
    pub(crate) fn server(&self) -> Result<Server> {
        let url = self.options.database.as_deref().context(
            "name a Postgres server with --database postgres://..; `cargo xtask bench` starts one and names it",
        )?;
        Ok(Server::new(url, self.options.postgres_bin.as_deref()))
    }

    /// A suite on the engine that was asked for, in a fresh folder, not yet started.
    pub(crate) fn suite(&self) -> Result<Launch> {
        let mut command = Command::new(&self.stoa);
        command.arg("up");
        self.launch(command)
    }

    /// A suite on a folder of files that was there before, not yet started.
    pub(crate) fn suite_on(&self, data: &Path) -> Launch {
        let mut command = Command::new(&self.stoa);
        command.arg("up");
        Launch::new(command, data, None)
    }

    /// One service in a process of its own, which its peers may call; its binary stands beside that of the suite.
    pub(crate) fn service(&self, name: &str) -> Result<Launch> {
        let binary = self.stoa.with_file_name(format!("stoa-{name}"));
        let mut command = Command::new(binary);
        command.args(["--peers", "127.0.0.1:0"]);
        self.launch(command)
    }

    fn launch(&self, command: Command) -> Result<Launch> {
        let number = self.suites.get() + 1;
        self.suites.set(number);
        let data = self.folder().join(format!("data-{number}"));
        let databases = match self.engine() {
            Engine::Sqlite => None,
            Engine::Postgres => Some(self.server()?.databases()),
        };
        Ok(Launch::new(command, &data, databases))
    }

    /// Runs what is asynchronous and is not measured.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Measures in rounds: the medians of their figures, with the disk's fsync rate just before each beside them.
    pub(crate) fn rounds(&self, mut round: impl FnMut(u32) -> Result<Figures>) -> Result<Figures> {
        let mut rounds = Vec::new();
        for number in 0..self.options.rounds {
            let fsyncs = disk::fsyncs_per_second(self.folder())?;
            eprintln!("measuring, round {}", number + 1);
            let figures = round(number)?;
            rounds.push(figures.with("fsyncs_per_s", float(fsyncs)));
        }
        Ok(Figures::medians(&rounds).with("rounds", self.options.rounds))
    }
}
