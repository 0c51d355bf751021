//! `cargo xtask proof`: a night in which everything goes wrong, and the report of what held.
//!
//! | file | answers |
//! |---|---|
//! | `stages` | what is run, on which engine, and which share of the time it has |
//! | `notes` | what the tests say that they did |
//! | `machine` | on what it was run, and how fast its disk syncs |
//! | `report` | the page |

mod machine;
mod notes;
mod report;
mod stages;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::check::metadata;
use crate::postgres;
use crate::process::{self, say, timed};
use crate::setup;
use crate::test;

use report::{Ended, Report};

/// How long, and where the report goes.
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("time").required(true).multiple(true))]
pub(crate) struct Arguments {
    /// How many hours it takes, about: 8 is a night, with at least 1,000 kills.
    #[arg(long, group = "time", default_value_t = 0)]
    hours: u64,
    /// How many minutes it takes, about; added to the hours. Less than 15 leave nothing for kills and long runs.
    #[arg(long, group = "time", default_value_t = 0)]
    minutes: u64,
    /// Where the report is written.
    #[arg(long, default_value = "target/proof/report.md")]
    report: PathBuf,
    /// The seed of all random decisions; another one each time by default.
    #[arg(long)]
    seed: Option<u64>,
}

impl Arguments {
    fn time(&self) -> Duration {
        let minutes = self.hours.saturating_mul(60).saturating_add(self.minutes);
        Duration::from_secs(minutes.saturating_mul(60))
    }

    /// As the command was typed, but for the place of the report.
    fn typed(&self) -> String {
        let mut typed = "cargo xtask proof".to_owned();
        for (name, value) in [("hours", self.hours), ("minutes", self.minutes)] {
            if value > 0 {
                typed.push_str(&format!(" --{name} {value}"));
            }
        }
        if let Some(seed) = self.seed {
            typed.push_str(&format!(" --seed {seed}"));
        }
        typed
    }
}

/// Runs all stages, also after one has failed, and writes the report.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<()> {
    let tools = timed("setup", || setup::run(root))?;
    timed("Postgres", || postgres::start(root))?;
    let built = test::build(root, &tools)?;
    let target = metadata::load(root)?.target_directory;
    let folder = target.join("proof");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let notes = folder.join("notes.jsonl");
    fs::write(&notes, "").with_context(|| format!("cannot write {}", notes.display()))?;
    let seed = arguments.seed.unwrap_or_else(machine::a_seed);
    let mut report = Report::begin(arguments.typed(), seed, machine::look(root, &folder)?);
    let began = Instant::now();
    let stages = stages::all(arguments.time());
    for (number, stage) in (1_u32..).zip(&stages) {
        say(&format!(
            "[xtask] stage {number} of {}: {} on {}, {} min after the start",
            stages.len(),
            stage.title,
            stage.engine,
            began.elapsed().as_secs() / 60
        ));
        let started = Instant::now();
        // Left over from the stage before, it would speak for this one.
        let junit = target.join("nextest/proof/junit.xml");
        let _none = fs::remove_file(&junit);
        let mut nextest = built.nextest(&tools)?;
        nextest
            .args([
                "--profile",
                "proof",
                "--no-tests",
                "fail",
                "-E",
                stage.tests,
            ])
            .env("STOA_TEST_ENGINE", stage.engine)
            .env("STOA_PROOF_NOTES", &notes)
            .env("STOA_SEED", seed.to_string())
            .env("CI", "true")
            .envs(stage.environment.iter().map(|(name, value)| (name, value)));
        let held = timed(stage.title, || process::run(&mut nextest)).is_ok();
        report.ended(Ended {
            title: stage.title,
            engine: stage.engine,
            took: started.elapsed(),
            held,
            tests: notes::tests(&junit),
        });
    }
    let failed = report.failures();
    let text = report.text(&notes::read(&notes)?, began.elapsed())?;
    let place = root.join(&arguments.report);
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(&place, text).with_context(|| format!("cannot write {}", place.display()))?;
    say(&format!("[xtask] the report stands in {}", place.display()));
    if failed > 0 {
        bail!(
            "{failed} stage(s) did not hold; {} says which",
            place.display()
        );
    }
    Ok(())
}
