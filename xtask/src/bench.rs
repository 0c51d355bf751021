//! `cargo xtask bench`: builds the suite and the load once, as a release is built, and lets the load measure.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::check::metadata;
use crate::postgres;
use crate::process::{self, timed};

/// The works that can be measured, and whether each needs a Postgres server whatever the engine, for its baseline.
const WORKS: &[(&str, bool)] = &[
    ("orders", false),
    ("workflow", false),
    ("reads", false),
    ("flash-sale", false),
];

/// Builds and measures; the first of `arguments` may name a work, otherwise every work is measured. `--quick` builds
/// without link-time optimisation over all crates; everything else goes to the load.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<()> {
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    arguments.retain(|argument| *argument != "--quick");
    let works = works(&arguments)?;
    let (profile, folder) = if quick {
        ("release", "release")
    } else {
        ("dist", "dist")
    };
    timed(&format!("build of {profile}"), || build(root, profile))?;
    let built = metadata::load(root)?.target_directory.join(folder);
    let mut load = Command::new(built.join("stoa-load"));
    load.current_dir(root).args(&arguments);
    load.arg("--stoa").arg(built.join("stoa"));
    if needs_server(&arguments, &works) {
        let server = postgres::start(root)?;
        load.args(["--database", &server])
            .arg("--postgres-bin")
            .arg(postgres::programs()?);
    }
    process::run(&mut load)
}

/// The suite and the load.
pub(crate) fn build(root: &Path, profile: &str) -> Result<()> {
    process::run(Command::new("cargo").current_dir(root).args([
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
    ]))
}

/// What the arguments ask for.
fn works(arguments: &[&str]) -> Result<Vec<bool>> {
    let Some(name) = arguments.first().filter(|first| !first.starts_with('-')) else {
        return Ok(WORKS.iter().map(|(_, server)| *server).collect());
    };
    match WORKS.iter().find(|(work, _)| work == name) {
        Some((_, server)) => Ok(vec![*server]),
        None => {
            let names: Vec<&str> = WORKS.iter().map(|(work, _)| *work).collect();
            bail!("{name} cannot be measured; what can: {}", names.join(", "))
        }
    }
}

fn needs_server(arguments: &[&str], works: &[bool]) -> bool {
    let engine = arguments
        .windows(2)
        .any(|pair| pair == ["--engine", "postgres"]);
    let engine = engine || arguments.contains(&"--engine=postgres");
    let named = arguments
        .iter()
        .any(|argument| argument.starts_with("--database"));
    !named && (engine || works.contains(&true))
}
