//! `cargo xtask test`: the whole test suite, with what it needs built before.
//!
//! Two builds: the binary that users run, set aside, which every test of a process starts; and the test build, with the named crash
//! points, the mutants and the lowered durability, in which the tests themselves run and whose binary the crash tests start.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::check::metadata;
use crate::postgres;
use crate::process::{self, timed};
use crate::setup;
use crate::tools::Tools;

/// The feature of the test build; it reaches every crate through the suite's.
const FEATURE: &str = "stoa/crash-points";

/// The variables by which tests find the two binaries.
const PLAIN_BINARY: &str = "STOA_BIN";
const CRASH_BINARY: &str = "STOA_CRASH_BIN";

/// The engine of the second pass, and what goes wrong there at each boundary.
const ON_POSTGRES: [(&str, &str); 2] =
    [("STOA_TEST_ENGINE", "postgres"), ("STOA_MATRIX", "before")];

/// Its tests: whatever stands on a database, but for what is about SQLite alone. Of the crashes, death before each boundary.
const ON_BOTH_ENGINES: &str = "(package(/^stoa-(store|events|workflow|catalog|pricing|inventory|payment|order)$/) \
    or binary(orders) or binary(history) or binary(doctor) or (binary(crash) and test(/^matrix::/)) or test(/both_engines/)) \
    and not test(/sqlite_|postgres_/)";

/// Sets up, builds and runs; `arguments` go to nextest.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<()> {
    let tools = timed("setup", || setup::run(root))?;
    timed("Postgres", || postgres::start_tidy(root))?;
    let built = build(root, &tools)?;
    timed("tests", || {
        process::run(built.nextest(&tools)?.args(arguments))
    })?;
    // Whoever chooses tests chooses the engine as well, by the variable.
    if arguments.is_empty() {
        timed("tests on Postgres", || {
            let mut nextest = built.nextest(&tools)?;
            process::run(nextest.args(["-E", ON_BOTH_ENGINES]).envs(ON_POSTGRES))
        })?;
    }
    Ok(())
}

/// The binaries that tests start: the suite as users run it, and with its crash points.
pub(crate) struct Built {
    plain: PathBuf,
    crash: PathBuf,
}

impl Built {
    /// `cargo nextest run` of the test build, whose tests find the binaries.
    pub(crate) fn nextest(&self, tools: &Tools) -> Result<Command> {
        let mut command = tools.command("cargo")?;
        command
            .args(["nextest", "run", "--workspace", "--features", FEATURE])
            .env(PLAIN_BINARY, &self.plain)
            .env(CRASH_BINARY, &self.crash);
        Ok(command)
    }
}

/// Builds what the tests start.
pub(crate) fn build(root: &Path, tools: &Tools) -> Result<Built> {
    let target = metadata::load(root)?.target_directory;
    let plain = timed("build of the suite", || {
        binary(tools, &target, "plain", &[])
    })?;
    let crash = timed("build of the suite with its crash points", || {
        binary(tools, &target, "crash-points", &["--features", FEATURE])
    })?;
    Ok(Built { plain, crash })
}

/// The binaries that tests start: the suite, and each service alone.
const BINARIES: [&str; 6] = [
    "stoa",
    "stoa-catalog",
    "stoa-pricing",
    "stoa-inventory",
    "stoa-payment",
    "stoa-order",
];

/// Builds the binaries and sets them aside in `folder`, since the other build takes their place; the path of `stoa`.
fn binary(tools: &Tools, target: &Path, folder: &str, features: &[&str]) -> Result<PathBuf> {
    process::run(
        tools
            .command("cargo")?
            .args(["build", "--workspace", "--bins"])
            .args(features),
    )?;
    let folder = target.join(folder);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for name in BINARIES {
        let kept = folder.join(name);
        let built = target.join("debug").join(name);
        // A copy beside it and a rename: a test that still runs the old one keeps its file.
        let fresh = folder.join(format!("{name}.new"));
        fs::copy(&built, &fresh).with_context(|| format!("cannot copy {}", built.display()))?;
        fs::rename(&fresh, &kept).with_context(|| format!("cannot write {}", kept.display()))?;
    }
    Ok(folder.join("stoa"))
}
