//! Files below a `domain/` folder decide over values: they know no runtime, no transport and no database. The contract's
//! messages are values, so an event may be folded in the form in which it is kept.

use anyhow::Result;

use super::Workspace;
use crate::source::words;

/// A word that may not occur in domain code, and what it would bring.
const FORBIDDEN: &[(&str, &str)] = &[
    ("async", "waiting"),
    ("await", "waiting"),
    ("tokio", "a runtime"),
    ("futures", "a runtime"),
    ("tonic", "the transport"),
    ("stoa_rpc", "the transport"),
    ("sea_orm", "the database"),
    ("sqlx", "the database"),
    ("stoa_store", "the database"),
    ("stoa_events", "the log"),
    ("stoa_workflow", "durable work"),
    ("stoa_chassis", "the run loop"),
];

pub(super) fn find(workspace: &Workspace<'_>) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for source in workspace
        .sources
        .all()
        .filter(|source| is_domain(&source.path))
    {
        for (number, line) in source.bare.lines().enumerate() {
            let found =
                words(line).find_map(|word| FORBIDDEN.iter().find(|(name, _)| *name == word));
            if let Some((word, brings)) = found {
                let line = number.saturating_add(1);
                findings.push(format!(
                    "{}:{line}: `{word}` brings {brings} into the domain",
                    source.path
                ));
            }
        }
    }
    Ok(findings)
}

fn is_domain(path: &str) -> bool {
    path.starts_with("services/")
        && (path.contains("/src/domain/") || path.ends_with("/src/domain.rs"))
}
