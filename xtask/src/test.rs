//! `cargo xtask test`: the whole test suite, with what it needs built before.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::check::metadata;
use crate::process::{self, timed};
use crate::setup;
use crate::tools::Tools;

/// The feature that puts the named crash points, the mutants and the lowered durability into a build.
const CRASH_FEATURE: &str = "crash-points";

/// The variable by which a test finds the binary that has that feature.
const CRASH_BINARY: &str = "STOA_CRASH_BIN";

/// Sets up, builds and runs; `arguments` go to nextest.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<()> {
    let tools = timed("setup", || setup::run(root))?;
    let crash_binary = timed("build of the crash test binary", || {
        crash_binary(root, &tools)
    })?;
    timed("build of the suite and its tests", || build(&tools))?;
    timed("tests", || {
        nextest(&tools, crash_binary.as_deref(), arguments)
    })
}

/// Builds `stoa` with its crash points and sets it aside, since the ordinary build takes its place.
/// `None` while the package has no such feature.
fn crash_binary(root: &Path, tools: &Tools) -> Result<Option<PathBuf>> {
    let metadata = metadata::load(root)?;
    let has_feature = metadata
        .package("stoa")
        .is_some_and(|package| package.features.contains_key(CRASH_FEATURE));
    if !has_feature {
        return Ok(None);
    }
    let feature = format!("stoa/{CRASH_FEATURE}");
    process::run(tools.command("cargo")?.args([
        "build",
        "--workspace",
        "--bins",
        "--features",
        &feature,
    ]))?;
    let folder = metadata.target_directory.join(CRASH_FEATURE);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let kept = folder.join("stoa");
    let built = metadata.target_directory.join("debug").join("stoa");
    // A copy beside it and a rename: a test that still runs the old one keeps its file.
    let fresh = folder.join("stoa.new");
    fs::copy(&built, &fresh).with_context(|| format!("cannot copy {}", built.display()))?;
    fs::rename(&fresh, &kept).with_context(|| format!("cannot write {}", kept.display()))?;
    Ok(Some(kept))
}

/// The binaries that tests start as processes of their own.
fn build(tools: &Tools) -> Result<()> {
    process::run(
        tools
            .command("cargo")?
            .args(["build", "--workspace", "--bins"]),
    )
}

fn nextest(tools: &Tools, crash_binary: Option<&Path>, arguments: &[String]) -> Result<()> {
    let mut command = tools.command("cargo")?;
    command
        .args(["nextest", "run", "--workspace"])
        .args(arguments);
    if let Some(path) = crash_binary {
        command.env(CRASH_BINARY, path);
    }
    process::run(&mut command)
}
