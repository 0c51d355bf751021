//! `cargo xtask bench`: builds the suite and the load once, as a release is built, and lets the load measure.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::check::metadata;
use crate::postgres;
use crate::process::{self, timed};

/// The works that can be measured.
const WORKS: &[&str] = &[
    "orders",
    "workflow",
    "reads",
    "flash-sale",
    "replay",
    "growth",
    "soak",
    "idle",
    "tracing",
];

/// Builds and measures; the first of `arguments` may name a work, otherwise every work is measured. `--quick` builds
/// without link-time optimisation over all crates, `--allocations` with an allocator that counts, whose cost is in every
/// other figure of that run; everything else goes to the load.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<()> {
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let counting = arguments.iter().any(|argument| argument == "--allocations");
    let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    arguments.retain(|argument| !["--quick", "--allocations"].contains(argument));
    known(&arguments)?;
    // A profile's folder has its name.
    let profile = if quick { "release" } else { "dist" };
    timed(&format!("build of {profile}"), || {
        build(root, profile, counting)
    })?;
    let built = metadata::load(root)?.target_directory.join(profile);
    let mut load = Command::new(built.join("stoa-load"));
    load.current_dir(root).args(&arguments);
    load.arg("--stoa").arg(built.join("stoa"));
    if needs_server(&arguments) {
        let server = postgres::start(root)?;
        load.args(["--database", &server])
            .arg("--postgres-bin")
            .arg(postgres::programs()?);
    }
    process::run(&mut load)
}

/// The suite and the load.
fn build(root: &Path, profile: &str, counting: bool) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).args([
        "build",
        "--profile",
        profile,
        "--locked",
        "--package",
        "stoa",
        "--package",
        "stoa-inventory",
        "--package",
        "stoa-loadtest",
    ]);
    if counting {
        cargo.args(["--features", "stoa/count-allocations"]);
    }
    process::run(&mut cargo)
}

/// Refuses a work that there is not, before anything is built for minutes.
fn known(arguments: &[&str]) -> Result<()> {
    match arguments.first() {
        Some(name) if !name.starts_with('-') && !WORKS.contains(name) => {
            bail!("{name} cannot be measured; what can: {}", WORKS.join(", "))
        }
        _ => Ok(()),
    }
}

fn needs_server(arguments: &[&str]) -> bool {
    let engine = arguments
        .windows(2)
        .any(|pair| pair == ["--engine", "postgres"]);
    let named = arguments
        .iter()
        .any(|argument| argument.starts_with("--database"));
    !named && (engine || arguments.contains(&"--engine=postgres"))
}
