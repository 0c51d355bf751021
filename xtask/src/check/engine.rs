//! SQL that only SQLite understands stands in `crates/store` and in `sql/` folders, where the other engine's twin
//! stands beside it. Elsewhere it would be found only by the first run on Postgres. The load measures engines side by
//! side and names what it does to which.

use anyhow::Result;

use super::Workspace;
use crate::source::Source;

/// What Postgres does not understand, looked for in lower case.
const ONLY_SQLITE: &[&str] = &[
    "json_each(",
    "unhex(",
    "pragma ",
    "without rowid",
    "autoincrement",
    "sqlite_master",
    "sqlite_schema",
    "insert or ignore",
    "insert or replace",
    "julianday(",
    "strftime(",
    "last_insert_rowid",
    "unixepoch(",
    "dbbackend::sqlite",
    "sqlx::sqlite",
];

pub(super) fn find(workspace: &Workspace<'_>) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for source in workspace
        .sources
        .all()
        .filter(|source| is_looked_at(source))
    {
        for (number, line) in source.code.lines().enumerate() {
            let lower = line.to_lowercase();
            if let Some(found) = ONLY_SQLITE.iter().find(|word| lower.contains(**word)) {
                let line = number.saturating_add(1);
                findings.push(format!(
                    "{}:{line}: `{}` is SQLite's alone",
                    source.path,
                    found.trim()
                ));
            }
        }
    }
    Ok(findings)
}

/// Tests look into real files of one engine; the check itself has to name what it forbids.
fn is_looked_at(source: &Source) -> bool {
    let path = &source.path;
    !source.is_test
        && !path.starts_with("crates/store/")
        && !path.starts_with("loadtest/")
        && !path.starts_with("xtask/")
        && !path.contains("/sql/")
}
