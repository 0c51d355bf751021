//! Who calls whom. A service declares it (`const CALLS`), keeps each peer in `src/peers/<peer>.rs`, and knows the
//! proto of another service nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;

use super::Workspace;
use super::dependencies::SERVICES;
use crate::source::{Source, strings_after};

/// The graph of the architecture: caller and callees. What is not here may not be called.
const GRAPH: &[(&str, &[&str])] = &[
    ("catalog", &[]),
    ("pricing", &[]),
    ("inventory", &[]),
    ("payment", &[]),
    ("order", &["catalog", "pricing", "inventory", "payment"]),
];

pub(super) fn find(workspace: &Workspace<'_>) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    let mut declared = BTreeMap::new();
    for package in SERVICES
        .iter()
        .filter_map(|name| workspace.metadata.package(name))
    {
        let service = package.name.trim_start_matches("stoa-");
        let folder = crate::root::relative(workspace.root, package.folder());
        let sources: Vec<&Source> = workspace.sources.below(&format!("{folder}/src/")).collect();
        let Some(calls) = calls_of(&sources) else {
            findings.push(format!(
                "{folder}: no `const CALLS` in its sources; a service declares whom it calls"
            ));
            continue;
        };
        findings.extend(against_graph(service, &calls));
        findings.extend(peers_differ(&folder, &sources, &calls));
        findings.extend(foreign_protos(&folder, service, &sources));
        declared.insert(service.to_owned(), calls);
    }
    findings.extend(circle(&declared));
    Ok(findings)
}

/// The names in `const CALLS: .. = &["a", "b"];`.
fn calls_of(sources: &[&Source]) -> Option<BTreeSet<String>> {
    sources
        .iter()
        .find_map(|source| strings_after(&source.code, "const CALLS", '='))
        .map(|names| names.into_iter().collect())
}

fn against_graph(service: &str, calls: &BTreeSet<String>) -> Vec<String> {
    let allowed = GRAPH
        .iter()
        .find(|(name, _)| *name == service)
        .map_or(&[][..], |(_, callees)| *callees);
    calls
        .iter()
        .filter(|callee| !allowed.contains(&callee.as_str()))
        .map(|callee| format!("{service} -> {callee}: not a call of the architecture; what points upward is an event"))
        .collect()
}

/// `src/peers/` has one file per declared callee, and no other.
fn peers_differ(folder: &str, sources: &[&Source], calls: &BTreeSet<String>) -> Vec<String> {
    let prefix = format!("{folder}/src/peers/");
    let files: BTreeSet<String> = sources
        .iter()
        .filter_map(|source| source.path.strip_prefix(&prefix))
        .filter_map(|rest| rest.split('/').next())
        .filter_map(|name| Path::new(name).file_stem())
        .map(|stem| stem.to_string_lossy().into_owned())
        .filter(|stem| stem != "mod")
        .collect();
    let missing = calls
        .difference(&files)
        .map(|name| format!("{folder}: CALLS names {name}, but there is no src/peers/{name}.rs"));
    let undeclared = files.difference(calls).map(|name| {
        format!("{folder}: src/peers/{name}.rs stands there, but CALLS does not name {name}")
    });
    missing.chain(undeclared).collect()
}

/// Another service's generated client is named in `src/peers/<that service>.rs` alone. Event payloads are free:
/// a consumer must read them.
fn foreign_protos(folder: &str, service: &str, sources: &[&Source]) -> Vec<String> {
    let mut findings = Vec::new();
    for source in sources {
        for (other, _) in GRAPH.iter().filter(|(name, _)| *name != service) {
            let own_file = source
                .path
                .starts_with(&format!("{folder}/src/peers/{other}"));
            let client = format!("{other}_");
            let names_client = source
                .bare
                .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .any(|word| word.starts_with(&client) && word.ends_with("_client"))
                || source.bare.contains(&format!("{other}::v1::"))
                    && source.bare.contains("_service_client");
            if names_client && !own_file {
                findings.push(format!(
                    "{}: uses a client of {other} outside src/peers/{other}.rs",
                    source.path
                ));
            }
        }
    }
    findings
}

/// A service that reaches itself.
fn circle(declared: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let reaches_itself = |start: &String| {
        let mut seen = BTreeSet::new();
        let mut open = vec![start.clone()];
        while let Some(name) = open.pop() {
            for callee in declared.get(&name).into_iter().flatten() {
                if callee == start {
                    return true;
                }
                if seen.insert(callee.clone()) {
                    open.push(callee.clone());
                }
            }
        }
        false
    };
    declared
        .keys()
        .filter(|name| reaches_itself(name))
        .map(|name| format!("{name}: its calls come back to it"))
        .collect()
}
