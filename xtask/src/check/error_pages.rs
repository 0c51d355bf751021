//! Every reason of the contract has its page, written by `cargo xtask docs-errors`.

use anyhow::Result;

use super::Workspace;
use crate::errors_docs;

pub(super) fn find(workspace: &Workspace<'_>) -> Result<Vec<String>> {
    if !workspace.root.join(errors_docs::FOLDER).is_dir() {
        return Ok(Vec::new());
    }
    errors_docs::stale(workspace.root)
}
