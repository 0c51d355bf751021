//! `cargo xtask docs-errors`: docs/errors, one page per reason, written from the comments of the contract.

mod page;
mod reasons;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::image;
use crate::process::say;

/// Where the pages stand; the `type` of a problem document ends in the same names.
pub(crate) const FOLDER: &str = "docs/errors";

/// Writes the pages, or with `check` only compares them.
pub(crate) fn run(root: &Path, check: bool) -> Result<()> {
    if check {
        let findings = stale(root)?;
        for finding in &findings {
            say(finding);
        }
        if !findings.is_empty() {
            bail!(
                "{} page(s) differ; run `cargo xtask docs-errors`",
                findings.len()
            );
        }
        return Ok(());
    }
    let folder = root.join(FOLDER);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {FOLDER}"))?;
    let pages = pages(root)?;
    for (name, text) in &pages {
        fs::write(folder.join(name), text)
            .with_context(|| format!("cannot write {FOLDER}/{name}"))?;
    }
    for name in left_over(&folder, &pages)? {
        fs::remove_file(folder.join(&name))
            .with_context(|| format!("cannot remove {FOLDER}/{name}"))?;
        say(&format!(
            "{FOLDER}/{name}: removed, the contract has no such reason"
        ));
    }
    say(&format!("{FOLDER}: {} pages", pages.len()));
    Ok(())
}

/// Which pages are missing, stale or left over.
pub(crate) fn stale(root: &Path) -> Result<Vec<String>> {
    let folder = root.join(FOLDER);
    let pages = pages(root)?;
    let mut findings = Vec::new();
    for (name, text) in &pages {
        match fs::read_to_string(folder.join(name)) {
            Ok(found) if found == *text => {}
            Ok(_) => findings.push(format!(
                "{FOLDER}/{name}: differs from the contract; run `cargo xtask docs-errors`"
            )),
            Err(_) => findings.push(format!(
                "{FOLDER}/{name}: missing; run `cargo xtask docs-errors`"
            )),
        }
    }
    for name in left_over(&folder, &pages)? {
        findings.push(format!("{FOLDER}/{name}: the contract has no such reason"));
    }
    Ok(findings)
}

/// Every reason of the contract, by its name without a prefix.
pub(crate) fn names(root: &Path) -> Result<BTreeSet<String>> {
    Ok(reasons::read(&image::load(root)?)?.into_keys().collect())
}

/// Every page by its file name, the index among them.
fn pages(root: &Path) -> Result<BTreeMap<String, String>> {
    let reasons = reasons::read(&image::load(root)?)?;
    let mut pages: BTreeMap<String, String> = reasons
        .iter()
        .map(|(name, uses)| (format!("{name}.md"), page::render(name, uses)))
        .collect();
    pages.insert("README.md".to_owned(), page::index(&reasons));
    Ok(pages)
}

fn left_over(folder: &Path, pages: &BTreeMap<String, String>) -> Result<Vec<String>> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(Vec::new());
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".md") && !pages.contains_key(&name) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
