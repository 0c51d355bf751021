//! `cargo xtask check`: the rules of the architecture that a program can prove.
//!
//! Every check returns its findings; an empty list is a pass. All run before the command fails.

mod boundaries;
mod calls;
mod dependencies;
mod domain;
mod engine;
mod error_pages;
mod load_profiles;
mod long_files;
pub(crate) mod metadata;

use std::path::Path;

use anyhow::{Result, bail};

use crate::process::say;
use crate::source::Sources;

use metadata::Metadata;

/// What a check may look at.
pub(crate) struct Workspace<'a> {
    pub(crate) root: &'a Path,
    pub(crate) metadata: Metadata,
    pub(crate) sources: Sources,
}

/// A check's name, the rule it proves, and the function that finds what breaks it.
struct Check {
    name: &'static str,
    rule: &'static str,
    find: fn(&Workspace<'_>) -> Result<Vec<String>>,
}

const CHECKS: &[Check] = &[
    Check {
        name: "dependencies",
        rule: "crates depend only along the arrows of the architecture",
        find: dependencies::find,
    },
    Check {
        name: "calls",
        rule: "a service calls whom it declares, and the calls form a graph without a circle",
        find: calls::find,
    },
    Check {
        name: "boundaries",
        rule: "every durable boundary has one name, and a journey in which all goes wrong there",
        find: boundaries::find,
    },
    Check {
        name: "domain",
        rule: "domain code is pure: no async, transport or database",
        find: domain::find,
    },
    Check {
        name: "long-files",
        rule: "a file over 450 lines has a reason in xtask/long-files.txt",
        find: long_files::find,
    },
    Check {
        name: "engine",
        rule: "SQLite's own SQL stands in crates/store and in sql/ folders alone",
        find: engine::find,
    },
    Check {
        name: "error-pages",
        rule: "every reason in the code stands in the contract, and has a page in docs/errors",
        find: error_pages::find,
    },
    Check {
        name: "load-profiles",
        rule: "every public RPC has a profile for ghz in loadtest/ghz, and every profile names one",
        find: load_profiles::find,
    },
];

/// Runs all checks, or those named in `only`.
pub(crate) fn run(root: &Path, only: &[String]) -> Result<()> {
    if let Some(unknown) = only
        .iter()
        .find(|name| CHECKS.iter().all(|check| check.name != *name))
    {
        let names: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
        bail!(
            "there is no check `{unknown}`; there are: {}",
            names.join(", ")
        );
    }
    let workspace = Workspace {
        root,
        metadata: metadata::load(root)?,
        sources: Sources::read(root)?,
    };
    let mut broken = 0_usize;
    for check in CHECKS {
        if !only.is_empty() && !only.iter().any(|name| name == check.name) {
            continue;
        }
        let findings = (check.find)(&workspace)?;
        if findings.is_empty() {
            say(&format!("ok      {}: {}", check.name, check.rule));
            continue;
        }
        say(&format!("BROKEN  {}: {}", check.name, check.rule));
        for finding in &findings {
            say(&format!("          {finding}"));
        }
        broken = broken.saturating_add(1);
    }
    if broken > 0 {
        bail!("{broken} check(s) found something");
    }
    Ok(())
}
