//! `cargo xtask bench`: builds the suite and the load for release, and lets the load measure.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::check::metadata;
use crate::process::{self, timed};

/// The works that can be measured.
const WORKS: &[&str] = &["orders"];

/// Builds and measures `work`; `arguments` go to the load.
pub(crate) fn run(root: &Path, work: &str, arguments: &[String]) -> Result<()> {
    if !WORKS.contains(&work) {
        bail!("{work} cannot be measured; what can: {}", WORKS.join(", "));
    }
    timed("release build", || {
        process::run(Command::new("cargo").current_dir(root).args([
            "build",
            "--release",
            "--locked",
            "--package",
            "stoa",
            "--package",
            "stoa-loadtest",
        ]))
    })?;
    let built = metadata::load(root)?.target_directory.join("release");
    process::run(
        Command::new(built.join("stoa-load"))
            .current_dir(root)
            .arg("--stoa")
            .arg(built.join("stoa"))
            .args(arguments),
    )
}
