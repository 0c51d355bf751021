//! What the tests say that they did (`STOA_PROOF_NOTES`), and what nextest says of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

/// One line of a test, written when it had held.
#[derive(Debug, Deserialize)]
pub(crate) struct Note {
    pub(crate) what: String,
    pub(crate) count: u64,
    pub(crate) detail: String,
    pub(crate) engine: String,
}

/// All notes of a run.
pub(crate) fn read(file: &Path) -> Result<Vec<Note>> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    text.lines()
        .map(|line| serde_json::from_str(line).with_context(|| format!("no note: {line}")))
        .collect()
}

/// How often what was done, by engine.
pub(crate) fn sums(notes: &[Note]) -> BTreeMap<(&str, &str), u64> {
    let mut sums = BTreeMap::new();
    for note in notes {
        let sum = sums
            .entry((note.what.as_str(), note.engine.as_str()))
            .or_insert(0_u64);
        *sum = sum.saturating_add(note.count);
    }
    sums
}

/// Tests that ran, and those of them that failed; nothing when nextest wrote nothing.
pub(crate) fn tests(junit: &Path) -> Option<(u64, u64)> {
    let text = fs::read_to_string(junit).ok()?;
    let head = text.split_once("<testsuites ")?.1.split_once('>')?.0;
    let number = |name: &str| -> Option<u64> {
        let rest = head.split_once(&format!("{name}=\""))?.1;
        rest.split_once('"')?.0.parse().ok()
    };
    let failed = number("failures")?.saturating_add(number("errors").unwrap_or(0));
    Some((number("tests")?, failed))
}
