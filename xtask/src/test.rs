//! `cargo xtask test`: the whole test suite, with what it needs built before.
//!
//! Two builds: the binary that users run, set aside, which every test of a process starts; and the test build, with the named crash
//! points, the mutants and the lowered durability, in which the tests themselves run and whose binary the crash tests start.

use std::fs;
use std::path::{Path, PathBuf};

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

/// The engine of the second pass.
const ON_POSTGRES: (&str, &str) = ("STOA_TEST_ENGINE", "postgres");

/// Its tests: whatever stands on a database, but for what is about SQLite alone. Of the crashes, death before each boundary.
const ON_BOTH_ENGINES: &str = "(package(/^stoa-(store|events|workflow|catalog|pricing|inventory|payment|order)$/) \
    or binary(orders) or binary(history) or (binary(crash) and test(/die_before/)) or test(/both_engines/)) \
    and not test(/sqlite_|postgres_/)";

/// Sets up, builds and runs; `arguments` go to nextest.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<()> {
    let tools = timed("setup", || setup::run(root))?;
    timed("Postgres", || postgres::start(root))?;
    let target = metadata::load(root)?.target_directory;
    let plain = timed("build of the suite", || {
        binary(&tools, &target, "plain", &[])
    })?;
    let crash = timed("build of the suite with its crash points", || {
        binary(&tools, &target, "crash-points", &["--features", FEATURE])
    })?;
    let nextest = |engine: &[(&str, &str)], arguments: &[String]| {
        process::run(
            tools
                .command("cargo")?
                .args(["nextest", "run", "--workspace", "--features", FEATURE])
                .args(arguments)
                .env(PLAIN_BINARY, &plain)
                .env(CRASH_BINARY, &crash)
                .envs(engine.iter().copied()),
        )
    };
    timed("tests", || nextest(&[], arguments))?;
    // Whoever chooses tests chooses the engine as well, by the variable.
    if arguments.is_empty() {
        let both = ["-E".to_owned(), ON_BOTH_ENGINES.to_owned()];
        timed("tests on Postgres", || nextest(&[ON_POSTGRES], &both))?;
    }
    Ok(())
}

/// Builds the binaries and sets `stoa` aside in `folder`, since the other build takes its place.
fn binary(tools: &Tools, target: &Path, folder: &str, features: &[&str]) -> Result<PathBuf> {
    process::run(
        tools
            .command("cargo")?
            .args(["build", "--workspace", "--bins"])
            .args(features),
    )?;
    let folder = target.join(folder);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let kept = folder.join("stoa");
    let built = target.join("debug").join("stoa");
    // A copy beside it and a rename: a test that still runs the old one keeps its file.
    let fresh = folder.join("stoa.new");
    fs::copy(&built, &fresh).with_context(|| format!("cannot copy {}", built.display()))?;
    fs::rename(&fresh, &kept).with_context(|| format!("cannot write {}", kept.display()))?;
    Ok(kept)
}
