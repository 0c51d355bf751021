//! `cargo xtask profile orders`: where the processor's time goes while the suite takes orders, as a flame graph.
//!
//! The suite, its provider's stand-in and the load are built once more, with frame pointers, into a folder of their own: a
//! stack that is followed through them is whole, while unwinding by tables lost two of three. The clock's samples are taken
//! while the load measures, not while it opens its shop.
//!
//! | file | question it answers |
//! |---|---|
//! | `perf` | how are the samples taken |
//! | `stacks` | what do they say, added up by stack |
//! | `flame` | how is that drawn |
//! | `summary` | which processes, threads and functions had how much of it |

mod flame;
mod perf;
mod stacks;
mod summary;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::check::metadata;
use crate::process::{self, say, timed};

use stacks::Stacks;
use summary::Summary;

/// The binaries are built into this folder of the target directory.
const FOLDER: &str = "profile";

/// What is profiled, for how long, and where the picture goes.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask profile orders
  cargo xtask profile orders --rate 400 --seconds 30 --out orders.svg -- --lines 15")]
pub(crate) struct Arguments {
    /// What the suite does meanwhile, as `cargo xtask bench` names it.
    #[arg(value_parser = ["orders"])]
    work: String,
    /// For how many seconds orders arrive.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Orders that arrive per second.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=20_000))]
    rate: u64,
    /// Where the flame graph is written; beside it, as FILE.folded, the stacks as text.
    #[arg(long, default_value = "target/profile/flame.svg")]
    out: PathBuf,
    /// Handed to the load as they are.
    #[arg(last = true)]
    load: Vec<String>,
}

/// Builds, profiles, draws, and says where the time went.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<()> {
    let scope = perf::ready()?;
    let built = build(root)?;
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let load = load(&built, arguments);
    let recording = perf::record(root, folder.path(), &load, scope)?;
    let stacks = timed("stacks", || Stacks::read(&perf::script(&recording)?))?;
    let out = root.join(&arguments.out);
    let title = format!(
        "{} at {}/s for {} s",
        arguments.work, arguments.rate, arguments.seconds
    );
    let orders = arguments.rate.saturating_mul(arguments.seconds);
    let folded = stacks.fold(&recording.roles);
    let summary = Summary::of(&folded, orders);
    write(&out, &flame::draw(&title, &folded, orders)?)?;
    write(&out.with_extension("folded"), &folded.text())?;
    println_out(&summary.text()?)?;
    say(&format!("[xtask] the flame graph is {}", out.display()));
    Ok(())
}

/// Builds suite and load as for a release, but with frame pointers, also in SQLite; gives the folder of the binaries.
fn build(root: &Path) -> Result<PathBuf> {
    let folder = metadata::load(root)?.target_directory.join(FOLDER);
    timed("release build with frame pointers", || {
        process::run(
            Command::new("cargo")
                .current_dir(root)
                .args(["build", "--release", "--locked"])
                .args(["--package", "stoa", "--package", "stoa-loadtest"])
                .arg("--target-dir")
                .arg(&folder)
                .env("RUSTFLAGS", "-Cforce-frame-pointers=yes")
                .env("CFLAGS", "-fno-omit-frame-pointer"),
        )
    })?;
    Ok(folder.join("release"))
}

/// The load's command line.
fn load(built: &Path, arguments: &Arguments) -> Vec<String> {
    let path = |name: &str| built.join(name).display().to_string();
    let mut line = vec![path("stoa-load"), arguments.work.clone()];
    for (name, value) in [
        ("--stoa", path("stoa")),
        ("--rounds", "1".to_owned()),
        ("--seconds", arguments.seconds.to_string()),
        ("--rate", arguments.rate.to_string()),
    ] {
        line.extend([name.to_owned(), value]);
    }
    line.extend(arguments.load.iter().cloned());
    line
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn println_out(text: &str) -> Result<()> {
    use std::io::Write;
    std::io::stdout()
        .lock()
        .write_all(text.as_bytes())
        .context("cannot write the summary")
}
