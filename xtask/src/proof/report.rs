//! The page that a proof leaves behind.

use std::fmt::Write;
use std::time::Duration;

use anyhow::Result;

use super::machine::Machine;
use super::notes::{Note, sums};

/// How a stage ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) title: &'static str,
    pub(crate) engine: &'static str,
    pub(crate) took: Duration,
    pub(crate) held: bool,
    /// Tests that ran and that failed.
    pub(crate) tests: Option<(u64, u64)>,
}

/// What is known so far.
#[derive(Debug)]
pub(crate) struct Report {
    typed: String,
    seed: u64,
    machine: Machine,
    stages: Vec<Ended>,
}

impl Report {
    pub(crate) fn begin(typed: String, seed: u64, machine: Machine) -> Self {
        Self {
            typed,
            seed,
            machine,
            stages: Vec::new(),
        }
    }

    pub(crate) fn ended(&mut self, stage: Ended) {
        self.stages.push(stage);
    }

    /// Stages that did not hold.
    pub(crate) fn failures(&self) -> usize {
        self.stages.iter().filter(|stage| !stage.held).count()
    }

    /// The page.
    pub(crate) fn text(&self, notes: &[Note], took: Duration) -> Result<String> {
        let mut text = String::new();
        let verdict = match self.failures() {
            0 => "Everything held.".to_owned(),
            failed => format!("**{failed} of {} stages did not hold.**", self.stages.len()),
        };
        writeln!(text, "# The report of a proof\n")?;
        writeln!(text, "```sh\n{}\n```\n", self.typed)?;
        writeln!(text, "{verdict} It took {}.\n", minutes(took))?;
        self.machine(&mut text)?;
        self.injected(&mut text, notes)?;
        self.stages(&mut text)?;
        seeds(&mut text, notes)?;
        Ok(text)
    }

    fn machine(&self, text: &mut String) -> Result<()> {
        let it = &self.machine;
        writeln!(text, "| | |\n|---|---|")?;
        writeln!(text, "| begun | {} |", it.begun)?;
        writeln!(text, "| commit | {} |", it.commit)?;
        writeln!(text, "| system | {} |", it.system)?;
        writeln!(text, "| processor | {} x {} |", it.cores, it.processor)?;
        writeln!(
            text,
            "| syncs of its disk (4 KiB, one after the other) | {} per second |",
            it.syncs_per_second
        )?;
        writeln!(text, "| seed | {} |\n", self.seed)?;
        Ok(())
    }

    fn injected(&self, text: &mut String, notes: &[Note]) -> Result<()> {
        writeln!(text, "## What was done, and held\n")?;
        writeln!(text, "| what | engine | how often |\n|---|---|---|")?;
        for ((what, engine), count) in sums(notes) {
            writeln!(text, "| {what} | {engine} | {count} |")?;
        }
        writeln!(
            text,
            "\nA row counts what held: who wrote it had seen the end of its test, with the orders as they should be, the provider's \
             books equal to ours, and nothing found by the doctor.\n"
        )?;
        Ok(())
    }

    fn stages(&self, text: &mut String) -> Result<()> {
        writeln!(text, "## The stages\n")?;
        writeln!(text, "| stage | engine | tests | failed | took | |")?;
        writeln!(text, "|---|---|---|---|---|---|")?;
        for stage in &self.stages {
            let (tests, failed) = match stage.tests {
                Some((tests, failed)) => (tests.to_string(), failed.to_string()),
                None => ("?".to_owned(), "?".to_owned()),
            };
            let held = if stage.held {
                "held"
            } else {
                "**did not hold**"
            };
            let (title, engine, took) = (stage.title, stage.engine, minutes(stage.took));
            writeln!(
                text,
                "| {title} | {engine} | {tests} | {failed} | {took} | {held} |"
            )?;
        }
        writeln!(text)?;
        Ok(())
    }
}

/// What each test says of itself, where it says more than its name.
fn seeds(text: &mut String, notes: &[Note]) -> Result<()> {
    writeln!(text, "## Details\n")?;
    for note in notes.iter().filter(|note| note.detail.contains(' ')) {
        writeln!(
            text,
            "- {} on {}, {} times: {}",
            note.what, note.engine, note.count, note.detail
        )?;
    }
    Ok(())
}

fn minutes(span: Duration) -> String {
    format!("{} min {} s", span.as_secs() / 60, span.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_held_and_what_did_not() -> Result<()> {
        let machine = Machine {
            commit: "abc".to_owned(),
            begun: "today".to_owned(),
            system: "Linux".to_owned(),
            processor: "a processor".to_owned(),
            cores: 2,
            syncs_per_second: 700,
        };
        let mut report = Report::begin("cargo xtask proof --hours 8".to_owned(), 7, machine);
        for (held, failed) in [(true, 0), (false, 1)] {
            report.ended(Ended {
                title: "kills",
                engine: "sqlite",
                took: Duration::from_secs(61),
                held,
                tests: Some((3, failed)),
            });
        }
        let note = |count| Note {
            what: "kill of the suite".to_owned(),
            count,
            detail: "the day; seed 7".to_owned(),
            engine: "sqlite".to_owned(),
        };
        let text = report.text(&[note(20), note(22)], Duration::from_secs(3_600))?;
        for part in [
            "cargo xtask proof --hours 8",
            "**1 of 2 stages did not hold.** It took 60 min 0 s.",
            "| kill of the suite | sqlite | 42 |",
            "| kills | sqlite | 3 | 0 | 1 min 1 s | held |",
            "| kills | sqlite | 3 | 1 | 1 min 1 s | **did not hold** |",
            "| syncs of its disk (4 KiB, one after the other) | 700 per second |",
        ] {
            assert!(text.contains(part), "{part} is not in:\n{text}");
        }
        Ok(())
    }
}
