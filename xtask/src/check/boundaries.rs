//! Every durable boundary (`boundary!("payment.authorise.sent", ..)`) has one name, and stands in the matrix of the crash tests
//! under a journey that passes it; there everything that can go wrong at a boundary goes wrong: dead before it, dead after it,
//! answer lost, delivered twice.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::Workspace;
use crate::source::{Source, Sources, string_arguments};

const MACRO: &str = "boundary!";
const MATRIX: &str = "tests/crash/matrix.rs";
/// How the matrix names what goes wrong at each of its boundaries.
const COLUMNS: &str = "const SIDES: [&str; 4] = [\"before\", \"after\", \"lost\", \"twice\"];";

pub(super) fn find(workspace: &Workspace<'_>) -> Result<Vec<String>> {
    let places = places(&workspace.sources);
    let matrix = workspace
        .sources
        .all()
        .find(|source| source.path == MATRIX)
        .map_or("", |source| source.code.as_str());
    let mut findings = Vec::new();
    if !matrix.contains(COLUMNS) {
        findings.push(format!("{MATRIX}: not all goes wrong: no `{COLUMNS}`"));
    }
    let tested = names(matrix);
    for (name, found) in &places {
        let places = found.join(", ");
        if found.len() > 1 {
            findings.push(format!(
                "\"{name}\" names {} boundaries: {places}",
                found.len()
            ));
        }
        if !is_dotted(name) {
            findings.push(format!("\"{name}\" ({places}): a boundary's name is dotted lower case, such as order.decided.commit"));
        }
        if !tested.contains(name.as_str()) {
            findings.push(format!(
                "\"{name}\" ({places}): {MATRIX} has no journey that passes it"
            ));
        }
    }
    let gone = tested.iter().filter(|name| !places.contains_key(**name));
    findings.extend(gone.map(|name| format!("{MATRIX}: \"{name}\" is no boundary")));
    Ok(findings)
}

/// Where each name stands.
fn places(sources: &Sources) -> BTreeMap<String, Vec<String>> {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let is_looked_at = |source: &&Source| !source.is_test && !source.path.starts_with("xtask/");
    for source in sources.all().filter(is_looked_at) {
        for (name, line) in string_arguments(source, MACRO) {
            let place = format!("{}:{line}", source.path);
            places.entry(name).or_default().push(place);
        }
    }
    places
}

/// The boundaries that the matrix names: its dotted literals, without what follows a colon.
fn names(matrix: &str) -> BTreeSet<&str> {
    let literals = matrix.split('"').skip(1).step_by(2);
    literals
        .map(|text| text.split_once(':').map_or(text, |(name, _)| name))
        .filter(|text| is_dotted(text))
        .collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_names_boundaries_and_points() {
        let matrix = r#"goes(&["order.quote.commit", "a plain text"]); Some("payment.void.sent:after"); "50ms""#;
        let names: Vec<&str> = names(matrix).into_iter().collect();
        assert_eq!(names, ["order.quote.commit", "payment.void.sent"]);
    }
}
