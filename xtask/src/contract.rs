//! `cargo xtask contract` and `cargo xtask baseline`: the contract is well made and breaks nobody.

use std::path::Path;

use anyhow::Result;

use crate::image::MODULE;
use crate::process::{self, say, timed};
use crate::setup;
use crate::tools::Tools;

/// The image of the last accepted contract.
const BASELINE: &str = "proto/baseline.binpb";

/// Lint, format, breaking; all run before the command fails.
pub(crate) fn run(root: &Path) -> Result<()> {
    let tools = setup::buf(root)?;
    let results = [
        timed("buf lint", || buf(&tools, &["lint"])),
        timed("buf format", || {
            buf(&tools, &["format", MODULE, "--diff", "--exit-code"])
        }),
        timed("buf breaking", || breaking(root, &tools)),
    ];
    results.into_iter().collect()
}

/// Writes the baseline anew.
pub(crate) fn baseline(root: &Path) -> Result<()> {
    let tools = setup::buf(root)?;
    make(&tools)?;
    say(&format!(
        "{BASELINE} is the contract as it stands. Moving it is a commit of its own with a line in CHANGELOG.md."
    ));
    Ok(())
}

/// Compares with the baseline; the first time there is none to compare with, and it is made.
fn breaking(root: &Path, tools: &Tools) -> Result<()> {
    if !root.join(BASELINE).exists() {
        make(tools)?;
        say(&format!(
            "{BASELINE} was absent: created from the contract as it stands and passed this once; commit it"
        ));
        return Ok(());
    }
    buf(tools, &["breaking", MODULE, "--against", BASELINE])
}

/// An image of our module alone: `buf breaking` compares module with module. Without source info it changes only
/// when the contract does.
fn make(tools: &Tools) -> Result<()> {
    buf(
        tools,
        &["build", MODULE, "--exclude-source-info", "-o", BASELINE],
    )
}

fn buf(tools: &Tools, arguments: &[&str]) -> Result<()> {
    process::run(tools.command("buf")?.args(arguments))
}

#[cfg(test)]
#[path = "contract_tests.rs"]
mod tests;
