//! What a backup holds, as the file `manifest.json` in its folder says; a folder without it is no backup.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use stoa_store::backup::{self, Copied};

use crate::client::Failure;

/// The file.
pub(crate) const MANIFEST: &str = "manifest.json";

/// The form of the file that this binary writes and reads.
const FORM: u32 = 1;

/// The manifest of a backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    form: u32,
    /// The id of the backup.
    pub(crate) id: String,
    /// The version of the binary that took it.
    pub(crate) version: String,
    /// `sqlite` or `postgres`.
    pub(crate) engine: String,
    /// When it was taken.
    pub(crate) taken_at: String,
    /// For how long nobody could write while it was.
    pub(crate) writers_held_ms: u64,
    /// The services' databases, those first that call the others.
    pub(crate) services: Vec<Copied>,
    /// The books of the sandbox, when the suite ran its own. A real provider's are never in a backup.
    pub(crate) provider: Option<Copied>,
}

impl Manifest {
    /// Of these copies.
    pub(crate) fn new(id: String, engine: &str, taken_at: String) -> Self {
        Self {
            form: FORM,
            id,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            engine: engine.to_owned(),
            taken_at,
            writers_held_ms: 0,
            services: Vec::new(),
            provider: None,
        }
    }

    /// All copies.
    pub(crate) fn copies(&self) -> Vec<Copied> {
        let provider = self.provider.iter();
        self.services.iter().chain(provider).cloned().collect()
    }

    /// Writes it durably: from then on the folder is a backup.
    pub(super) fn write(&self, folder: &Path) -> Result<(), Failure> {
        let broken = |error: &dyn std::fmt::Display| {
            Failure::Broken(format!(
                "cannot write {}: {error}",
                folder.join(MANIFEST).display()
            ))
        };
        let text = serde_json::to_string_pretty(self).map_err(|error| broken(&error))?;
        let beside = folder.join(format!("{MANIFEST}.partial"));
        fs::write(&beside, text + "\n").map_err(|error| broken(&error))?;
        backup::sync_file(&beside).map_err(|error| broken(&error))?;
        fs::rename(&beside, folder.join(MANIFEST)).map_err(|error| broken(&error))?;
        backup::sync_folder(folder).map_err(|error| broken(&error))
    }

    /// Reads that of a folder.
    ///
    /// # Errors
    /// A folder that is no backup, or one of a form that this binary does not know.
    pub(crate) fn read(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(MANIFEST);
        let text = fs::read_to_string(&path).map_err(|error| {
            Failure::Usage(format!(
                "{} is no backup: {}: {error}; a backup that was interrupted has no manifest and cannot be used",
                folder.display(),
                path.display()
            ))
        })?;
        let found: Self = serde_json::from_str(&text).map_err(|error| {
            Failure::Usage(format!("{} cannot be read: {error}", path.display()))
        })?;
        if found.form != FORM {
            return Err(Failure::Usage(format!(
                "{} has form {}, this binary reads {FORM}: use the one that took the backup ({})",
                path.display(),
                found.form,
                found.version
            )));
        }
        Ok(found)
    }
}
