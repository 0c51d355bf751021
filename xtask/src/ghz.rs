//! `cargo xtask ghz`: every public RPC under a little load, by its profile, in one table.
//!
//! | file | question it answers |
//! |---|---|
//! | `profile` | what is sent, by whom, and what do placeholders stand for? |
//! | `suite`, `rest` | who is asked, and how is the world prepared there? |
//! | `world` | what is there before the calls begin? |
//! | `table` | what came of it? |
//! | `install` | where is ghz itself? |

mod install;
pub(crate) mod profile;
mod rest;
mod suite;
mod table;
mod world;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::check::metadata;
use crate::process::{self, say, timed};
use crate::setup;

use profile::{Names, Profile};
use suite::Suite;
use table::{Row, Table};
use world::World;

/// The most things that are made for the calls of one method; with more calls, keys come again.
const MOST: u64 = 200;

/// What is asked, and how much.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How long each method is called.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
    /// How many calls begin in a second.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    rps: u64,
    /// Only methods whose name (`stoa.order.v1.OrderService/GetOrder`) has this in it.
    #[arg(long)]
    only: Option<String>,
    /// How the result is printed: a table, or one JSON object on the last line.
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    format: String,
    /// A `stoa` that is built already; otherwise it is built for release.
    #[arg(long, value_name = "FILE")]
    stoa: Option<PathBuf>,
}

/// Prepares, calls, and prints; fails when an answer was not the one that is meant.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<()> {
    let profiles = chosen(root, arguments.only.as_deref())?;
    let ghz = install::ghz(root)?;
    let target = metadata::load(root)?.target_directory;
    let stoa = match &arguments.stoa {
        Some(stoa) => stoa.clone(),
        None => built(root, &target)?,
    };
    let folder = target.join("ghz").join(std::process::id().to_string());
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let table = calls(root, arguments, &profiles, &ghz, &stoa, &folder);
    let kept = fs::remove_dir_all(&folder);
    let table = table?;
    kept.with_context(|| format!("cannot remove {}", folder.display()))?;
    show(arguments, &table)?;
    match table.broken() {
        0 => Ok(()),
        broken => bail!("{broken} method(s) gave answers that were not meant"),
    }
}

/// The profiles that are asked for, in the order of their names.
fn chosen(root: &Path, only: Option<&str>) -> Result<Vec<Profile>> {
    let all = profile::all(root)?.into_values();
    let all: Vec<Profile> = all.collect::<Result<_>>()?;
    let chosen: Vec<Profile> = all
        .into_iter()
        .filter(|profile| only.is_none_or(|only| profile.call.contains(only)))
        .collect();
    if chosen.is_empty() {
        bail!("no method has `{}` in its name", only.unwrap_or_default());
    }
    Ok(chosen)
}

fn built(root: &Path, target: &Path) -> Result<PathBuf> {
    let mut build = Command::new("cargo");
    build.current_dir(root);
    build.args(["build", "--release", "--locked", "--package", "stoa"]);
    timed("release build", || process::run(&mut build))?;
    Ok(target.join("release").join("stoa"))
}

fn calls(
    root: &Path,
    arguments: &Arguments,
    profiles: &[Profile],
    ghz: &Path,
    stoa: &Path,
    folder: &Path,
) -> Result<Table> {
    let contract = folder.join("contract.binpb");
    let tools = setup::buf(root)?;
    process::capture(tools.command("buf")?.arg("build").arg("-o").arg(&contract))?;
    let suite = timed("suite", || Suite::start(stoa, folder))?;
    let world = World::new(&suite);
    let shared = timed("world", || world.shared())?;
    let mut methods = Vec::with_capacity(profiles.len());
    for profile in profiles {
        let each = match &profile.tags.each {
            Some(kind) => world.each(kind, count(arguments)?)?,
            None => Vec::new(),
        };
        let load = Load {
            arguments,
            ghz,
            contract: &contract,
            suite: &suite,
            folder,
        };
        let row = load
            .call(profile, &shared, &each)
            .with_context(|| format!("{} cannot be called", profile.call))?;
        say(&format!("[xtask] {}", profile.call));
        methods.push(row);
    }
    Ok(Table {
        rps: arguments.rps,
        seconds: arguments.seconds,
        methods,
    })
}

/// How many things are made for the calls of one method.
fn count(arguments: &Arguments) -> Result<usize> {
    let calls = arguments.rps.saturating_mul(arguments.seconds);
    usize::try_from(calls.min(MOST)).context("so many cannot be made")
}

/// What all calls have in common.
struct Load<'a> {
    arguments: &'a Arguments,
    ghz: &'a Path,
    contract: &'a Path,
    suite: &'a Suite,
    folder: &'a Path,
}

impl Load<'_> {
    /// Lets ghz call one method.
    fn call(&self, profile: &Profile, shared: &Names, each: &[Names]) -> Result<Row> {
        let filled = profile.filled(shared, each)?;
        let mut config = serde_json::to_value(&filled)?;
        let more = json!({
            "host": self.suite.addresses.grpc.to_string(),
            "protoset": self.contract,
            "insecure": true,
            "rps": self.arguments.rps,
            "total": self.arguments.rps.saturating_mul(self.arguments.seconds),
            "concurrency": self.arguments.rps.min(20),
            "connections": self.arguments.rps.min(4),
            "count-errors": true,
            "timeout": "20s",
        });
        if let (Some(config), Some(more)) = (config.as_object_mut(), more.as_object()) {
            config.extend(more.clone());
        }
        let path = self.folder.join("config.json");
        fs::write(&path, config.to_string())?;
        let mut command = Command::new(self.ghz);
        command
            .arg("--config")
            .arg(&path)
            .args(["--format", "json"]);
        let said = process::capture(&mut command)?;
        let raw = serde_json::from_slice(&said).with_context(|| {
            let said = String::from_utf8_lossy(&said);
            format!(
                "ghz gave no report: {}",
                said.chars().take(500).collect::<String>()
            )
        })?;
        Ok(Row::new(profile.call.clone(), &raw, profile.intended()))
    }
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn show(arguments: &Arguments, table: &Table) -> Result<()> {
    if arguments.format == "json" {
        println!("{}", serde_json::to_string(table)?);
    } else {
        print!("{table}");
    }
    Ok(())
}
