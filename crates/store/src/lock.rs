//! A folder or a database file belongs to one process at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::StoreError;

/// A lock that ends with the process at the latest, however it ends.
#[derive(Debug)]
pub struct FolderLock {
    file: File,
}

impl FolderLock {
    /// Locks a data folder as a whole (its file `.lock`); makes the folder when it is missing.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when somebody holds it, [`StoreError::Open`] when it cannot be made.
    pub fn folder(folder: &Path) -> Result<Self, StoreError> {
        Self::take(folder, &folder.join(".lock"))
    }

    /// Locks one database file, by a file beside it, as whoever opens the database does.
    ///
    /// # Errors
    /// As [`FolderLock::folder`].
    pub fn file(path: &Path) -> Result<Self, StoreError> {
        Self::database(path)
    }

    /// The same, for [`Db`](crate::Db).
    pub(crate) fn database(path: &Path) -> Result<Self, StoreError> {
        let mut lock = path.as_os_str().to_owned();
        lock.push(".lock");
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        Self::take(folder, &PathBuf::from(lock))
    }

    fn take(folder: &Path, path: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Open {
            path: path.to_owned(),
            source,
        };
        if !folder.as_os_str().is_empty() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked {
                path: path.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Gives it up before this value is dropped.
    pub(crate) fn release(&self) {
        if let Err(error) = self.file.unlock() {
            tracing::debug!(%error, "a lock was not given up; it ends with the process");
        }
    }
}
