//! A file answers one question. One of more than 450 lines has its reason in `xtask/long-files.txt`.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};

use super::Workspace;

const LIMIT: usize = 450;
const LIST: &str = "xtask/long-files.txt";

pub(super) fn find(workspace: &Workspace<'_>) -> Result<Vec<String>> {
    let path = workspace.root.join(LIST);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {LIST}"))?;
    let reasons = reasons(&text);
    let mut findings = Vec::new();
    for source in workspace.sources.all() {
        let lines = source.code.lines().count();
        let reason = reasons.get(source.path.as_str());
        match (lines > LIMIT, reason) {
            (true, None) => findings.push(format!(
                "{}: {lines} lines; split it, or write `{}: <reason>` into {LIST}",
                source.path, source.path
            )),
            (true, Some(&"")) => findings.push(format!("{LIST}: {} has no reason", source.path)),
            (false, Some(_)) => findings.push(format!(
                "{LIST}: {} has {lines} lines and needs no entry",
                source.path
            )),
            _ => {}
        }
    }
    let gone = reasons.keys().filter(|listed| {
        workspace
            .sources
            .all()
            .all(|source| source.path != **listed)
    });
    findings.extend(gone.map(|listed| format!("{LIST}: {listed} does not exist")));
    Ok(findings)
}

/// `path: reason`, one per line; `#` begins a remark.
fn reasons(text: &str) -> BTreeMap<&str, &str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(':').unwrap_or((line, "")))
        .map(|(path, reason)| (path.trim(), reason.trim()))
        .collect()
}
