//! Every durable boundary (`boundary!("payment.authorise.sent", ..)`) has one name, and a test that names it.

use std::collections::BTreeMap;

use anyhow::Result;

use super::Workspace;
use crate::source::string_arguments;

const MACRO: &str = "boundary!";

pub(super) fn find(workspace: &Workspace<'_>) -> Result<Vec<String>> {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in workspace
        .sources
        .all()
        .filter(|source| !source.is_test && !source.path.starts_with("xtask/"))
    {
        for (name, line) in string_arguments(source, MACRO) {
            places
                .entry(name)
                .or_default()
                .push(format!("{}:{line}", source.path));
        }
    }
    let mut findings = Vec::new();
    for (name, found) in &places {
        if found.len() > 1 {
            findings.push(format!(
                "\"{name}\" names {} boundaries: {}",
                found.len(),
                found.join(", ")
            ));
        }
        if !is_dotted(name) {
            findings.push(format!("\"{name}\" ({}): a boundary's name is dotted lower case, such as order.decided.committed", found.join(", ")));
        }
        let literal = format!("\"{name}\"");
        let tested = workspace
            .sources
            .all()
            .any(|source| source.is_test && source.code.contains(&literal));
        if !tested {
            findings.push(format!(
                "\"{name}\" ({}): no test names it",
                found.join(", ")
            ));
        }
    }
    Ok(findings)
}

fn is_dotted(name: &str) -> bool {
    name.contains('.')
        && name.split('.').all(|part| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        })
}
