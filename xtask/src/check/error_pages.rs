//! Every reason that the code gives stands in the contract, and every reason of the contract has its page, written by
//! `cargo xtask docs-errors`.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Workspace;
use crate::errors_docs;
use crate::source::Source;

/// Where the reasons that all services share have their names.
const SHARED: &str = "crates/errors/src/reason.rs";

pub(super) fn find(workspace: &Workspace<'_>) -> Result<Vec<String>> {
    let known = errors_docs::names(workspace.root)?;
    let mut findings: Vec<String> = workspace
        .sources
        .all()
        .filter(|source| !source.is_test && !source.path.starts_with("xtask/"))
        .flat_map(|source| unknown(source, &known))
        .collect();
    if workspace.root.join(errors_docs::FOLDER).is_dir() {
        findings.extend(errors_docs::stale(workspace.root)?);
    }
    Ok(findings)
}

/// Reasons written as literals that no `ErrorReason` has.
fn unknown(source: &Source, known: &BTreeSet<String>) -> Vec<String> {
    let end = source
        .bare
        .find("#[cfg(test)]\nmod ")
        .unwrap_or(source.code.len());
    let code = source.code.get(..end).unwrap_or_default();
    let literals = match source.path.as_str() {
        SHARED => after(code, ": &str ="),
        _ => after(code, "Error::new(")
            .into_iter()
            .filter(|(text, _)| !text.is_empty())
            .collect(),
    };
    literals
        .into_iter()
        .filter(|(reason, _)| is_reason(reason) && !known.contains(reason))
        .map(|(reason, line)| {
            format!(
                "{}:{line}: the contract has no reason {reason}",
                source.path
            )
        })
        .collect()
}

/// The literal that follows each `marker`: directly, or as the second argument after a kind.
fn after(code: &str, marker: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(marker) {
        let rest = code
            .get(at.saturating_add(marker.len())..)
            .unwrap_or_default();
        let rest = rest.trim_start();
        let rest = match rest.strip_prefix("Kind::") {
            Some(kind) => kind
                .split_once(',')
                .map_or("", |(_, second)| second.trim_start()),
            None => rest,
        };
        if let Some((text, _)) = rest
            .strip_prefix('"')
            .and_then(|quoted| quoted.split_once('"'))
        {
            let line = code
                .get(..at)
                .unwrap_or_default()
                .matches('\n')
                .count()
                .saturating_add(1);
            found.push((text.to_owned(), line));
        }
    }
    found
}

fn is_reason(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_')
}
